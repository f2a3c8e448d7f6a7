"""Comparing digit by digit and seed by seed: figures by hand and beside SciPy; equal models are seldom told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from mnist_core.evaluation.paired import STUDENTS_T, compare, mcnemar, paired_difference, pairs_needed


@pytest.mark.parametrize("confidence", list(STUDENTS_T))
def test_the_tables_of_students_t_are_scipys(confidence: float):
    table = STUDENTS_T[confidence]
    freedom = np.arange(1, len(table) + 1)
    assert table == pytest.approx(stats.t.ppf((1 + confidence) / 2, freedom), abs=5e-4)


def test_the_interval_is_scipys():
    first, second = [0.90, 0.92, 0.91, 0.93], [0.93, 0.92, 0.95, 0.94]
    found = paired_difference(first, second)
    low, high = stats.ttest_rel(second, first).confidence_interval()
    assert found.mean == pytest.approx(0.02)
    assert found.interval == pytest.approx((low, high), abs=1e-5)
    assert found.can_be_told_apart is False


def test_beyond_the_table_the_interval_is_scipys_too():
    figures = np.random.default_rng(0).random((2, 30))
    low, high = stats.ttest_rel(figures[1], figures[0]).confidence_interval(0.98)
    assert paired_difference(*figures, confidence=0.98).interval == pytest.approx((low, high))


def test_a_difference_that_hardly_varies_is_told_apart_in_either_direction():
    assert paired_difference([0.90, 0.91, 0.92], [0.95, 0.961, 0.97]).can_be_told_apart is True
    assert paired_difference([0.95, 0.961, 0.97], [0.90, 0.91, 0.92]).can_be_told_apart is True


def test_one_or_two_pairs_are_too_few_to_tell():
    one, two = paired_difference([0.9], [0.99]), paired_difference([0.9, 0.91], [0.99, 0.99])
    assert (one.spread, one.interval, one.can_be_told_apart) == (None, None, None)
    assert two.spread == pytest.approx(0.01 / math.sqrt(2))
    assert two.can_be_told_apart is None


def test_no_difference_at_all_is_not_told_apart():
    assert paired_difference([0.9] * 3, [0.9] * 3).can_be_told_apart is False


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


@pytest.mark.parametrize(
    # From Cohen's rule n = (z of the level + z of the power) ** 2 / effect ** 2, plus what Student's t adds to it.
    ("effect", "needed"),
    [(0.5, 34), (-0.5, 34), (1.0, 10), (5.0, 5), (0.1, None), (0.0, None)],
)
def test_the_pairs_needed_are_those_of_the_usual_tables(effect: float, needed: int | None):
    assert pairs_needed(effect, 1.0, confidence=0.95) == needed


def test_as_many_pairs_as_needed_find_the_effect_in_four_of_five_cases():
    rng = np.random.default_rng(0)
    n = pairs_needed(0.7, 1.0, confidence=0.98)
    found = [paired_difference(np.zeros(n), rng.normal(0.7, 1, n), confidence=0.98) for _ in range(1_000)]
    assert np.mean([each.can_be_told_apart for each in found]) == pytest.approx(0.82, abs=0.03)
