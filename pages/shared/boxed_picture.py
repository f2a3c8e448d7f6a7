"""A picture with a box around each digit that was found, and the text that was read; boxes and text can be clicked."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

STYLE = """
.picture { position: relative; }
img { display: block; width: 100%; border-radius: .25rem; }
button { cursor: pointer; font: inherit; padding: 0; background: none; }
.picture button { position: absolute; border: 2px solid #2C74B3; border-radius: 3px; box-shadow: 0 0 0 1px #FFFFFFB3;
  box-sizing: border-box; }
.picture button span { position: absolute; left: -2px; bottom: 100%; background: #2C74B3; color: #FFFFFF; font-size: 13px;
  line-height: 1.2; padding: 0 4px; border-radius: 3px 3px 0 0; }
.picture.dense button { border-width: 1px; }
.picture.dense button:not(.chosen, :hover, :focus-visible) span { display: none; }
.picture button.strange { border-style: dashed; border-color: #B84A08; }
.picture button.strange span { background: #B84A08; }
.picture button.chosen { z-index: 1; border-width: 3px; background: #2C74B333; }
.picture.dense button.chosen { border-width: 2px; background: none; }
.picture button:hover, .picture button:focus-visible { z-index: 2; outline: 3px solid #F59B33; }
.line { display: flex; flex-wrap: wrap; margin-top: .4rem; }
.line button { min-width: 2rem; height: 2.25rem; font-size: 1.35rem; color: var(--st-text-color); border-radius: .25rem;
  border: 2px solid transparent; font-variant-numeric: tabular-nums; }
.line button.strange { text-decoration: underline wavy #D0550A; }
.line button.chosen { border-color: var(--st-primary-color); }
.line button:hover, .line button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""

_component = st.components.v2.component(
    "boxed_picture",
    html='<div class="picture" role="group"></div><div class="text" role="group" aria-label="The text"></div>',
    css=STYLE,
    js=Path(__file__).with_name("boxed_picture.js").read_text(),
)


@dataclass(frozen=True)
class Boxed:
    """A digit in the picture.

    Attributes:
        box: left, top, right and bottom in pixels of the picture.
        line: of the text, from 0.
        label: what it is read as.
        title: the same in a sentence, shown on hover and read to people who hear the page.
        strange: whether it is marked as no digit; the title should say so too.
    """

    box: tuple[int, int, int, int]
    line: int
    label: str
    title: str
    strange: bool


def boxed_picture(
    preview: np.ndarray,
    size: tuple[int, int],
    digits: Sequence[Boxed],
    key: str,
    *,
    alt: str,
    chosen: int | None,
    on_click: Callable[[int], None],
) -> None:
    """Show the picture and under it the text, a button for each digit in both.

    Args:
        preview: (height, width) bytes, 0 is black; may be smaller than the picture.
        size: width and height of the picture that the boxes are measured in.
        digits: in reading order.
        key: unique on the page.
        alt: what the picture shows as a whole.
        chosen: position of the digit that is marked.
        on_click: called with the position of the clicked digit before the page runs again.
    """

    def clicked() -> None:
        position = st.session_state[key]["clicked"]
        if position is not None:
            on_click(int(position))

    width, height = size
    shares = [[each.box[0] / width, each.box[1] / height, each.box[2] / width, each.box[3] / height] for each in digits]
    _component(
        key=key,
        data={
            "picture": _jpeg(preview),
            "size": [preview.shape[1], preview.shape[0]],
            "boxes": shares,
            "lines": [each.line for each in digits],
            "labels": [each.label for each in digits],
            "titles": [each.title for each in digits],
            "strange": [each.strange for each in digits],
            "alt": alt,
            "chosen": chosen,
        },
        on_clicked_change=clicked,
    )


def _jpeg(preview: np.ndarray) -> str:
    """The picture as the address of a JPEG, packed anew: what a stranger's file also held is not handed on."""
    buffer = io.BytesIO()
    Image.fromarray(preview).save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
