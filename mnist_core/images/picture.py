"""Picture files and canvases decoded to grey: what is accepted, and one sentence for what is not."""

from __future__ import annotations

import io
import struct
import unicodedata
import warnings
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_core.errors import BadFile, BadInput

KINDS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
LARGEST_FILE = 10 * 2**20
LARGEST_PICTURE = 4096 * 4096
MOST_FILES = 32
# Longer file names are cut in sentences; the file is found by its path all the same.
LONGEST_NAME = 60
# Where white paper shows less contrast than this, the ink may be white itself (paper 0, full ink 1).
FAINTEST_ON_WHITE = 0.25
# How files of other kinds begin: where to look, what is there, what it is.
OTHER_KINDS = (
    (4, (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1"), "HEIC"),
    (4, (b"ftypavif", b"ftypavis"), "AVIF"),
    (0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"),
    (0, (b"8BPS",), "PSD"),
    (0, (b"SIMPLE",), "FITS"),
    (0, (b"%!PS", b"\xc5\xd0\xd3\xc6"), "EPS"),
    (0, (b"%PDF",), "PDF"),
)


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        grey: (height, width) floats in [0, 1], 0 is black, turned upright.
        notes: what was done to it that a person should know, one sentence each.
    """

    grey: np.ndarray
    notes: tuple[str, ...] = ()


def read_picture(data: bytes, name: str = "The picture") -> Picture:
    """Decode a picture's bytes.

    Turned as the camera's note says, only the first frame of an animation. Transparent places are white paper, or black
    where white would hide all there is: a drawing in light ink.

    Raises:
        BadFile: not a picture of a kind that is read, damaged, or too large.
    """
    name = shown_name(name)
    if len(data) > LARGEST_FILE:
        raise too_large(name, len(data))
    try:
        with warnings.catch_warnings():
            # Our own limit, checked below before anything is decoded, is the stricter one; and what Pillow finds odd about
            # a camera's notes is no reason to refuse the picture.
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=KINDS)
            if picture.width * picture.height > LARGEST_PICTURE:
                raise BadFile(
                    f"{name} has {picture.width} x {picture.height} pixels.",
                    f"Allowed: at most {LARGEST_PICTURE:,} in all.",
                )
            frames = getattr(picture, "n_frames", 1)
            # Some phones put a small copy behind the photo in a kind that Pillow calls MPO; it is no animation.
            moving = frames > 1 and picture.format != "MPO"
            upright = ImageOps.exif_transpose(picture)
            notes = [f"Of its {frames} frames only the first is read."] if moving else []
            if upright.size != picture.size or upright.getexif() != picture.getexif():
                notes.append("It was turned as the camera noted.")
            return Picture(_grey(upright), tuple(notes))
    except UnidentifiedImageError as error:
        raise _unreadable(data, name) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        MemoryError,
        OverflowError,
        struct.error,
        Image.DecompressionBombError,
    ) as error:
        raise BadFile(f"{name} is damaged: {error}.", "Save the picture again.") from error


def read_grey(data: bytes, name: str = "The picture") -> np.ndarray:
    """Decode a picture to grey: (height, width) floats in [0, 1], 0 is black; otherwise as `read_picture`."""
    return read_picture(data, name).grey


def grey_of(pixels: np.ndarray) -> np.ndarray:
    """A drawing's pixels as grey: (height, width) floats in [0, 1], 0 is black; transparent places as in `read_picture`.

    Args:
        pixels: (height, width, 4) bytes: red, green, blue and opacity, as a canvas gives them.

    Raises:
        BadInput: another shape or type, or too many pixels.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4 or not pixels.size:
        raise BadInput(
            f"The drawing is {pixels.dtype} of shape {pixels.shape}.", "It must be uint8, (height, width, 4)."
        )
    if pixels.shape[0] * pixels.shape[1] > LARGEST_PICTURE:
        raise BadInput(
            f"The drawing has {pixels.shape[1]} x {pixels.shape[0]} pixels.",
            f"Allowed: at most {LARGEST_PICTURE:,} in all.",
        )
    return _grey(Image.fromarray(pixels))


def check_count(count: int) -> None:
    """Refuse more files than are taken at once from a browser.

    Raises:
        BadInput: more than 32.
    """
    if count > MOST_FILES:
        raise BadInput(
            f"These are {count} files.", f"Allowed: at most {MOST_FILES} at once. Add the others afterwards."
        )


def too_large(name: str, size: int) -> BadFile:
    """The refusal of a file of `size` bytes, more than are read."""
    return BadFile(f"{shown_name(name)} has {size:,} bytes.", f"Allowed: at most {LARGEST_FILE:,}. Save it smaller.")


def shown_name(name: str) -> str:
    """A file's name as a sentence can hold it: no folders, nothing invisible, and at most 60 characters."""
    last = PurePath(name.replace("\\", "/")).name or name
    visible = "".join(c if unicodedata.category(c)[0] != "C" else f"\\u{ord(c):04x}" for c in last)
    return visible if len(visible) <= LONGEST_NAME else f"{visible[: LONGEST_NAME - 4]} ..."


def _unreadable(data: bytes, name: str) -> BadFile:
    allowed = f"Allowed: {', '.join(KINDS)}."
    for place, starts, kind in OTHER_KINDS:
        if data[place : place + 8].startswith(starts):
            how = (
                "Save it as JPEG: on an iPhone, share it as 'Most compatible'."
                if kind == "HEIC"
                else "Save it as JPEG."
            )
            return BadFile(f"{name} is a picture of the kind {kind}, which is not read.", f"{allowed} {how}")
    return BadFile(f"{name} is not a picture that can be read.", allowed)


def _grey(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I") or picture.mode == "F":
        # Sixteen bits a pixel: Pillow would cut everything above 255 off instead of scaling it.
        return np.clip(np.asarray(picture, dtype=np.float32) / 65535, 0, 1)
    colour = picture.convert("RGBA")
    grey = _on_paper(colour, "white")
    # Only places that are not opaque differ, so an opaque picture that is all white stays as it is.
    return grey if grey.min() < 1 - FAINTEST_ON_WHITE else _on_paper(colour, "black")


def _on_paper(colour: Image.Image, paper: str) -> np.ndarray:
    sheet = Image.new("RGBA", colour.size, paper)
    return np.asarray(Image.alpha_composite(sheet, colour).convert("L"), dtype=np.float32) / 255
