"""A sheet to draw a digit on, with mouse, pen or finger; what is on it is still there after a visit to another page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from mnist_core.images.strokes import Stroke, strokes_of

SIDE = 280
PAPER, INK = "#000000", "#ffffff"
PENS = (6, 40)
PEN = 20
ERASER = "eraser"


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is on a sheet.

    Attributes:
        pixels: (280, 280, 4) bytes: red, green, blue, opacity; white ink on black paper.
        strokes: the pen's way, as (x, y) in pixels, also where ink was taken away again.
        scene: what `put` and the canvas need to show it again.
    """

    pixels: np.ndarray
    strokes: tuple[Stroke, ...]
    scene: dict[str, Any]


@dataclass
class _Sheet:
    """A sheet in the session.

    Attributes:
        number: which one it is.
        first: what was on it when it was laid down.
        scene: what the canvas was last told to show.
        now: what is on it.
        taken_back: how many strokes were taken back, on all sheets.
    """

    number: int = 0
    first: Drawing | None = None
    scene: dict[str, Any] | None = None
    now: Drawing | None = None
    taken_back: int = 0


@dataclass(frozen=True)
class Pen:
    """What the next stroke is drawn with: its width in pixels, and whether it takes ink away."""

    width: int
    erases: bool


def pen() -> Pen:
    """Ask what the next stroke shall be drawn with; the width is one and the same choice on every page that has a sheet."""
    width = st.slider(
        "Pen width",
        *PENS,
        PEN,
        key="pen",
        persist_state="session",
        help="Of the next stroke, in pixels of the sheet, which has 280 in each direction. Higher fills the sheet sooner; "
        "strokes of about 20 are read best.",
    )
    erases = st.toggle(
        "Eraser",
        key=ERASER,
        help="The next strokes take ink away, as wide as the pen. A new sheet begins with the pen again.",
    )
    return Pen(width, erases)


def canvas(key: str, pen: Pen) -> Drawing | None:
    """Show the sheet and give what is on it; None if it is empty. The page or its fragment runs again after each stroke.

    Args:
        key: unique on the page, and the same whenever the same sheet is meant.
        pen: what the next stroke is drawn with.
    """
    # Loaded with the first sheet only: the other pages do without.
    from streamlit_drawable_canvas import st_canvas

    sheet = _sheet(key)
    name = f"{key} {sheet.number}"
    if name not in st.session_state:
        # A new sheet, or one whose canvas was thrown away with its page.
        sheet.first = sheet.now
        sheet.scene = sheet.now.scene if sheet.now else None
    # The canvas's own buttons (undo, redo, edit, empty) float above its upper edge.
    st.space(16)
    result = st_canvas(
        stroke_width=pen.width,
        # Paper over the ink: of a drawing, what can be seen is what counts.
        stroke_color=PAPER if pen.erases else INK,
        background_color=PAPER,
        width=SIDE,
        height=SIDE,
        drawing_mode="freedraw",
        initial_drawing=sheet.scene,
        return_image_data=True,
        key=name,
    )
    scene = result.json_data or {}
    if not scene.get("objects"):
        sheet.now = None
    elif result.image_data is None:
        # It shows what it was given, and nothing has been added yet.
        sheet.now = sheet.first
    else:
        inked = [each for each in scene["objects"] if each.get("stroke") != PAPER]
        sheet.now = Drawing(result.image_data, strokes_of(inked), scene)
    return sheet.now


def now(key: str) -> Drawing | None:
    """What is on a sheet, as `canvas` last gave it; for a button's callback."""
    return _sheet(key).now


def put(key: str, drawing: Drawing | None) -> None:
    """Lay down a new sheet, empty or with a drawing on it; to be called before `canvas`, as in a button's callback."""
    sheet = _sheet(key)
    sheet.number += 1
    sheet.now = drawing
    st.session_state[ERASER] = False


def take_back(key: str) -> None:
    """Take the last stroke off the sheet; to be called before `canvas`."""
    # The canvas has a button for this, but shows it only to a mouse that rests on it.
    sheet = _sheet(key)
    if sheet.now:
        sheet.taken_back += 1
        # The count makes it another scene each time, which the canvas shows and answers with its pixels.
        sheet.scene = sheet.now.scene | {"objects": sheet.now.scene["objects"][:-1], "taken_back": sheet.taken_back}
        sheet.first = None


def _sheet(key: str) -> _Sheet:
    sheet: _Sheet = st.session_state.setdefault(f"{key} sheet", _Sheet())
    return sheet
