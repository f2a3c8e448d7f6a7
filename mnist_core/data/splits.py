"""Which pictures are for training, for validation and for the test: fixed, stratified, the same for every run.

Everything comes from one order of the pictures in which every class is spread evenly, so that each stretch of it is
stratified and the first n pictures are always part of the first n + 1.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from mnist_core.data.sources import Source
from mnist_core.errors import BadConfig

# Of the splits only, never a run's seed: two runs with different seeds must be judged by the same pictures.
SEED = 20_131


class Counts(NamedTuple):
    """How many pictures each split has."""

    train: int
    validation: int
    test: int


def counts(
    source: Source, *, train_size: int | None = None, validation_share: float | None = None, own_repeat: int = 1
) -> Counts:
    """Sizes of the splits that `load` would give for the same arguments, without reading any data.

    Args:
        source: the data set.
        train_size: how many training pictures to use; None for all.
        validation_share: fraction of the training file kept for validation; None for the source's own.
        own_repeat: how often each of a person's own digits is learned from, where they are added; `train_size` counts each
            of them once.

    Raises:
        BadConfig: the share leaves nothing on one side, or there are fewer training pictures than asked for.
    """
    in_train_file = source.train_count + source.validation_count - source.extra
    validation = source.validation_count if validation_share is None else round(validation_share * in_train_file)
    train = in_train_file - validation + source.extra
    if (validation < 1 or train < 1) and validation_share is None:
        raise BadConfig(
            f"{source.title}: {in_train_file:,} to learn from {'is' if in_train_file == 1 else 'are'} too few; one is for "
            "training and one for validation at least.",
            "Add some, or choose another data set.",
        )
    if validation < 1 or train < 1:
        raise BadConfig(
            f"A validation share of {validation_share:g} leaves {train:,} pictures of {source.title} to train with and "
            f"{validation:,} to validate with.",
            "Choose a share between 0.01 and 0.5.",
        )
    if train_size is not None and not 1 <= train_size <= train:
        raise BadConfig(
            f"{train_size:,} training pictures were asked for, but {source.title} has {train:,} beside its validation "
            f"pictures.",
            f"Choose between 1 and {train:,}, or leave it empty to use all.",
        )
    again = source.own * (own_repeat - 1)
    return Counts((train if train_size is None else train_size) + again, validation, source.test_count)


def stratified_order(labels: np.ndarray) -> np.ndarray:
    """Every position of `labels` once, shuffled, with each class spread evenly from start to end.

    Args:
        labels: (n,) whole numbers.

    Returns:
        (n,) int64 positions. In every stretch of it each class has its share to within two pictures.
    """
    # RandomState, because numpy promises that its numbers never change; default_rng may be improved one day, and then
    # an old run's validation pictures would be in a new run's training split.
    random = np.random.RandomState(SEED)
    place = np.empty(len(labels))
    for each in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == each))
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.lexsort((labels, place))


def split_hash(name: str, *splits: np.ndarray) -> str:
    """SHA-256, as 64 hexadecimal digits, of a source's name and the picture positions in each of its splits."""
    digest = hashlib.sha256(name.encode())
    for indices in splits:
        digest.update(f"\n{len(indices)}\n".encode())
        digest.update(indices.astype("<i8").tobytes())
    return digest.hexdigest()
