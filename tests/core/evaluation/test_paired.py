"""Comparing seed by seed, beside SciPy's Student's t."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from mnist_core.evaluation.paired import T_95, paired_difference


@pytest.mark.parametrize("freedom", range(1, len(T_95) + 1))
def test_the_table_of_students_t_is_scipys(freedom: int):
    assert T_95[freedom - 1] == pytest.approx(stats.t.ppf(0.975, freedom), abs=5e-4)


def test_the_interval_is_scipys():
    first, second = [0.90, 0.92, 0.91, 0.93], [0.93, 0.92, 0.95, 0.94]
    found = paired_difference(first, second)
    low, high = stats.ttest_rel(second, first).confidence_interval()
    assert found.mean == pytest.approx(0.02)
    assert found.interval == pytest.approx((low, high), abs=1e-5)
    assert found.can_be_told_apart is False


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
