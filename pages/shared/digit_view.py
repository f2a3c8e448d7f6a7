"""One digit at large: its pixels, where it lies, what models answer, and the digits most like it."""

from __future__ import annotations

import re

import numpy as np
import streamlit as st

from mnist_core.data.catalogue import SPLITS, Answers, Catalogue, Neighbour
from pages.shared import charts, notices
from pages.shared.digit_strip import Labelled, digit_strip
from pages.shared.plot import plot

ADDRESS = re.compile(rf"({'|'.join(SPLITS)})-(-?[0-9]{{1,9}})")


def address_of(catalogue: Catalogue, row: int) -> str:
    """How a digit is named in a link: "test-4176"."""
    return f"{catalogue.split_of(row)}-{catalogue.index[row]}"


def row_at(catalogue: Catalogue, address: str) -> int | None:
    """The row of the digit that a link names, or None if there is no such digit."""
    named = ADDRESS.fullmatch(address)
    return catalogue.row_of(named[1], int(named[2])) if named else None  # type: ignore[arg-type]


def open_digit(catalogue: Catalogue, row: int) -> None:
    """Put a digit into the address, where the page will find it."""
    st.query_params["digit"] = address_of(catalogue, row)


def close() -> None:
    """Take the digit out of the address again."""
    st.query_params.pop("digit", None)


def title_of(catalogue: Catalogue, row: int, answers: Answers | None) -> str:
    """A digit in a line: "7, test 4176, read as 1"."""
    classes = catalogue.digits.source.classes
    title = f"{classes[catalogue.label[row]]}, {catalogue.split_of(row)} {catalogue.index[row]}"
    if answers and row < len(answers.labels):
        title += f", read as {classes[answers.predicted[row]]} with {100 * answers.confidence[row]:.1f} %"
    return title


def misread(rows: np.ndarray, answers: Answers | None) -> list[int]:
    """Positions in `rows` of the digits that a model reads as another class."""
    if answers is None:
        return []
    asked = np.flatnonzero(rows < len(answers.labels))
    wrong = answers.predicted[rows[asked]] != answers.labels[rows[asked]]
    return [int(position) for position in asked[wrong]]


def show_named(catalogue: Catalogue, address: str, rows: np.ndarray, answers: dict[str, Answers]) -> None:
    """Show the digit that a link names, or say that there is none; the arguments are as for `show`."""
    row = row_at(catalogue, address)
    if row is None:
        st.warning(
            f"{catalogue.digits.source.title} has no digit {notices.verbatim(repr(address[:40]))}; a link names a split and "
            "an index, as in test-42.",
            icon=":material/search_off:",
        )
    else:
        show(catalogue, row, rows, answers)


@st.dialog("Digit", width="medium", on_dismiss=close)
def show(catalogue: Catalogue, row: int, rows: np.ndarray, answers: dict[str, Answers]) -> None:
    """Show the digit that the address names, beside the others of the list that the reader comes from.

    Args:
        catalogue: where the digit is.
        row: of the digit at which the window was opened.
        rows: the list, for the buttons to the one before and after.
        answers: of each chosen model, by its run's name.
    """
    named = row_at(catalogue, st.query_params.get("digit", ""))
    row = row if named is None else named
    name = _class_of(catalogue, row)
    st.header(f"{name} :gray[{catalogue.split_of(row)}, index {catalogue.index[row]:,}]", anchor=False)
    with st.container(horizontal=True):
        _turn(catalogue, row, rows)
    large, facts = st.columns(2)
    with large:
        pixels(catalogue, row)
    image = catalogue.images([row])[0]
    neighbours = catalogue.neighbours(row)
    with facts:
        st.markdown(
            f"{(image > 0).sum()} of 784 pixels have ink, {100 * catalogue.ink[row]:.1f} % of what full ink would be. "
            f"Its unusualness is {catalogue.unusualness[row]:.1f}; half of all digits are below "
            f"{np.median(catalogue.unusualness):.1f}."
        )
        _answers(catalogue, row, answers)
        _twin(catalogue, row, neighbours)
    look_alikes(catalogue, row, neighbours)


def look_alikes(catalogue: Catalogue, row: int, neighbours: list[Neighbour]) -> None:
    """Draw the digits most like one, those with another label marked."""
    st.markdown(
        "**The ten most alike**",
        help="The smallest root mean square difference of the pixels over all three splits; 0 is the same picture.",
    )
    pictures = catalogue.images([neighbour.row for neighbour in neighbours])
    digit_strip([_labelled(catalogue, *pair, row) for pair in zip(neighbours, pictures, strict=True)])


def pixels(catalogue: Catalogue, row: int) -> None:
    """Draw a digit at large, with the value of each pixel on hover."""
    alt = f"The 28 x 28 pixels of this {_class_of(catalogue, row)}, with their values on hover"
    plot(charts.pixels(catalogue.images([row])[0]), "pixels", alt=alt, height=330)


def _class_of(catalogue: Catalogue, row: int) -> str:
    return catalogue.digits.source.classes[catalogue.label[row]]


def _turn(catalogue: Catalogue, row: int, rows: np.ndarray) -> None:
    """Buttons to the digit before and after this one in the list, round its ends; none if it is not in the list."""
    here = np.flatnonzero(rows == row)
    for label, icon, step, end, start in (
        ("Before", "arrow_back", -1, "first", "last"),
        ("After", "arrow_forward", 1, "last", "first"),
    ):
        # Never disabled on the way: a button that is takes the keyboard's focus out of the window, and Escape with it.
        st.button(
            label,
            icon=f":material/{icon}:",
            disabled=not len(here),
            on_click=open_digit,
            args=(catalogue, int(rows[(here[0] + step) % len(rows)]) if len(here) else row),
            help=f"The digit {label.lower()} this one in the list; {label.lower()} the {end} comes the {start}.",
        )


def _answers(catalogue: Catalogue, row: int, answers: dict[str, Answers]) -> None:
    for model, given in answers.items():
        if row >= len(given.labels):
            st.caption("Models are not asked about test digits here: the test split is kept for the end of a run.")
            return
        read = catalogue.digits.source.classes[given.predicted[row]]
        mark = ":material/check: " if given.predicted[row] == given.labels[row] else ":material/close: "
        st.markdown(
            f"{mark}{model} reads **{read}** with {100 * given.confidence[row]:.1f} %, loss {given.loss[row]:.3f}."
        )


def _twin(catalogue: Catalogue, row: int, neighbours: list[Neighbour]) -> None:
    twin = catalogue.twin(row, neighbours)
    if twin is None:
        st.caption("No digit of another split is (almost) the same.")
        return
    st.warning(
        f"{'The same' if twin.difference == 0 else 'Almost the same'} digit is in {catalogue.split_of(twin.row)}, index "
        f"{catalogue.index[twin.row]:,}: a network that learned one has seen the other.",
        icon=":material/content_copy:",
    )


def _labelled(catalogue: Catalogue, neighbour: Neighbour, image: np.ndarray, row: int) -> Labelled:
    name, split = _class_of(catalogue, neighbour.row), catalogue.split_of(neighbour.row)
    index = int(catalogue.index[neighbour.row])
    is_other = catalogue.label[neighbour.row] != catalogue.label[row]
    return Labelled(
        image,
        f"{name}\n{neighbour.difference:.2f}",
        f"{name}, {split} {index}, difference {neighbour.difference:.2f}",
        wrong=bool(is_other),
    )
