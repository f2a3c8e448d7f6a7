"""On which digits two models agree and on which they do not: counts that open the digits."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.data.catalogue import SPLITS, Answers, Catalogue
from mnist_core.runs.versus import Outcome, Versus
from pages.shared import digit_view, notices, resources
from pages.shared.digit_grid import digit_grid
from pages.shared.run_table import name_of

PER_PAGE = 200
BOTH, ONLY_A, ONLY_B, NEITHER = "both right", "A right, B wrong", "B right, A wrong", "both wrong"


def show(between: Versus, found: Outcome) -> None:
    """Draw the counts, and the digits of the one that is chosen."""
    a, b = found.a_right, found.b_right
    kinds = {BOTH: a & b, ONLY_A: a & ~b, ONLY_B: ~a & b, NEITHER: ~a & ~b}
    chosen = st.segmented_control(
        "Digit by digit",
        list(kinds),
        format_func=lambda kind: f"{kind}: {kinds[kind].sum():,}",
        key="agreement",
        help="How many validation digits the models of A and B, these two runs alone, read right or wrong. Choose a count to "
        "see its digits below.",
    )
    if chosen is None:
        return
    if not kinds[chosen].any():
        st.caption("No digit is among these.")
        return
    catalogue = resources.catalogue(between.data, between.validation_share)
    order = np.argsort(catalogue.digits.validation.indices, kind="stable")
    first = int(np.flatnonzero(catalogue.split == SPLITS.index("validation"))[0])
    rows = first + np.flatnonzero(kinds[chosen][order])
    answers = {
        f"{letter}, {notices.verbatim(name_of(run))}": _answers(
            catalogue, first, resources.readings().of(run, between.data), order
        )
        for letter, run in (("A", between.a), ("B", between.b))
    }
    _grid(catalogue, rows, answers)
    address = st.query_params.get("digit")
    if address:
        digit_view.show_named(
            catalogue, address, rows, answers if digit_view.row_at(catalogue, address) in rows else {}
        )


def _grid(catalogue: Catalogue, rows: np.ndarray, answers: dict[str, Answers]) -> None:
    pages = -(-len(rows) // PER_PAGE)
    page = 0
    if pages > 1:
        if st.session_state.get("agreement page", 1) > pages:
            st.session_state["agreement page"] = 1
        page = st.pagination(pages, key="agreement page") - 1
    shown = rows[page * PER_PAGE :][:PER_PAGE]
    digit_grid(
        catalogue.images(shown),
        [_title(catalogue, row, answers) for row in shown],
        "agreement grid",
        alt=f"{len(shown)} digits on which A and B agree or differ as chosen",
        on_click=lambda position: digit_view.open_digit(catalogue, int(shown[position])),
    )


def _title(catalogue: Catalogue, row: int, answers: dict[str, Answers]) -> str:
    classes = catalogue.digits.source.classes
    read = (f"{name[0]} reads {classes[each.predicted[row]]}" for name, each in answers.items())
    return ", ".join((digit_view.title_of(catalogue, row, None), *read))


def _answers(catalogue: Catalogue, first: int, probabilities: np.ndarray | None, order: np.ndarray) -> Answers:
    """Answers in the rows of a catalogue; those before the validation digits were not asked for and are never shown."""
    if probabilities is None:
        raise ValueError("the model has not been asked")
    asked = np.zeros((first + len(order), probabilities.shape[1]), np.float32)
    asked[first:] = probabilities[order]
    return Answers(asked, catalogue.label[: len(asked)])
