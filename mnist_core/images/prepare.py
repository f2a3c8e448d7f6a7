"""From a drawing or photo of one digit to the 28x28 picture that MNIST's makers would have made of it, stage by stage.

They fitted each digit, keeping its shape, into a box of 20x20 pixels, and placed it so that the centre of mass of its ink is
the centre of 28x28 pixels (LeCun, Cortes and Burges, "The MNIST database"). A network trained on MNIST expects just that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_core.errors import BadInput, BlankImage, NotFound
from mnist_core.images import paper
from mnist_core.images.picture import (
    KINDS,
    LARGEST_FILE,
    LARGEST_PICTURE,
    Picture,
    grey_of,
    read_grey,
    read_picture,
    too_large,
)

__all__ = [
    "KINDS",
    "LARGEST_FILE",
    "LARGEST_PICTURE",
    "Paper",
    "Prepared",
    "Stage",
    "finish",
    "grey_of",
    "on_paper",
    "open_picture",
    "prepare",
    "prepare_file",
    "read_grey",
]

SIDE = 28
BOX = 20
# A photo is made this small before its ink is looked for: a digit on a full page still has 30 pixels.
LARGEST_PHOTO = 2048
# Strokes are measured and widened on a digit of this many pixels, ten times the box.
FINE = 200
# The usual width of MNIST's strokes and how thin a pen may be before it is widened to it, in pixels of the box.
THINNEST = 1.8
PEN = 2.4
# More ink than this is a page painted over; a digit as wide as its box stays below a half.
MOST_INK = 0.65
# What is about as high as wide, and fills its outline like this, is a dot; the thickest digits leave a tenth of theirs open.
DOT = 0.95
ROUND = 1.3
# In a photo, pieces that are smaller than this share of the digit, or farther away, are not part of it.
SMALLEST_PIECE = 0.15
FARTHEST_PIECE = 0.35


@dataclass(frozen=True, eq=False)
class Stage:
    """One state of the picture on its way to the model.

    Attributes:
        name: raw, polarity, light, threshold, lines, crop, stroke width, box or centre; in this order.
        picture: (height, width) floats in [0, 1]; of the first stage as the file shows it, then paper is 0 and full ink 1.
        note: what was done, in one sentence.
    """

    name: str
    picture: np.ndarray
    note: str

    @property
    def digit(self) -> np.ndarray:
        """(28, 28) bytes: what a model would be shown if the preparation ended here, squeezed to 28x28 where it must be."""
        if self.picture.shape == (SIDE, SIDE):
            return _bytes(self.picture)
        squeezed = Image.fromarray(self.picture.astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BOX)
        return _bytes(np.clip(np.asarray(squeezed), 0, 1))


@dataclass(frozen=True, eq=False)
class Paper:
    """A whole picture with its ink told from its paper.

    Attributes:
        ink: (height, width) floats in [0, 1]: paper 0, full ink 1.
        mask: (height, width) booleans: what is a stroke.
        light_ink: whether the ink is lighter than the paper.
        flat: whether it is a drawing on paper of one grey, not a photo.
        scale: pixels of the picture for each pixel here; more than 1 for a large photo.
        stages: raw to lines.
    """

    ink: np.ndarray
    mask: np.ndarray
    light_ink: bool
    flat: bool
    scale: float
    stages: tuple[Stage, ...]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A picture on its way to the model.

    Attributes:
        grey: (height, width) floats in [0, 1], 0 is black and 1 white, as the file shows it.
        ink: the same with paper as 0 and full ink as 1, whichever way round the picture was.
        digit: (28, 28) bytes as in MNIST, 0 is paper; what the model sees.
        light_ink: whether the ink was taken to be lighter than the paper.
        stages: every state from the grey picture to the digit, in order; the last one's `digit` is the digit.
    """

    grey: np.ndarray
    ink: np.ndarray
    digit: np.ndarray
    light_ink: bool
    stages: tuple[Stage, ...]


def open_picture(path: Path) -> Picture:
    """Decode the picture in a file.

    Raises:
        NotFound: there is no such file.
        BadFile: it is not a picture of a kind that is read, is damaged, or is too large.
    """
    if not path.is_file():
        raise NotFound(f"There is no picture {str(path)!r}.", "Give the path of a PNG or JPEG file.")
    if path.stat().st_size > LARGEST_FILE:
        raise too_large(path.name, path.stat().st_size)
    return read_picture(path.read_bytes(), path.name)


def prepare_file(path: Path) -> Prepared:
    """Prepare the picture in a file.

    Raises:
        NotFound, BadFile: as `open_picture`.
        BlankImage: nothing is drawn on it.
    """
    return prepare(open_picture(path).grey)


def prepare(grey: np.ndarray, *, threshold: float | None = None, light_ink: bool | None = None) -> Prepared:
    """Turn a grey picture of one digit into what the model sees.

    A picture of exactly 28x28 pixels is taken to be prepared already and only turned to light ink on dark paper.

    Args:
        grey: (height, width) floats in [0, 1], 0 is black.
        threshold: above 0 and below 1: ink of this strength (paper 0, the strongest ink 1) is a stroke; None chooses.
        light_ink: whether the ink is lighter than the paper; None looks.

    Raises:
        BlankImage: nothing is drawn on it, or a dot, or it is painted over.
        BadInput: a threshold outside its range.
    """
    sheet = on_paper(grey, threshold=threshold, light_ink=light_ink)
    if grey.shape == (SIDE, SIDE):
        stages = (*sheet.stages, Stage("centre", sheet.ink, "It is 28 x 28 already and stays as it is."))
    else:
        mask = sheet.mask if sheet.flat else _digit_alone(sheet.mask)
        _refuse_a_dot(mask)
        stages = (*sheet.stages, *finish(sheet.ink, mask))
    return Prepared(grey, sheet.ink, stages[-1].digit, sheet.light_ink, stages)


def on_paper(grey: np.ndarray, *, threshold: float | None = None, light_ink: bool | None = None) -> Paper:
    """Tell a picture's ink from its paper: stages raw, polarity, light, threshold, lines; arguments as in `prepare`.

    Raises:
        BlankImage: nothing is drawn on it, or it is painted over.
        BadInput: a threshold outside its range.
    """
    if threshold is not None and not 0 < threshold < 1:
        raise BadInput(f"The threshold is {threshold}.", "Allowed: above 0 and below 1.")
    ready = grey.shape == (SIDE, SIDE)
    flat = ready or paper.is_flat(grey)
    stages = [Stage("raw", grey, "As the file shows it.")]
    working, scale = (grey, 1.0) if flat else _smaller(grey)
    light = paper.has_light_ink(working, flat=flat) if light_ink is None else light_ink
    dark = 1 - working if light else working
    stages.append(
        Stage(
            "polarity",
            1 - dark,
            "Light ink on dark paper: kept." if light else "Dark ink on light paper: turned round.",
        )
    )
    ink = np.clip(paper.paper_grey(dark) - dark, 0, None) if flat else 1 - paper.even_out(dark)
    peak = float(ink.max(initial=0)) if flat else paper.strongest(ink)
    if peak < paper.FAINTEST_INK or (not flat and peak < paper.LEAST_SIGNAL * paper.noise(ink)):
        raise BlankImage("There is nothing on this picture.", "Draw a digit first.")
    ink = np.clip(ink / peak, 0, 1)
    stages.append(Stage("light", ink, "The paper is even." if flat else "Uneven light and shadow were taken out."))
    if ready:
        return Paper(ink, ink >= paper.FAINTEST_STROKE, light, flat, scale, tuple(stages))
    mask = paper.strokes(ink, threshold, flat=flat)
    stages.append(Stage("threshold", np.where(mask, ink, 0), "What is fainter than a stroke was left out."))
    unruled = mask if flat else paper.without_rules(mask)
    lines = int((mask & ~unruled).sum())
    mask = unruled if unruled.any() else mask
    stages.append(
        Stage(
            "lines",
            np.where(mask, ink, 0),
            "Printed lines were taken away." if lines else "No printed lines were found.",
        )
    )
    if not mask.any():
        raise BlankImage("There is nothing on this picture.", "Draw a digit first.")
    if mask.mean() > MOST_INK:
        raise BlankImage("Almost all of this picture is ink.", "Draw a digit first, with paper around it.")
    return Paper(ink, mask, light, flat, scale, tuple(stages))


def finish(ink: np.ndarray, mask: np.ndarray) -> tuple[Stage, ...]:
    """From ink on paper to MNIST's form: stages crop, stroke width, box, centre.

    Args:
        ink: (height, width) floats in [0, 1].
        mask: (height, width) booleans, at least one true: the strokes of the digit.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    crop = np.where(_with_rim(mask[window]), ink[window], 0)
    widened, pen = _widened(crop, mask[window])
    fitted = _fit(widened)
    how = f"The strokes, {pen:.1f} pixels of the box wide, "
    return (
        Stage("crop", crop, "Cut out where the strokes end."),
        Stage("stroke width", widened, how + ("are kept." if widened is crop else f"were widened to {PEN}.")),
        Stage("box", _in_the_middle(fitted), "Scaled to 20 pixels at its longest, its shape kept."),
        Stage("centre", _centre(fitted), "Moved so that its centre of mass is in the middle."),
    )


def _smaller(grey: np.ndarray) -> tuple[np.ndarray, float]:
    scale = max(grey.shape) / LARGEST_PHOTO
    if scale <= 1:
        return grey, 1.0
    import cv2

    size = [max(1, round(length / scale)) for length in grey.shape[::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA), scale


def _digit_alone(mask: np.ndarray) -> np.ndarray:
    """The strokes of a photo's largest digit, without specks, and without what the picture's edge cuts."""
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    left, top, width, height = stats[1:, :4].T
    right, bottom = left + width, top + height
    size = np.maximum(width, height)
    cut = (left == 0) | (top == 0) | (right == mask.shape[1]) | (bottom == mask.shape[0])
    whole = size * ~cut
    main = int((whole if 2 * whole.max() >= size.max() else size).argmax())
    gap = np.maximum(
        np.maximum(left - right[main], left[main] - right), np.maximum(top - bottom[main], top[main] - bottom)
    )
    part = (gap <= FARTHEST_PIECE * size[main]) & (size >= SMALLEST_PIECE * size[main]) & (~cut | cut[main])
    part[main] = True
    alone: np.ndarray = np.isin(labels, 1 + np.flatnonzero(part))
    return alone


def _refuse_a_dot(mask: np.ndarray) -> None:
    import cv2

    points = np.argwhere(mask).astype(np.int32)
    height, width = np.ptp(points, axis=0) + 1
    # A pixel has a width: the outline through the middles of the outermost ones is half a pixel too small all round.
    outline = cv2.contourArea(cv2.convexHull(points)) + height + width - 1
    if max(height, width) <= ROUND * min(height, width) and mask.sum() >= DOT * outline:
        raise BlankImage("There is only a dot on this picture.", "Draw a digit first.")


def _with_rim(mask: np.ndarray) -> np.ndarray:
    """One pixel more on every side, where strokes fade into the paper."""
    import cv2

    rim: np.ndarray = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return rim


def _widened(crop: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, float]:
    """The crop with strokes as wide as MNIST's where they are too thin, and their width in pixels of the box before."""
    import cv2

    per_pixel = BOX / max(mask.shape)
    pen = paper.stroke_width(mask) * per_pixel
    if pen >= THINNEST:
        return crop, pen
    scale = FINE / max(mask.shape)
    drawn = mask.astype(np.uint8)
    if scale < 1:
        # A stroke of one pixel must not fade away when the digit is made smaller.
        reach = int(np.ceil(1 / scale))
        drawn = cv2.dilate(drawn, np.ones((reach, reach), np.uint8)).astype(np.uint8)
    size = [max(1, round(length * scale)) for length in mask.shape[::-1]]
    smooth = cv2.resize(drawn.astype(np.float32), size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    fine = smooth >= 0.5
    reach_out = max(0.0, (PEN * FINE / BOX - paper.stroke_width(fine)) / 2)
    outside = cv2.distanceTransform((~np.pad(fine, int(reach_out) + 1)).astype(np.uint8), cv2.DIST_L2, 5)
    # The edge is smoothed over one pixel.
    return np.clip(reach_out + 1 - outside, 0, 1), pen


def _fit(ink: np.ndarray) -> np.ndarray:
    """Scale so that the longer side is 20 pixels; the shape is kept and edges are smoothed."""
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = Image.fromarray(ink.astype(np.float32)).resize(size, Image.Resampling.LANCZOS)
    fitted: np.ndarray = np.clip(np.asarray(scaled), 0, 1)
    return fitted


def _in_the_middle(digit: np.ndarray) -> np.ndarray:
    height, width = digit.shape
    return _placed(digit, (SIDE - height) // 2, (SIDE - width) // 2)


def _centre(digit: np.ndarray) -> np.ndarray:
    """Put a digit of at most 20x20 pixels on 28x28 so that its centre of mass is in the middle."""
    height, width = digit.shape
    row, column = (
        (np.arange(length) * digit.sum(axis)).sum() / digit.sum() for length, axis in ((height, 1), (width, 0))
    )
    # The middle of 28 pixels lies between the 13th and the 14th, counted from 0.
    return _placed(
        digit,
        int(np.clip(round(13.5 - row), 0, SIDE - height)),
        int(np.clip(round(13.5 - column), 0, SIDE - width)),
    )


def _placed(digit: np.ndarray, top: int, left: int) -> np.ndarray:
    page = np.zeros((SIDE, SIDE), np.float32)
    page[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return page


def _bytes(ink: np.ndarray) -> np.ndarray:
    return np.round(ink * 255).astype(np.uint8)
