"""Fitting how far a model can be trusted, and what that is worth on other pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.evaluation.calibration import fit_temperature, reliability, softmax
from mnist_core.evaluation.conformal import coverage_of, prediction_sets, threshold
from mnist_core.models.trust import COVERAGES, Trust


def fit_trust(logits: np.ndarray, labels: np.ndarray) -> Trust:
    """Fit a model's temperature, and the thresholds of its prediction sets.

    Args:
        logits: (n, classes) its scores of validation pictures.
        labels: (n,) their classes.
    """
    temperature = fit_temperature(logits, labels)
    probabilities = softmax(logits, temperature)
    thresholds = {name: threshold(probabilities, labels, coverage) for name, coverage in COVERAGES.items()}
    return Trust(n=len(labels), temperature=temperature, thresholds=thresholds)


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
    probabilities = softmax(logits, trust.temperature)
    sets = prediction_sets(probabilities, trust.thresholds[coverage])
    return Kept(
        ece_before=reliability(softmax(logits), labels).ece,
        ece=reliability(probabilities, labels).ece,
        coverage_chosen=COVERAGES[coverage],
        coverage=coverage_of(sets, labels),
        mean_set_size=float(sets.sum(1).mean()),
    )
