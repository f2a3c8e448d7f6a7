"""Each remedy undoes its fault and leaves the rest of a digit alone."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data import load
from mnist_core.images import remedies


@pytest.fixture
def digit() -> np.ndarray:
    return load("sample").test.images[0]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean square, in shares of full ink."""
    return float(np.sqrt(np.square((one.astype(float) - other) / 255).mean()))


def test_twice_inverted_is_as_before(digit: np.ndarray) -> None:
    assert np.array_equal(remedies.inverted(255 - digit), digit)


@pytest.mark.parametrize("step", [(3, 0), (-3, 2), (0, -3)])
def test_what_was_moved_comes_back(digit: np.ndarray, step: tuple[int, int]) -> None:
    centred = remedies.centred(digit)
    assert np.array_equal(remedies.centred(np.roll(digit, step, (0, 1))), centred)
    assert difference(centred, digit) == 0 or np.abs(np.argwhere(centred).mean(0) - 13.5).max() < 1.5


def test_specks_go_and_the_strokes_stay(digit: np.ndarray) -> None:
    dirty = digit.copy()
    dirty[[1, 1, 26, 26], [1, 26, 1, 26]] = 255
    assert remedies.specks(dirty).sum() == 4
    assert not remedies.specks(digit).any()
    clean = remedies.without_specks(dirty)
    assert clean[[1, 1, 26, 26], [1, 26, 1, 26]].max() == 0
    assert difference(clean, digit) < 0.05


def test_a_digit_that_is_fitted_already_hardly_changes(digit: np.ndarray) -> None:
    assert difference(remedies.fitted(digit), digit) < 0.2


def test_turned_there_and_back_hardly_changes(digit: np.ndarray) -> None:
    there = remedies.rotated(digit, 25)
    assert difference(there, digit) > 0.2
    assert difference(remedies.rotated(there, -25), digit) < 0.2


def test_wider_strokes_have_more_ink_and_finer_ones_less(digit: np.ndarray) -> None:
    finer, same, wider = (remedies.widened(digit, pixels).mean() for pixels in (-1, 0, 1))
    assert finer < same < wider


def test_nothing_comes_of_nothing() -> None:
    blank = np.zeros((28, 28), np.uint8)
    for mend in (remedies.without_specks, remedies.fitted, remedies.centred, lambda it: remedies.rotated(it, 20)):
        assert not mend(blank).any()
