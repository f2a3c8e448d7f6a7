"""Confidence beside accuracy: figures worked by hand, and a temperature that is found again."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from mnist_core.evaluation.calibration import fit_temperature, reliability, softmax


def scores_of_a_model_that_knows_how_sure_it_is(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose softmax is the true probability of each class, and labels drawn with it."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 10)) * 2
    shares = softmax(logits)
    labels = (shares.cumsum(1) < rng.random((n, 1))).sum(1)
    return logits, labels


def test_softmax_is_that_of_the_textbook_and_does_not_overflow():
    assert softmax(np.array([[0.0, np.log(3)]])) == pytest.approx(np.array([[0.25, 0.75]]))
    assert softmax(np.array([[1e4, 0.0]]), 0.1)[0].tolist() == [1.0, 0.0]
    assert softmax(np.array([[0.0, 2 * np.log(3)]]), 2.0) == pytest.approx(np.array([[0.25, 0.75]]))


def test_four_answers_have_the_error_worked_by_hand():
    # Two answers with 0.95, one of them right; two with 0.65, both right: (2 * 0.45 + 2 * 0.35) / 4.
    shares = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.35, 0.65]])
    found = reliability(shares, np.array([0, 1, 0, 1]), bins=10)
    assert found.ece == pytest.approx(0.4)
    assert found.count.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 2]
    assert found.accuracy[9] == pytest.approx(0.5)
    assert np.isnan(found.accuracy[0])


def test_the_curve_equals_scikit_learns():
    rng = np.random.default_rng(1)
    first = rng.random(500)
    shares = np.stack([first, 1 - first], 1)
    right = shares.argmax(1) == rng.integers(0, 2, 500)
    labels = np.where(right, shares.argmax(1), 1 - shares.argmax(1))
    found = reliability(shares, labels, bins=10)
    accuracy, confidence = calibration_curve(right, shares.max(1), n_bins=10)
    there = found.count > 0
    assert found.accuracy[there] == pytest.approx(accuracy, abs=1e-9)
    assert found.confidence[there] == pytest.approx(confidence, abs=1e-9)


@pytest.mark.parametrize("too_sure", [0.4, 1.0, 3.0])
def test_the_temperature_of_a_model_that_is_too_sure_is_found(too_sure: float):
    logits, labels = scores_of_a_model_that_knows_how_sure_it_is(20_000, seed=2)
    found = fit_temperature(logits * too_sure, labels)
    assert found == pytest.approx(too_sure, rel=0.03)
    assert reliability(softmax(logits * too_sure, found), labels).ece < 0.01


def test_a_temperature_changes_no_answer():
    logits, _ = scores_of_a_model_that_knows_how_sure_it_is(500, seed=3)
    assert np.array_equal(softmax(logits, 3.7).argmax(1), logits.argmax(1))
