"""Thirty drawings on request: which digit to draw next, the sheet, and the way back; each is kept as soon as it is done."""

from __future__ import annotations

import streamlit as st

from mnist_core.data import guided, own
from mnist_core.data.guided import LENGTH, Series
from mnist_core.errors import BlankImage
from mnist_core.images.prepare import grey_of, prepare
from pages.shared import canvas
from pages.shared.attempt import attempt, show_refusal

SHEET = "guided"
_BEGUN = "series"


def current() -> Series | None:
    """The series that is shown: the one begun in this visit, or else the latest there is; None before the first."""
    digits = own.own_digits()
    latest, begun = guided.latest(digits), st.session_state.get(_BEGUN, 0)
    if latest is None or latest.number < begun:
        return Series(begun, {}) if begun else None
    return latest


def begin(label: str) -> None:
    """A button that lays down the first sheet of a new series."""
    st.button(
        label,
        type="primary",
        icon=":material/draw:",
        key="begin",
        on_click=_begin,
        help=f"{LENGTH} digits, each three times in a mixed order; about two minutes. Each is kept among your digits as soon "
        "as it is drawn, so that you can stop at any time and go on later.",
    )


@st.fragment
def pad() -> None:
    """Ask for the next drawing of the series; when it is complete, the whole page is drawn again."""
    series = current()
    if series is None or series.place is None:
        st.rerun()
    show_refusal()
    place = series.place
    st.progress(place / LENGTH, text=f"Drawing {place + 1} of {LENGTH}")
    st.subheader(f"Draw a {series.asked[place]}", anchor=False)
    sheet, buttons = st.columns([2, 3], gap="large")
    with buttons:
        actions = st.container()
        pen = canvas.pen()
        st.caption(
            "Write as you always do. What the network makes of it is told at the end, so that it does not teach you."
        )
    with sheet:
        drawing = canvas.canvas(SHEET, pen)
    with actions:
        st.button(
            "Next",
            type="primary",
            icon=":material/arrow_forward:",
            key="next",
            shortcut="Enter",
            disabled=drawing is None,
            on_click=attempt,
            args=(_keep,),
            help="Keeps the drawing and asks for the next one.",
        )
        with st.container(horizontal=True):
            st.button(
                "Undo stroke",
                icon=":material/undo:",
                key="undo stroke",
                disabled=drawing is None,
                on_click=canvas.take_back,
                args=(SHEET,),
                help="Takes the last stroke off the sheet.",
            )
            st.button(
                "One back",
                icon=":material/arrow_back:",
                key="one back",
                disabled=not series.drawn,
                on_click=attempt,
                args=(_back,),
                help="Removes the drawing before this one and asks for it again.",
            )


def _begin() -> None:
    st.session_state[_BEGUN] = guided.next_series(own.own_digits()).number
    canvas.put(SHEET, None)


def _keep() -> None:
    series, drawing = current(), canvas.now(SHEET)
    if series is None or series.place is None or drawing is None:
        return
    try:
        series.keep(prepare(grey_of(drawing.pixels)).digit, drawing.strokes)
    except BlankImage:
        # All of it was erased: there is nothing to keep yet.
        return
    canvas.put(SHEET, None)


def _back() -> None:
    series = current()
    if series and series.drawn:
        own.remove(series.digits[-1].number)
        canvas.put(SHEET, None)
