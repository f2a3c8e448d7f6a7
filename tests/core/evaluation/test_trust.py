"""A model's trust: fitted on some pictures, kept on others."""

import numpy as np
import pytest

from mnist_core.evaluation.trust import Applied, apply, apply_by_halves, fit_trust, kept, kept_by
from mnist_core.models.trust import COVERAGES


def too_sure(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a model that reads most pictures right and is three times as sure as it may be."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    logits = rng.normal(size=(n, 10))
    logits[np.arange(n), labels] += 4
    return (logits * 9).astype(np.float32), labels


@pytest.mark.parametrize("name", COVERAGES)
def test_promises_made_on_validation_are_kept_on_the_test(name: str):
    trust = fit_trust(*too_sure(5_000, 1))
    found = kept(trust, *too_sure(10_000, 2), name)
    assert found.coverage_chosen == COVERAGES[name]
    assert found.coverage >= COVERAGES[name] - 0.003
    assert found.ece < 0.01 < found.ece_before
    assert 1 <= found.mean_set_size < 10


def test_a_higher_promise_needs_a_lower_threshold():
    thresholds = list(fit_trust(*too_sure(5_000, 1)).thresholds.values())
    assert thresholds == sorted(thresholds, reverse=True)


def test_judged_by_halves_no_picture_is_judged_by_a_trust_that_has_seen_it():
    logits, labels = too_sure(5_000, 1)
    applied = apply_by_halves(logits, labels, "99.5")
    for half, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        by_other = apply(fit_trust(logits[other], labels[other]), logits[half], "99.5")
        assert np.array_equal(applied.probabilities[half], by_other.probabilities)
        assert np.array_equal(applied.sets[half], by_other.sets)
    found = kept_by(applied, logits, labels, "99.5")
    assert found.coverage == pytest.approx(0.995, abs=0.004)
    assert found.ece < 0.01 < found.ece_before


def test_sets_are_counted_by_their_size():
    applied = Applied(np.eye(3), np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]], dtype=bool))
    assert applied.sizes == {1: 2, 2: 1}
