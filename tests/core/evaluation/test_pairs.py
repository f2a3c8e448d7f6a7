"""Two models on the same pictures: the test is exact, and equal models are seldom told apart."""

import numpy as np
import pytest

from mnist_core.evaluation.pairs import compare, mcnemar


@pytest.mark.parametrize(
    # 1 of 6: 2 * (1 + 6) / 64; 0 of 5: 2 / 32; 5 and 5 are as even as can be.
    ("only_a", "only_b", "p"),
    [(1, 5, 14 / 64), (0, 5, 2 / 32), (5, 0, 2 / 32), (5, 5, 1.0), (0, 0, 1.0)],
)
def test_p_is_that_of_a_fair_coin_worked_by_hand(only_a: int, only_b: int, p: float):
    assert mcnemar(only_a, only_b) == pytest.approx(p)


def test_pictures_are_counted_by_who_reads_them_right():
    a = np.array([True, True, True, False, False])
    b = np.array([True, False, False, True, False])
    pair = compare(a, b)
    assert (pair.n, pair.both, pair.only_a, pair.only_b) == (5, 1, 2, 1)
    assert pair.gain == pytest.approx(0.2)


def test_equal_models_are_called_different_in_at_most_one_of_twenty_cases():
    rng = np.random.default_rng(0)
    ps = [compare(rng.random(5_000) < 0.98, rng.random(5_000) < 0.98).p for _ in range(400)]
    assert np.mean(np.array(ps) < 0.05) <= 0.05
