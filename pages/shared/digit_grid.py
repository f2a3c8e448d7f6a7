"""Hundreds of digits as one small picture that can be clicked and walked through with the arrow keys."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from pages.shared.digit_sheet import as_png

COLUMNS = 20

STYLE = """
.grid { position: relative; display: grid; gap: 2px; grid-auto-rows: 44px; }
canvas { position: absolute; top: 0; left: 0; }
button { position: relative; padding: 0; border: 2px solid transparent; border-radius: .25rem; background: none;
  cursor: pointer; }
button.wrong { border-color: #D0550A; }
button.seen { border-color: var(--st-primary-color); }
button:hover, button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""

_component = st.components.v2.component(
    "digit_grid",
    html='<div class="grid" role="group"></div>',
    css=STYLE,
    js=Path(__file__).with_name("digit_grid.js").read_text(),
)


def digit_grid(
    images: np.ndarray,
    titles: Sequence[str],
    key: str,
    *,
    alt: str,
    on_click: Callable[[int], None],
    wrong: Sequence[int] = (),
) -> None:
    """Show digits in rows that fill the width.

    The same digits give the same bytes, and the frame around the clicked one is drawn in the browser, so that a click
    sends nothing back but its answer.

    Args:
        images: (n, 28, 28) bytes, 0 is paper.
        titles: of each digit, shown on hover and read to people who hear the page.
        key: unique on the page.
        alt: what the grid shows as a whole.
        on_click: called with the position of the clicked digit before the page runs again.
        wrong: positions of digits that are framed as mistakes; their titles should say so too.
    """

    def clicked() -> None:
        position = st.session_state[key]["clicked"]
        if position is not None:
            on_click(int(position))

    _component(
        key=key,
        data={
            "sprite": _sprite(images),
            "columns": COLUMNS,
            "titles": list(titles),
            "wrong": [int(i) for i in wrong],
            "alt": alt,
        },
        on_clicked_change=clicked,
    )


def _sprite(images: np.ndarray) -> str:
    """The digits side by side in rows of 20, as the address of a PNG."""
    return "data:image/png;base64," + base64.b64encode(as_png(images, COLUMNS)).decode("ascii")
