"""A model's trust: fitted on some pictures, kept on others."""

import numpy as np
import pytest

from mnist_core.evaluation.trust import fit_trust, kept
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
