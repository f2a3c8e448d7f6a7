"""How a run's model reads a person's own digits, and which of them it has not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnist_core.data import names
from mnist_core.data.own import OwnDigit
from mnist_core.evaluation import wilson_interval
from mnist_core.runs.run import Run
from mnist_core.runs.start import lineage
from mnist_core.runs.store import Store

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Predictor


@dataclass(frozen=True, eq=False)
class Reading:
    """What a model answers about some digits.

    Attributes:
        digits: those it was asked about.
        answers: (n,) whole numbers, what it takes each for.
        confidence: (n,) its probability for that answer, in [0, 1].
    """

    digits: tuple[OwnDigit, ...]
    answers: np.ndarray
    confidence: np.ndarray

    @property
    def is_wrong(self) -> np.ndarray:
        """(n,) whether each was read as something else than its label says."""
        wrong: np.ndarray = self.answers != np.array([digit.label for digit in self.digits], self.answers.dtype)
        return wrong

    @property
    def correct(self) -> int:
        """How many were read right."""
        return len(self.digits) - int(self.is_wrong.sum())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the share read right.

        Raises:
            ValueError: there are no digits.
        """
        return wilson_interval(self.correct, len(self.digits))


def read(predictor: Predictor, digits: Sequence[OwnDigit]) -> Reading:
    """Ask a model of ten digits about a person's own; no look at a sealed test split, for they are not part of any."""
    if not digits:
        return Reading((), np.empty(0, np.int64), np.empty(0, np.float32))
    probabilities = predictor.probabilities(np.stack([digit.image for digit in digits]))
    return Reading(tuple(digits), probabilities.argmax(1), probabilities.max(1))


def not_learned(store: Store, run: Run, digits: Sequence[OwnDigit]) -> list[OwnDigit]:
    """Those of the digits that the run's weights cannot have learned from, nor those it started from.

    Test digits never are; of the others, those that were added after the run had ended, and all if none of its data
    sets has own digits. Where an earlier run is gone and nobody can know, they count as learned.
    """
    configs = [run.saved_config, *(lineage(store, run.saved_config) if run.saved_config else [])]
    if all(config is not None and not _has_own(config.data) for config in configs):
        return list(digits)
    return [digit for digit in digits if digit.is_test or (run.ended_at is not None and digit.made_at > run.ended_at)]


def _has_own(data: str) -> bool:
    parsed = names.parse(data)
    return parsed.with_own or parsed.base == names.OWN
