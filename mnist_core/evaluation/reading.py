"""Pictures read: each digit that is found in one, where it stands, what it is read as, and its way to the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from mnist_core.images.page import Box, by_lines, find_digits
from mnist_core.images.picture import Picture
from mnist_core.images.prepare import SIDE, Stage

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Answer, Predictor

# Enough to see strokes by on a screen; a phone's photo has sixteen times as many pixels.
LARGEST_PREVIEW = 1024
# Around a digit's box, so that the stages of the whole picture show what it was told from; a share of its longer side.
AROUND = 0.15


@dataclass(frozen=True, eq=False)
class ReadDigit:
    """One digit of a picture.

    Attributes:
        box: left, top, right and bottom in pixels of the picture, the last two one beyond.
        line: the line of writing it stands in, from 0.
        answer: what the model makes of it.
        stages: from raw to centre, each (28, 28): those of the whole picture around the digit, then its own.
    """

    box: Box
    line: int
    answer: Answer
    stages: tuple[Stage, ...]

    @property
    def image(self) -> np.ndarray:
        """(28, 28) bytes: what the model sees."""
        return self.stages[-1].digit

    @property
    def confidence(self) -> float:
        """The probability of the answer."""
        return self.answer.probabilities[self.answer.label]


@dataclass(frozen=True, eq=False)
class Reading:
    """A picture and what is read in it.

    Attributes:
        preview: (height, width) bytes, 0 is black: the picture, made smaller if it is large.
        size: width and height of the picture itself, in pixels.
        digits: in reading order, at least one.
        light_ink: whether the ink was taken to be lighter than the paper.
        flat: whether it was taken for a drawing on paper of one grey, not a photo.
        notes: what was done to the picture that a person should know, one sentence each.
    """

    preview: np.ndarray
    size: tuple[int, int]
    digits: tuple[ReadDigit, ...]
    light_ink: bool
    flat: bool
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """What is read, as in "404 / 818"."""
        return self.text_of([digit.answer.label for digit in self.digits])

    def text_of(self, labels: Sequence[str]) -> str:
        """The same with other answers, one for each digit: those of a second model."""
        return " / ".join(by_lines([digit.line for digit in self.digits], labels))

    @property
    def lowest_confidence(self) -> float:
        """The probability of the answer that the model is least sure of."""
        return min(digit.confidence for digit in self.digits)

    @property
    def remarks(self) -> tuple[str, ...]:
        """`notes`, and how many marks do not look like a digit if any do not."""
        strange = sum(digit.answer.is_digit is False for digit in self.digits)
        said = f"{strange} of {len(self.digits)} marks {'do' if strange > 1 else 'does'} not look like a digit."
        return (*self.notes, said) if strange else self.notes


def read(
    predictor: Predictor, picture: Picture, *, threshold: float | None = None, light_ink: bool | None = None
) -> Reading:
    """Find and read the digits of a picture; threshold and light_ink as for `mnist_core.images.prepare.prepare`.

    Raises:
        BlankImage: there is no digit on it.
        BadInput: a threshold outside its range, or far too many marks.
    """
    page = find_digits(picture.grey, predictor.probabilities, threshold=threshold, light_ink=light_ink)
    answers = predictor.answer(np.stack([found.digit for found in page.digits]))
    height, width = picture.grey.shape
    digits = tuple(
        ReadDigit(
            found.box,
            found.line,
            answer,
            tuple(_small(stage) for stage in (*_around(found.box, page.stages, (width, height)), *found.stages)),
        )
        for found, answer in zip(page.digits, answers, strict=True)
    )
    return Reading(_preview(picture.grey), (width, height), digits, page.light_ink, page.flat, picture.notes)


def _around(box: Box, stages: Sequence[Stage], size: tuple[int, int]) -> list[Stage]:
    """The stages of a whole picture where one digit is; the later ones of a large photo have fewer pixels than it."""
    left, top, right, bottom = box
    rim = AROUND * max(right - left, bottom - top)
    cut = []
    for stage in stages:
        rows, columns = stage.picture.shape
        across, down = columns / size[0], rows / size[1]
        window = stage.picture[
            max(0, int((top - rim) * down)) : int((bottom + rim) * down) + 1,
            max(0, int((left - rim) * across)) : int((right + rim) * across) + 1,
        ]
        cut.append(Stage(stage.name, window, stage.note))
    return cut


def _small(stage: Stage) -> Stage:
    if stage.picture.shape == (SIDE, SIDE):
        return stage
    return Stage(stage.name, stage.digit.astype(np.float32) / 255, stage.note)


def _preview(grey: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(np.round(255 * grey).astype(np.uint8))
    picture.thumbnail((LARGEST_PREVIEW, LARGEST_PREVIEW))
    preview: np.ndarray = np.asarray(picture)
    return preview
