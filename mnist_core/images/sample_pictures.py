"""Pictures with digits to try the lab's eyes on: the sample's own digits, written by code on paper under a lamp."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from mnist_core.data import Split, load

# What each shows, by the name it is asked for with; a slash begins a new line.
TEXTS = {"squared paper": "404 / 818", "one digit": "7", "ruled paper": "2749 / 3605 / 1852"}
DIGIT = 96
# How much wider than the box of a written digit its place is, and how far apart lines are, in heights of a digit.
PITCH, LEADING = 0.85, 1.35
MARGIN = 70
PAPER, INK, PRINT = 0.92, 0.22, 0.72


def sample_picture(name: str) -> bytes:
    """One of `TEXTS` as a photo, the same at every call: a JPEG file.

    The digits are of the sample's validation split, which no network is trained on.
    """
    lines = TEXTS[name].split(" / ")
    digits = load("sample").validation
    generator = np.random.default_rng(len(TEXTS[name]))
    height = 2 * MARGIN + round(DIGIT * LEADING * len(lines))
    width = 2 * MARGIN + round(DIGIT * PITCH * max(2, *map(len, lines)))
    paper = np.full((height, width), PAPER, np.float32)
    if name == "squared paper":
        _print_lines(paper, every=34)
        _print_lines(paper.T, every=34)
    if name == "ruled paper":
        _print_lines(paper, every=round(DIGIT * LEADING / 2))
    for row, line in enumerate(lines):
        for column, label in enumerate(line):
            top = MARGIN + round(DIGIT * LEADING * row) + int(generator.integers(-5, 6))
            left = MARGIN + round(DIGIT * PITCH * column)
            ink = _written(digits, int(label), generator)
            paper[top : top + DIGIT, left : left + DIGIT] *= 1 - (1 - INK) * ink
    grey = _under_a_lamp(paper, generator)
    file = io.BytesIO()
    Image.fromarray(np.round(255 * grey).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def _written(digits: Split, label: int, generator: np.random.Generator) -> np.ndarray:
    """A digit of that label with smooth strokes: (96, 96) floats, full ink is 1."""
    image = digits.images[generator.choice(np.flatnonzero(digits.labels == label))]
    large = Image.fromarray(image).resize((DIGIT, DIGIT), Image.Resampling.BICUBIC)
    # Enlarged, its edges are soft; a pen's are not.
    return np.clip(2.5 * np.asarray(large, np.float32) / 255 - 0.75, 0, 1)


def _print_lines(paper: np.ndarray, every: int) -> None:
    """Print lines from left to right that slope a little, as on a sheet that lies askew; in place."""
    y, x = np.mgrid[: paper.shape[0], : paper.shape[1]]
    paper[(y + 0.015 * x) % every < 1.5] *= PRINT


def _under_a_lamp(paper: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Brighter on the right, the edge of a shadow across it, and a camera's noise."""
    y, x = np.mgrid[: paper.shape[0], : paper.shape[1]] / max(paper.shape)
    shadow = 1 / (1 + np.exp((x + 0.5 * y - 0.5) * 50))
    light = (0.8 + 0.25 * x) * (1 - 0.4 * shadow)
    grey: np.ndarray = np.clip(paper * light + generator.normal(0, 0.01, paper.shape), 0, 1)
    return grey
