"""From a drawing or photo of one digit to the 28x28 picture that MNIST's makers would have made of it.

They fitted each digit, keeping its shape, into a box of 20x20 pixels, and placed it so that the centre of mass of its ink is
the centre of 28x28 pixels (LeCun, Cortes and Burges, "The MNIST database"). A network trained on MNIST expects just that.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from mnist_core.errors import BadFile, BadInput, BlankImage, NotFound

KINDS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
LARGEST_FILE = 10 * 2**20
LARGEST_PICTURE = 4096 * 4096
SIDE = 28
BOX = 20
# Ink fainter than this is paper texture or noise of the camera, not a stroke (paper is 0, full ink 1).
FAINTEST_STROKE = 0.25
# Mean width of the strokes, in pixels of 28: of MNIST's digits 4 in 100 are thinner.
THINNEST_PEN = 1.6


@dataclass(frozen=True)
class Prepared:
    """A picture on its way to the model.

    Attributes:
        grey: (height, width) floats in [0, 1], 0 is black and 1 white, as the file shows it.
        ink: the same with paper as 0 and full ink as 1, whichever way round the picture was.
        digit: (28, 28) bytes as in MNIST, 0 is paper; what the model sees.
    """

    grey: np.ndarray
    ink: np.ndarray
    digit: np.ndarray


def prepare_file(path: Path) -> Prepared:
    """Prepare the picture in a file.

    Raises:
        NotFound: there is no such file.
        BadFile: it is not a picture of a kind that is read, is damaged, or is too large.
        BlankImage: nothing is drawn on it.
    """
    if not path.is_file():
        raise NotFound(f"There is no picture {str(path)!r}.", "Give the path of a PNG or JPEG file.")
    return prepare(read_grey(path.read_bytes(), path.name))


def read_grey(data: bytes, name: str = "The picture") -> np.ndarray:
    """Decode a picture to grey: (height, width) floats in [0, 1], 0 is black.

    Turned as the camera's note says, only the first frame of an animation. Transparent places are white paper, or black
    where white would hide all there is: a drawing in light ink.

    Raises:
        BadFile: not a picture of a kind that is read, damaged, or too large.
    """
    if len(data) > LARGEST_FILE:
        raise BadFile(f"{name} has {len(data):,} bytes.", f"Allowed: at most {LARGEST_FILE:,}. Save it smaller.")
    try:
        with warnings.catch_warnings():
            # Our own limit, checked below before anything is decoded, is the stricter one.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=KINDS)
        if picture.width * picture.height > LARGEST_PICTURE:
            raise BadFile(
                f"{name} has {picture.width} x {picture.height} pixels.",
                f"Allowed: at most {LARGEST_PICTURE:,} in all.",
            )
        return _grey(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError as error:
        raise BadFile(f"{name} is not a picture that can be read.", f"Allowed: {', '.join(KINDS)}.") from error
    except (OSError, SyntaxError, ValueError, MemoryError, OverflowError, Image.DecompressionBombError) as error:
        raise BadFile(f"{name} is damaged: {error}.", "Save the picture again.") from error


def grey_of(pixels: np.ndarray) -> np.ndarray:
    """A drawing's pixels as grey: (height, width) floats in [0, 1], 0 is black; transparent places as in `read_grey`.

    Args:
        pixels: (height, width, 4) bytes: red, green, blue and opacity, as a canvas gives them.

    Raises:
        BadInput: another shape or type.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4 or not pixels.size:
        raise BadInput(
            f"The drawing is {pixels.dtype} of shape {pixels.shape}.", "It must be uint8, (height, width, 4)."
        )
    return _grey(Image.fromarray(pixels))


def prepare(grey: np.ndarray) -> Prepared:
    """Turn a grey picture of one digit into what the model sees.

    A picture of exactly 28x28 pixels is taken to be prepared already and only turned to light ink on dark paper.

    Args:
        grey: (height, width) floats in [0, 1], 0 is black.

    Raises:
        BlankImage: nothing is drawn on it.
    """
    ink = _ink(grey)
    if ink.max(initial=0) < FAINTEST_STROKE:
        raise BlankImage("There is nothing on this picture.", "Draw a digit first.")
    if ink.shape == (SIDE, SIDE):
        return Prepared(grey, ink, _bytes(ink))
    return Prepared(grey, ink, _thickened(_bytes(_centre(_fit(_crop(ink))))))


def _grey(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I") or picture.mode == "F":
        # Sixteen bits a pixel: Pillow would cut everything above 255 off instead of scaling it.
        return np.clip(np.asarray(picture, dtype=np.float32) / 65535, 0, 1)
    colour = picture.convert("RGBA")
    grey = _on_paper(colour, "white")
    # Only places that are not opaque differ, so an opaque picture that is all white stays as it is.
    return grey if grey.min() < 1 - FAINTEST_STROKE else _on_paper(colour, "black")


def _on_paper(colour: Image.Image, paper: str) -> np.ndarray:
    sheet = Image.new("RGBA", colour.size, paper)
    return np.asarray(Image.alpha_composite(sheet, colour).convert("L"), dtype=np.float32) / 255


def _ink(grey: np.ndarray) -> np.ndarray:
    """Paper to 0 and the strongest ink to 1; the paper is what the picture's edge mostly shows."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(edge))
    difference = paper - grey if paper > 0.5 else grey - paper
    ink: np.ndarray = np.clip(difference, 0, None)
    strongest = float(ink.max(initial=0))
    return ink / strongest if strongest >= FAINTEST_STROKE else ink


def _crop(ink: np.ndarray) -> np.ndarray:
    strokes = ink >= FAINTEST_STROKE
    rows, columns = np.flatnonzero(strokes.any(1)), np.flatnonzero(strokes.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(ink: np.ndarray) -> np.ndarray:
    """Scale so that the longer side is 20 pixels; the shape is kept and edges are smoothed."""
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = Image.fromarray(ink.astype(np.float32)).resize(size, Image.Resampling.LANCZOS)
    fitted: np.ndarray = np.clip(np.asarray(scaled), 0, 1)
    return fitted


def _centre(digit: np.ndarray) -> np.ndarray:
    """Put a digit of at most 20x20 pixels on 28x28 so that its centre of mass is in the middle."""
    height, width = digit.shape
    row, column = (
        (np.arange(length) * digit.sum(axis)).sum() / digit.sum() for length, axis in ((height, 1), (width, 0))
    )
    # The middle of 28 pixels lies between the 13th and the 14th, counted from 0.
    top = int(np.clip(round(13.5 - row), 0, SIDE - height))
    left = int(np.clip(round(13.5 - column), 0, SIDE - width))
    page = np.zeros((SIDE, SIDE), np.float32)
    page[top : top + height, left : left + width] = digit
    return page


def _bytes(ink: np.ndarray) -> np.ndarray:
    return np.round(ink * 255).astype(np.uint8)


def _thickened(digit: np.ndarray) -> np.ndarray:
    """A digit of a thinner pen than MNIST's with strokes about a pixel thicker; any other as it is.

    The mean width of a stroke is twice its ink by the length of its two edges, which is half the difference between the
    greatest and the least of the 3x3 pixels around each.
    """
    picture = Image.fromarray(digit)
    greatest, least = (
        np.asarray(picture.filter(each), np.float32) for each in (ImageFilter.MaxFilter(3), ImageFilter.MinFilter(3))
    )
    if 2 * digit.sum() >= THINNEST_PEN * (greatest - least).sum() / 2:
        return digit
    thicker: np.ndarray = np.round((digit + greatest) / 2).astype(np.uint8)
    return thicker
