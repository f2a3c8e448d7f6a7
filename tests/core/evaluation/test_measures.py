"""What is usual among MNIST's digits is what is measured on them, and single measures agree with counting by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core.data import load
from mnist_core.evaluation.measures import USUAL, measure


def test_usual_is_what_is_measured_on_mnists_training_digits(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    found = [measure(digit) for digit in load("mnist").train.images[:4_000]]
    for name, usual in USUAL.items():
        low, high = np.percentile([getattr(each, name) for each in found], (1, 99))
        assert (low, high) == pytest.approx(usual, abs=0.06), name


def test_a_bar_is_measured_as_counted_by_hand() -> None:
    digit = np.zeros((28, 28), np.uint8)
    digit[2:22, 10:14] = 200
    digit[26, 26] = 255
    it = measure(digit)
    assert (it.specks, it.specks_in_frame, it.longest_side, it.cut, it.paper) == (1, 1, 20, 0, 0)
    assert it.stroke_width == pytest.approx(2 * 80 / 48)
    assert it.off_centre == pytest.approx(np.hypot(11.5 - 13.5, 11.5 - 13.5))
    assert it.mean_ink == pytest.approx((80 * 200 + 255) / 784 / 255)


def test_white_paper_is_seen() -> None:
    assert measure(np.full((28, 28), 255, np.uint8)).paper == 1


def test_of_a_blank_picture_lengths_are_zero() -> None:
    it = measure(np.zeros((28, 28), np.uint8))
    assert (it.longest_side, it.stroke_width, it.off_centre, it.specks) == (0, 0, 0, 0)
