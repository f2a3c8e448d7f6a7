"""A row of digits with a line of text under each, as one small picture and no widgets."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st
from PIL import Image

STYLE = """
<style>
.lab-strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(3.2rem, 1fr)); gap: .6rem .5rem; }
.lab-strip.wide { grid-template-columns: repeat(auto-fill, minmax(4.5rem, 1fr)); }
.lab-strip figure { margin: 0; text-align: center; }
.lab-strip img { width: 100%; max-width: 5rem; aspect-ratio: 1; image-rendering: pixelated; border-radius: .25rem;
  border: 2px solid transparent; background: #000; }
.lab-strip .wrong img { border-color: #D0550A; }
.lab-strip figcaption { font-size: .875rem; line-height: 1.25; }
</style>
"""


@dataclass(frozen=True)
class Labelled:
    """A digit and what to say about it.

    Attributes:
        image: (28, 28) bytes, 0 is paper.
        caption: the line under it; a second line after a newline.
        alt: the same for people who hear the page.
        wrong: whether it is marked as a mistake.
    """

    image: np.ndarray
    caption: str
    alt: str
    wrong: bool = False


def digit_strip(digits: list[Labelled], *, wide: bool = False) -> None:
    """Show digits side by side, wrapping on narrow screens; mistakes carry a frame and their caption says so.

    Args:
        digits: in the order in which they are shown.
        wide: leave room for captions of a dozen letters.
    """
    st.html(STYLE + strip_html(digits, wide=wide))


def strip_html(digits: list[Labelled], *, wide: bool = False) -> str:
    """What `digit_strip` shows, as HTML without its `STYLE`."""
    figures = "".join(
        f'<figure class="{"wrong" if digit.wrong else "right"}">'
        f'<img src="{address_of(digit.image)}" alt="{html.escape(digit.alt)}">'
        f"<figcaption>{html.escape(digit.caption).replace(chr(10), '<br>')}</figcaption></figure>"
        for digit in digits
    )
    return f'<div class="lab-strip{" wide" * wide}">{figures}</div>'


def large_digit(image: np.ndarray, alt: str) -> None:
    """Show one digit (28, 28) at five times its size."""
    st.html(
        f'<img src="{address_of(image)}" alt="{html.escape(alt)}" width="140" height="140" '
        'style="image-rendering: pixelated; border-radius: .25rem;">'
    )


def address_of(image: np.ndarray) -> str:
    """A picture of grey bytes as the address of a PNG, for use in HTML."""
    return _address_of(image.tobytes(), image.shape)


# A live run shows the same digits again and again.
@lru_cache(maxsize=256)
def _address_of(pixels: bytes, shape: tuple[int, ...]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.frombuffer(pixels, np.uint8).reshape(shape)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
