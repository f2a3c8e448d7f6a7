"""One digit of a person's own at large: its pixels, the pen's way, its label to change, and the way to the bin."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

import streamlit as st

from mnist_core.data import own
from mnist_core.data.own import OwnDigit
from pages.shared import canvas, charts, notices
from pages.shared.attempt import attempt
from pages.shared.plot import plot

BINNED = "binned own digits"


def title_of(digit: OwnDigit) -> str:
    """A digit in a line: "7, number 12, kept for the test"."""
    return f"{digit.label}, number {digit.number}, {part_of(digit)}"


def part_of(digit: OwnDigit) -> str:
    """Which part of the own digits it belongs to, in words."""
    return "kept for the test" if digit.is_test else "to learn from"


def open_digit(number: int) -> None:
    """Put a digit into the address, where the page will find it."""
    st.query_params["digit"] = str(number)


def close() -> None:
    """Take the digit out of the address again."""
    st.query_params.pop("digit", None)


@st.dialog("Your digit", width="medium", on_dismiss=close)
def show(digit: OwnDigit) -> None:
    """Show a digit, and let its label be changed or the digit be removed."""
    st.header(f"{digit.label} :gray[number {digit.number}, {part_of(digit)}]", anchor=False)
    added = f"{'Drawn' if digit.origin == 'drawing' else 'A picture, added'} {digit.made_at:%Y-%m-%d %H:%M} UTC"
    st.caption(f"{added}, {notices.verbatim(digit.name)}" if digit.name else added)
    pixels, facts = st.columns(2)
    with pixels:
        alt = f"The 28 x 28 pixels of this {digit.label}, with their values on hover"
        plot(charts.pixels(digit.image), "pixels", alt=alt, height=330)
    with facts:
        if digit.strokes:
            _pen(digit)
        label = st.selectbox(
            "What it is",
            range(10),
            index=digit.label,
            key=f"label {digit.number}",
            help="The label that networks learn and are judged by. Whether the digit is kept for the test stays as it is.",
        )
        with st.container(horizontal=True):
            st.button(
                "Change",
                icon=":material/check:",
                key="relabel",
                disabled=label == digit.label,
                on_click=attempt,
                args=(own.relabel, digit.number, label),
                help="Gives the digit the label chosen above.",
            )
            st.button(
                "Remove",
                icon=":material/delete:",
                key="remove",
                on_click=attempt,
                args=(_remove, digit.number),
                help="Moves the digit to the bin; the page offers to take it back.",
            )


def show_addressed(digits: Sequence[OwnDigit]) -> None:
    """Show the digit that the address names, if it names one."""
    address = st.query_params.get("digit")
    if not address:
        return
    chosen = next((digit for digit in digits if str(digit.number) == address), None)
    if chosen is None:
        st.warning(
            f"There is no digit {notices.verbatim(repr(address[:20]))} among your own.", icon=":material/search_off:"
        )
    else:
        show(chosen)


def offer_undo() -> None:
    """Offer to take back the digit that was removed last in this visit."""
    binned: list[int] = st.session_state.get(BINNED, [])
    with st.container(horizontal=True, vertical_alignment="center"):
        if binned:
            st.markdown(f"Digit {binned[-1]} is in the bin.", width="content")
            st.button("Take it back", icon=":material/undo:", key="take back", on_click=attempt, args=(_restore,))


def _remove(number: int) -> None:
    own.remove(number)
    st.session_state.setdefault(BINNED, []).append(number)
    close()


def _restore() -> None:
    # Off the list first: if it is not there any more, the offer should not stay either.
    own.restore(st.session_state[BINNED].pop())


def _pen(digit: OwnDigit) -> None:
    """The strokes as they were drawn, in their order: each begins with a dot."""
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:g},{y:g}" for x, y in stroke)}"/>'
        f'<circle cx="{stroke[0][0]:g}" cy="{stroke[0][1]:g}" r="7" fill="{canvas.INK}"/>'
        for stroke in digit.strokes
    )
    alt = f"The pen's way: {len(digit.strokes)} stroke{'s' if len(digit.strokes) > 1 else ''}"
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {canvas.SIDE} {canvas.SIDE}">'
        f'<rect width="100%" height="100%" fill="{canvas.PAPER}"/>'
        f'<g fill="none" stroke="{canvas.INK}" stroke-width="4" stroke-linecap="round">{lines}</g></svg>'
    )
    # As an address, for Streamlit takes drawings out of HTML.
    address = "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode("ascii")
    st.markdown("**The pen's way**", help="Each stroke begins at its dot.")
    st.html(f'<img src="{address}" alt="{html.escape(alt)}" width="160" height="160" style="border-radius: .25rem;">')
