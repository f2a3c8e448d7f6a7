"""Fitting how far a model can be trusted, and what that is worth on other pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.evaluation.calibration import fit_temperature, reliability, softmax
from mnist_core.evaluation.conformal import coverage_of, prediction_sets, threshold
from mnist_core.models.trust import COVERAGES, Trust

# Of the real digits that the threshold is fitted on, this share is refused; of others not more than twice as many shall be.
REFUSED = 0.01


def fit_trust(logits: np.ndarray, labels: np.ndarray, digit_scores: np.ndarray | None = None) -> Trust:
    """Fit a model's temperature, the thresholds of its prediction sets, and what it takes for a digit.

    Args:
        logits: (n, classes) its scores of validation pictures.
        labels: (n,) their classes.
        digit_scores: (n,) how much each looks like a digit, by `digitness.digit_scores`; None if they are other things.
    """
    temperature = fit_temperature(logits, labels)
    probabilities = softmax(logits, temperature)
    thresholds = {name: threshold(probabilities, labels, coverage) for name, coverage in COVERAGES.items()}
    return Trust(
        n=len(labels),
        temperature=temperature,
        thresholds=thresholds,
        digit_threshold=None if digit_scores is None else float(np.sort(digit_scores)[int(REFUSED * len(labels))]),
    )


@dataclass(frozen=True, eq=False)
class Applied:
    """What a model says of some pictures once its trust is applied.

    Attributes:
        probabilities: (n, classes) at the fitted temperature.
        sets: (n, classes) bool, which classes are in the prediction set of each picture.
    """

    probabilities: np.ndarray
    sets: np.ndarray

    @property
    def sizes(self) -> dict[int, int]:
        """How many sets have each size that occurs, the smallest size first."""
        sizes, counts = np.unique(self.sets.sum(1), return_counts=True)
        return dict(zip(sizes.tolist(), counts.tolist(), strict=True))


def apply(trust: Trust, logits: np.ndarray, coverage: str = "99") -> Applied:
    """Apply a model's trust to its scores (n, classes); `coverage` is a key of `COVERAGES`."""
    probabilities = softmax(logits, trust.temperature)
    return Applied(probabilities, prediction_sets(probabilities, trust.thresholds[coverage]))


def apply_by_halves(logits: np.ndarray, labels: np.ndarray, coverage: str = "99") -> Applied:
    """Judge on the very pictures that trust is fitted on, without judging any by a trust that has seen it.

    The pictures are taken by turns into two halves; each half is judged by the trust that is fitted on the other.

    Args:
        logits: (n, classes) the model's scores; n is 2 or more.
        labels: (n,) the true classes.
        coverage: a key of `COVERAGES`.
    """
    probabilities, sets = np.empty(logits.shape), np.empty(logits.shape, bool)
    for half, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        applied = apply(fit_trust(logits[other], labels[other]), logits[half], coverage)
        probabilities[half], sets[half] = applied.probabilities, applied.sets
    return Applied(probabilities, sets)


@dataclass(frozen=True)
class Kept:
    """How well the promises were kept on some pictures.

    Attributes:
        ece_before: expected calibration error of the plain softmax, in [0, 1].
        ece: of the probabilities at the fitted temperature.
        coverage_chosen: the promised share of pictures whose class is in their set.
        coverage: the share found.
        mean_set_size: classes in a set, on average.
    """

    ece_before: float
    ece: float
    coverage_chosen: float
    coverage: float
    mean_set_size: float


def kept(trust: Trust, logits: np.ndarray, labels: np.ndarray, coverage: str = "99") -> Kept:
    """See what a model's trust is worth on pictures that it was not fitted on.

    Args:
        trust: of the model.
        logits: (n, classes) its scores.
        labels: (n,) the true classes.
        coverage: a key of `COVERAGES`.
    """
    return kept_by(apply(trust, logits, coverage), logits, labels, coverage)


def kept_by(applied: Applied, logits: np.ndarray, labels: np.ndarray, coverage: str) -> Kept:
    """How well the promises were kept by what was applied to the scores; the arguments are as for `kept`."""
    return Kept(
        ece_before=reliability(softmax(logits), labels).ece,
        ece=reliability(applied.probabilities, labels).ece,
        coverage_chosen=COVERAGES[coverage],
        coverage=coverage_of(applied.sets, labels),
        mean_set_size=float(applied.sets.sum(1).mean()),
    )
