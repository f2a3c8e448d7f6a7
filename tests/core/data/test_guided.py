"""A guided series: every digit three times, mixed, kept one by one, gone on with later."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core.data import guided, own

IMAGE = np.eye(28, dtype=np.uint8) * 255
STROKES = [[(10.0, 10.0), (20.0, 30.0)]]


@pytest.fixture(autouse=True)
def at_home(home: Path) -> None:
    """Each test has no own digits at first."""


def drawn(count: int) -> guided.Series:
    for _ in range(count):
        (guided.latest(own.own_digits()) or guided.next_series([])).keep(IMAGE, STROKES)
    series = guided.latest(own.own_digits())
    assert series
    return series


def test_every_ten_hold_each_digit_once_and_two_series_differ():
    first, second = guided.Series(1, {}).asked, guided.Series(2, {}).asked
    assert len(first) == 30
    for place in (0, 10, 20):
        assert sorted(first[place : place + 10]) == list(range(10))
    assert first == guided.Series(1, {}).asked
    assert first != second


def test_a_series_is_kept_as_own_digits_under_what_was_asked_and_leaves_ten_of_thirty_for_the_test():
    series = drawn(30)
    assert series.place is None
    assert [digit.label for digit in series.digits] == list(series.asked)
    assert series.digits[3].name == "series 1, 4 of 30"
    assert sorted(digit.label for digit in series.digits if digit.is_test) == list(range(10))
    with pytest.raises(ValueError, match="complete"):
        series.keep(IMAGE, STROKES)


def test_a_series_goes_on_where_it_was_left_and_a_removed_drawing_is_asked_for_again():
    series = drawn(4)
    assert series.place == 4
    own.remove(series.digits[1].number)
    again = guided.latest(own.own_digits())
    assert again and again.place == 1
    again.keep(IMAGE, STROKES)
    assert drawn(0).place == 4


def test_other_digits_are_not_part_of_a_series_and_the_next_one_has_the_next_number():
    assert guided.latest([]) is None
    own.add(IMAGE, 3, origin="picture", name="series 7, 1 of 30")
    own.add(IMAGE, 3, origin="drawing", name="holiday")
    assert guided.latest(own.own_digits()) is None
    assert guided.next_series(own.own_digits()).number == 1
    assert guided.next_series(drawn(1).digits).number == 2
