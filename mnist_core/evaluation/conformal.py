"""Prediction sets: instead of one answer, as many as it takes for the truth to be among them as often as promised.

Split conformal prediction. The promise holds on average over digits like those of the validation split, whatever the model.
"""

from __future__ import annotations

import math

import numpy as np


def threshold(probabilities: np.ndarray, labels: np.ndarray, coverage: float) -> float:
    """The probability that a class must reach to be in the set, fitted on validation pictures.

    Args:
        probabilities: (n, classes) of pictures that the model did not learn from.
        labels: (n,) their classes.
        coverage: share of pictures whose true class shall be in its set, between 0 and 1.

    Returns:
        In [0, 1]; 0, which lets every class in, where n is too small for the promise.

    Source: Sadinle, Lei & Wasserman, "Least ambiguous set-valued classifiers with bounded error levels", 2019.
    """
    of_truth = np.sort(probabilities[np.arange(len(labels)), labels])
    # Of n + 1 exchangeable pictures, the new one is as likely to have any rank; so many may lie below the threshold.
    below = len(labels) - math.ceil((len(labels) + 1) * coverage)
    return float(of_truth[below]) if below >= 0 else 0.0


def prediction_sets(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """Which classes are in the set of each picture: (n, classes) bool; the most probable one always is."""
    sets: np.ndarray = probabilities >= threshold
    sets[np.arange(len(sets)), probabilities.argmax(1)] = True
    return sets


def coverage_of(sets: np.ndarray, labels: np.ndarray) -> float:
    """Share of the pictures whose true class is in their set."""
    return float(sets[np.arange(len(labels)), labels].mean())
