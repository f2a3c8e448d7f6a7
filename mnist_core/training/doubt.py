"""Doubts about a training split's labels: small networks judge the digits they were not trained with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnist_core.config import CNN, TrainConfig
from mnist_core.data import Digits, Split
from mnist_core.errors import BadInput
from mnist_core.evaluation.label_errors import Ranking, rank

FOLDS = 5
# Few epochs, smoothed labels and decaying weights, so that a wrong label is not learned by heart. One thread, because more
# do not make so small a network faster, and their number would change the figures; float32, because it is on every machine.
NETWORK = TrainConfig(
    recipe="doubt",
    network=CNN(channels=(16, 32), hidden=(64,)),
    optimizer="adamw",
    learning_rate=5e-3,
    weight_decay=1e-2,
    schedule="one-cycle",
    label_smoothing=0.1,
    epochs=4,
    device="cpu",
    precision="float32",
    threads=1,
)

OnProgress = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Doubts:
    """What is known about the labels of a training split; its digits are numbered by their place in the source's file.

    Attributes:
        index: (n,) int64, rising: the place of each digit in the source's training file.
        label: (n,) int64, the given classes.
        probabilities: (n, classes) float32, from a network that was not trained with the digit.
        ranking: the digits by how doubtful their labels are.
    """

    index: np.ndarray
    label: np.ndarray
    probabilities: np.ndarray
    ranking: Ranking

    def __len__(self) -> int:
        return len(self.index)


def find(digits: Digits, *, seed: int = 0, on_progress: OnProgress = lambda share, stage: None) -> Doubts:
    """Judge every label of a training split; the sample takes about ten seconds, MNIST about two minutes.

    Args:
        digits: only their training split is looked at.
        seed: of the division into folds, of the networks and of their batches.
        on_progress: called with the share that is done, in [0, 1], and a few words.

    Raises:
        BadInput: there are fewer digits than folds.
    """
    train = digits.train.taken(np.argsort(digits.train.indices, kind="stable"))
    judged = out_of_fold(digits, train, seed, on_progress)
    on_progress(1.0, "ranking the labels")
    return Doubts(train.indices, train.labels, judged, rank(train.labels, judged))


def folds(labels: np.ndarray, seed: int) -> np.ndarray:
    """The fold of each digit, (n,) from 0: of equal size to within one, and so is each class's share of them."""
    # RandomState, because numpy promises that its numbers never change.
    shuffled = np.random.RandomState(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    fold = np.empty(len(labels), dtype=np.int64)
    fold[by_class] = np.arange(len(labels)) % FOLDS
    return fold


def out_of_fold(digits: Digits, train: Split, seed: int, on_progress: OnProgress) -> np.ndarray:
    """Probabilities (n, classes) float32 for the digits of `train`, each from a network trained on the other folds.

    Args:
        digits: tells the classes and how their pixels are scaled.
        train: the digits to judge.
        seed: of folds, networks and batches.
        on_progress: as in `find`.

    Raises:
        BadInput: there are fewer digits than folds.
    """
    from mnist_core.training.engine import Training
    from mnist_core.training.progress import StepReport

    if len(train) < FOLDS:
        raise BadInput(f"There are only {len(train)} digits.", f"Judging labels needs at least {FOLDS}.")
    config = NETWORK.changed({"data": digits.source.name, "seed": seed})
    fold = folds(train.labels, seed)
    judged = np.empty((len(train), len(digits.source.classes)), np.float32)
    for number in range(FOLDS):
        judges, held_out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        # The engine's report on the digits held out changes nothing about the training.
        rest = train.taken(held_out)
        training = Training(config, Digits(digits.source, train.taken(judges), rest, rest, digits.split_hash))
        for report in training:
            if isinstance(report, StepReport):
                on_progress((number + report.fraction) / FOLDS, f"network {number + 1} of {FOLDS}")
        judged[held_out] = training.predict(rest.images)
    return judged
