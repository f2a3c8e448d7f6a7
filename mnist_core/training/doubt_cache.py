"""Doubts kept on disk, so that each training split is judged once; what is damaged or out of date is judged again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from mnist_core import places
from mnist_core.data import Digits
from mnist_core.evaluation.label_errors import Ranking
from mnist_core.files import read_arrays, write_arrays
from mnist_core.training.doubt import FOLDS, NETWORK, Doubts, OnProgress, find

# Raise it when the same settings give other numbers: a new way to rank, another cleanlab.
VERSION = 1


def found(digits: Digits, *, seed: int = 0, on_progress: OnProgress = lambda share, stage: None) -> Doubts:
    """The doubts about a training split: those kept, or else found and kept now.

    Args:
        digits, seed, on_progress: as in `mnist_core.training.doubt.find`.

    Raises:
        BadInput: there are too few digits.
        DiskProblem: they could not be kept.
    """
    doubts = kept(digits, seed=seed)
    if doubts is None:
        doubts = find(digits, seed=seed, on_progress=on_progress)
        keep(path_of(digits, seed), doubts)
    return doubts


def kept(digits: Digits, *, seed: int = 0) -> Doubts | None:
    """The doubts that were kept; None if there are none, or if their file is damaged."""
    names = ("index", "label", "probabilities", "order", "suspicion", "suggested", "is_error")
    arrays = read_arrays(path_of(digits, seed), *names)
    if arrays is None:
        return None
    index, label, probabilities, *ranking = arrays
    doubts = Doubts(index, label, probabilities, Ranking(*ranking))
    whole = np.array_equal(doubts.index, np.sort(digits.train.indices)) and len(doubts.probabilities) == len(doubts)
    return doubts if whole else None


def path_of(digits: Digits, seed: int = 0) -> Path:
    """The file that the doubts about these digits are kept in: its name says all that they depend on."""
    depends_on = [VERSION, digits.split_hash, seed, FOLDS, NETWORK.model_dump(mode="json")]
    name = hashlib.sha256(json.dumps(depends_on).encode()).hexdigest()[:32]
    return places.home() / "cache" / "doubts" / f"{name}.npz"


def keep(path: Path, doubts: Doubts) -> None:
    """Write doubts where `kept` looks for them.

    Args:
        path: as from `path_of`.
        doubts: about the digits that the path belongs to.

    Raises:
        DiskProblem: they could not be written.
    """
    write_arrays(
        path,
        index=doubts.index,
        label=doubts.label,
        probabilities=doubts.probabilities,
        order=doubts.ranking.order,
        suspicion=doubts.ranking.suspicion,
        suggested=doubts.ranking.suggested,
        is_error=doubts.ranking.is_error,
    )
