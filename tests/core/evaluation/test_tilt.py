"""Digits turned by 25 degrees are told from upright ones, however they were turned and drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mnist_core.data import load
from mnist_core.evaluation.tilt import tilts
from mnist_core.images import remedies


@pytest.mark.parametrize("angle", [-25, 25])
def test_turned_digits_are_found_with_the_way_they_were_turned(angle: int) -> None:
    spin = cv2.getRotationMatrix2D((13.5, 13.5), angle, 1)
    digits = load("sample").test.images[:300]
    upright, clockwise, anticlockwise = tilts(np.stack([cv2.warpAffine(digit, spin, (28, 28)) for digit in digits])).T
    assert (upright < 0.3).mean() >= 0.9
    assert ((anticlockwise > clockwise) == (angle > 0)).mean() >= 0.95
    # Redrawn, so that neither size nor blur tells.
    upright, clockwise, anticlockwise = tilts(np.stack([remedies.rotated(digit, angle) for digit in digits])).T
    assert (upright < 0.3).mean() >= 0.65
    assert ((anticlockwise > clockwise) == (angle > 0)).mean() >= 0.95


def test_upright_digits_are_left_alone_also_when_redrawn() -> None:
    digits = load("sample").test.images[:300]
    assert (tilts(digits)[:, 0] < 0.3).mean() <= 0.05
    redrawn = np.stack([remedies.rotated(digit, 0) for digit in digits])
    assert (tilts(redrawn)[:, 0] < 0.3).mean() <= 0.12
