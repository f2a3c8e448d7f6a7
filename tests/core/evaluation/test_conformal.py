"""Prediction sets keep their promise on pictures that they were not fitted on."""

import numpy as np
import pytest

from mnist_core.evaluation.calibration import softmax
from mnist_core.evaluation.conformal import coverage_of, prediction_sets, threshold


def model(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A model that is far too sure of itself, and pictures of which it reads nine in ten right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    logits = rng.normal(size=(n, 10))
    logits[np.arange(n), labels] += 2.8
    return softmax(logits * 4), labels


def test_ten_pictures_have_the_threshold_worked_by_hand():
    of_truth = np.arange(1, 11) / 10
    shares = np.stack([of_truth, 1 - of_truth], 1)
    # Of ten, 80 % coverage needs rank ceil(11 * 0.8) = 9 from the top: one may lie below.
    assert threshold(shares, np.zeros(10, int), 0.8) == pytest.approx(0.2)
    assert threshold(shares, np.zeros(10, int), 0.95) == 0


@pytest.mark.parametrize("coverage", [0.9, 0.99, 0.995])
def test_the_truth_is_in_the_set_as_often_as_promised_whatever_the_model(coverage: float):
    found = [
        coverage_of(prediction_sets(shares, threshold(*model(2_000, seed), coverage)), labels)
        for seed in range(40)
        for shares, labels in [model(4_000, 1_000 + seed)]
    ]
    assert np.mean(found) == pytest.approx(coverage, abs=0.002)
    assert np.mean(found) >= coverage - 0.001


def test_a_set_is_never_empty_and_grows_with_the_promise():
    shares, labels = model(2_000, 1)
    sizes = [prediction_sets(shares, threshold(shares, labels, coverage)).sum(1) for coverage in (0.5, 0.9, 0.99, 1.0)]
    assert all(each.min() >= 1 for each in sizes)
    means = [each.mean() for each in sizes]
    assert means == sorted(means)
    assert means[-1] == 10
