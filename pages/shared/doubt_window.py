"""One doubtful digit at large, with the buttons that decide about its label and go on to the next."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.data import decisions
from mnist_core.data.catalogue import Catalogue
from mnist_core.data.decisions import Decision
from mnist_core.data.sources import DIGITS
from mnist_core.errors import LabError
from mnist_core.training.doubt import Doubts
from pages.shared import decision_list, digit_view, doubt_list, notices
from pages.shared.attempt import attempt, show_refusal

# Streamlit writes the key behind the name, which reads "0 0" where the two are the same.
KEY_IS_NAME = "<style>.st-key-labels kbd { display: none; }</style>"


def show_addressed(catalogue: Catalogue, doubts: Doubts, rows: np.ndarray, name: str) -> None:
    """Show the training digit that the address names, if it names one; the arguments are those of `show`."""
    address = st.query_params.get("digit")
    if not address:
        return
    row = digit_view.row_at(catalogue, address)
    if row is None or row >= len(doubts):
        st.warning(
            f"There is no training digit {notices.verbatim(repr(address[:40]))} here; a link names one as in train-42.",
            icon=":material/search_off:",
        )
    else:
        show(catalogue, doubts, row, rows, name)


@st.dialog("Is this label right?", width="medium", on_dismiss=digit_view.close)
def show(catalogue: Catalogue, doubts: Doubts, row: int, rows: np.ndarray, name: str) -> None:
    """Show the training digit that the address names, and decide about it.

    Args:
        catalogue: of the data set; its first rows are those of `doubts`.
        doubts: about its training split.
        row: of the digit at which the window was opened.
        rows: the list that the reader comes from, in which a decision goes on to the next digit.
        name: of the list of decisions.
    """
    named = digit_view.row_at(catalogue, st.query_params.get("digit", ""))
    row = row if named is None or named >= len(doubts) else named
    source = catalogue.digits.source
    try:
        made = decisions.read(source.name, name)
    except LabError as error:
        notices.problem(error)
        return
    show_refusal()
    _heading(catalogue, doubts, row, made.get(int(doubts.index[row])))
    large, beside = st.columns(2)
    with large:
        digit_view.pixels(catalogue, row)
    with beside:
        then = _next(doubts, row, rows, made)
        _buttons(catalogue, doubts, row, then, name)
        _facts(doubts, row, source.classes)
    digit_view.look_alikes(catalogue, row, catalogue.neighbours(row))


def _heading(catalogue: Catalogue, doubts: Doubts, row: int, decision: Decision | None) -> None:
    classes = catalogue.digits.source.classes
    labels = doubt_list.given_and_suggested(doubts, row, classes)
    st.header(
        f"{notices.verbatim(labels[0].upper() + labels[1:])} :gray[train, index {doubts.index[row]:,}]", anchor=False
    )
    if decision:
        st.badge(decision_list.words(decision, classes), icon=":material/check:", color="green")


def _buttons(catalogue: Catalogue, doubts: Doubts, row: int, then: int, name: str) -> None:
    # None is ever disabled: that would take the keyboard's focus out of the window, and Escape with it.
    classes = catalogue.digits.source.classes
    given, suggested = int(doubts.label[row]), int(doubts.ranking.suggested[row])

    def button(label: str, decision: Decision | None, key: str, **options: object) -> None:
        st.button(
            label,
            key=f"decide {key}",
            on_click=attempt,
            args=(_decide, catalogue, name, row, decision, then),
            **options,  # type: ignore[arg-type]
        )

    with st.container(horizontal=True):
        button(
            f"Keep {classes[given]}",
            Decision("keep"),
            "keep",
            icon=":material/check:",
            shortcut="K",
            help="The given label is right. Nothing changes in training; the digit leaves the list of the undecided.",
        )
        if suggested != given:
            button(
                f"Relabel as {classes[suggested]}",
                Decision("relabel", suggested),
                "suggested",
                icon=":material/edit:",
                type="primary",
                shortcut="S",
                help="The suggested label is right. Networks trained with this list learn it as such.",
            )
        button(
            "Exclude",
            Decision("exclude"),
            "exclude",
            icon=":material/block:",
            shortcut="X",
            help="No label is right, or none can be told. Networks trained with this list do not see the digit.",
        )
        button(
            "Undo",
            None,
            "undo",
            icon=":material/undo:",
            shortcut="U",
            help="Takes the decision about this digit back, if there is one.",
        )
        st.button(
            "Skip",
            key="skip",
            icon=":material/skip_next:",
            shortcut="N",
            help="Goes on to the next undecided digit without a decision.",
            on_click=digit_view.open_digit,
            args=(catalogue, then),
        )
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="labels"):
        if classes == DIGITS:
            st.html(KEY_IS_NAME)
        st.markdown("Its label is", width="content")
        for number, each in enumerate(classes):
            button(
                notices.verbatim(each),
                Decision("keep") if number == given else Decision("relabel", number),
                str(number),
                shortcut=str(number),
                help=f"{notices.verbatim(each)} is the right label{', as given' if number == given else ''}.",
            )


def _facts(doubts: Doubts, row: int, classes: tuple[str, ...]) -> None:
    probability, ranking = doubts.probabilities[row], doubts.ranking
    rank = int(np.flatnonzero(ranking.order == row)[0]) + 1
    verdict = "counts" if ranking.is_error[row] else "does not count"
    st.caption(
        f"Number {rank:,} of {len(doubts):,} in the ranking, suspicion {ranking.suspicion[row]:.2f} of 1. Confident learning "
        f"{verdict} this label as wrong."
    )
    st.markdown("A network that never saw this digit gives")
    likely = [each for each in np.argsort(-probability)[:2] if each != doubts.label[row]]
    for number in [*likely, int(doubts.label[row])]:
        mark = " (given)" if number == doubts.label[row] else ""
        text = f"{notices.verbatim(classes[number])}{mark}: {100 * probability[number]:.1f} %"
        st.progress(float(np.clip(probability[number], 0, 1)), text=text)


def _next(doubts: Doubts, row: int, rows: np.ndarray, made: dict[int, Decision]) -> int:
    """The next undecided digit of the list, from its start again after its end; this one if there is no other."""
    here = np.flatnonzero(rows == row)
    after = int(here[0]) + 1 if len(here) else 0
    for other in np.concatenate([rows[after:], rows[:after]]):
        if other != row and int(doubts.index[other]) not in made:
            return int(other)
    return row


def _decide(catalogue: Catalogue, name: str, row: int, decision: Decision | None, then: int) -> None:
    source, index = catalogue.digits.source.name, int(catalogue.index[row])
    if decision is None:
        decisions.undo(source, name, index)
    else:
        decisions.decide(source, name, index, decision)
        digit_view.open_digit(catalogue, then)
