"""Digits turned by 25 degrees are told from upright ones, however they were turned and drawn."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data import load
from mnist_core.evaluation.tilt import tilts
from mnist_core.images import remedies


@pytest.mark.parametrize("angle", [-25, 25])
def test_turned_digits_are_found_with_the_way_they_were_turned(angle: int) -> None:
    # Prepared anew after turning, so that neither their size nor a blur tells.
    turned = np.stack([remedies.rotated(digit, angle) for digit in load("sample").test.images[:300]])
    upright, clockwise, anticlockwise = tilts(turned).T
    assert (upright < 0.5).mean() >= 0.9
    assert ((anticlockwise > clockwise) == (angle > 0)).mean() >= 0.95


def test_upright_digits_are_left_alone_also_when_redrawn() -> None:
    digits = load("sample").test.images[:300]
    assert (tilts(digits)[:, 0] < 0.4).mean() <= 0.03
    redrawn = np.stack([remedies.rotated(digit, 0) for digit in digits])
    assert (tilts(redrawn)[:, 0] < 0.4).mean() <= 0.05
