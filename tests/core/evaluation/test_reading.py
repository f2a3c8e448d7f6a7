"""Pictures read by a model: text by lines, boxes, the stages around a digit, settings, and the lab's own sample pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnist_core.data import load
from mnist_core.errors import BlankImage
from mnist_core.evaluation.predictor import Answer
from mnist_core.evaluation.reading import LARGEST_PREVIEW, read
from mnist_core.images.picture import Picture, read_picture
from mnist_core.images.sample_pictures import TEXTS, sample_picture
from tests.core.images.photos import photo, shade, write

DIGITS = [str(digit) for digit in range(10)]


class Nearest:
    """Reads a picture as the digit of the sample that is nearest to it: a model that needs no training."""

    def __init__(self) -> None:
        train = load("sample").train
        self.known = train.images.reshape(len(train.images), -1).astype(np.float32)
        self.known /= np.linalg.norm(self.known, axis=1, keepdims=True)
        self.labels = train.labels

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        rows = images.reshape(len(images), -1).astype(np.float32)
        alike = rows @ self.known.T / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
        best = np.stack([alike[:, self.labels == digit].max(1) for digit in range(10)], axis=1)
        shares: np.ndarray = np.exp(30 * best)
        return shares / shares.sum(1, keepdims=True)

    def answer(self, images: np.ndarray) -> list[Answer]:
        return [
            Answer(str(row.argmax()), dict(zip(DIGITS, map(float, row), strict=True)), None, None)
            for row in self.probabilities(images)
        ]


@pytest.fixture(scope="module")
def model() -> Nearest:
    return Nearest()


def two_lines(scale: int = 1) -> np.ndarray:
    paper = photo(300 * scale, 420 * scale)
    write(paper, "71", 60 * scale, 40 * scale, 80 * scale, pen=9 * scale)
    write(paper, "17", 60 * scale, 180 * scale, 80 * scale, pen=9 * scale)
    return shade(paper, 0.6)


@pytest.mark.parametrize("name", TEXTS)
def test_each_sample_picture_is_read_as_what_it_shows(model: Nearest, name: str):
    reading = read(model, read_picture(sample_picture(name)))
    assert reading.text == TEXTS[name]
    assert not reading.light_ink and not reading.flat
    assert sample_picture(name) == sample_picture(name)


def test_text_boxes_and_lines_are_in_reading_order(model: Nearest):
    reading = read(model, Picture(two_lines(), ("It was turned as the camera noted.",)))
    assert reading.text == "71 / 17"
    assert reading.text_of(["a", "b", "c", "d"]) == "ab / cd"
    assert [digit.line for digit in reading.digits] == [0, 0, 1, 1]
    assert reading.size == (420, 300) and reading.preview.shape == (300, 420)
    left, top, right, bottom = reading.digits[2].box
    assert (left + right) / 2 == pytest.approx(60 + 80 * 0.65 / 2, abs=3)
    assert (top, bottom) == (pytest.approx(175, abs=3), pytest.approx(265, abs=3))
    assert reading.lowest_confidence == min(digit.confidence for digit in reading.digits)
    assert reading.remarks == ("It was turned as the camera noted.",)
    strange = replace(reading.digits[0], answer=replace(reading.digits[0].answer, is_digit=False))
    told = replace(reading, digits=(strange, *reading.digits[1:])).remarks
    assert told[1] == "1 of 4 marks does not look like a digit."


def test_the_stages_of_a_digit_are_those_of_the_picture_around_it_and_its_own(model: Nearest):
    stages = read(model, Picture(two_lines())).digits[0].stages
    names = ["raw", "polarity", "light", "threshold", "lines", "crop", "stroke width", "box", "centre"]
    assert [stage.name for stage in stages] == names
    assert all(stage.picture.shape == (28, 28) for stage in stages)
    # The 7's bar is at the top, and nothing of the 1 beside it is in the window.
    lines = stages[4].picture
    assert lines[3:9].sum() > 2 * lines[20:26].sum() and lines[:, -2:].max() == 0


def test_a_large_photo_has_a_small_preview_and_its_boxes_in_its_own_pixels(model: Nearest):
    small, large = (read(model, Picture(two_lines(scale))) for scale in (1, 8))
    assert large.text == small.text and large.size == (3360, 2400)
    assert max(large.preview.shape) == LARGEST_PREVIEW
    for one, other in zip(small.digits, large.digits, strict=True):
        assert other.box == pytest.approx([8 * side for side in one.box], abs=24)
        assert np.abs(other.stages[2].picture - one.stages[2].picture).mean() < 0.05


def test_the_ink_and_the_threshold_are_taken_as_told(model: Nearest):
    picture = Picture(1 - two_lines())
    assert read(model, picture).light_ink
    assert read(model, picture, threshold=0.5, light_ink=True).text == "71 / 17"
    with pytest.raises(BlankImage, match="No digit was found|nothing on"):
        read(model, Picture(photo()))
