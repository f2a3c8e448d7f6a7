"""The ranking of doubtful labels: finding it out, filtering it, showing it, accepting many suggestions at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from mnist_core.data import Digits, Source, decisions
from mnist_core.data.catalogue import Catalogue
from mnist_core.data.decisions import Decision
from mnist_core.training.doubt import Doubts
from mnist_core.training.doubt_cache import path_of
from pages.shared import browse_filters, decision_list, digit_view, notices, task_view
from pages.shared.attempt import attempt
from pages.shared.digit_grid import digit_grid

# Measured with the sample and with MNIST on two cores: five networks, four epochs, four fifths of the digits each.
SECONDS_A_DIGIT = 2.5e-3
USUAL_BULK = 20
_ACCEPTED = "accepted suggestions"  # (source, list, indices), so that one click takes them back


def offer(digits: Digits) -> None:
    """Offer to find the ranking out, or show how far that is."""
    if path_of(digits).is_file():
        st.warning("The ranking that was kept is damaged. Work it out again.", icon=":material/broken_image:")
    else:
        st.caption("The labels of this data set have not been judged yet.")
    seconds = max(SECONDS_A_DIGIT * len(digits.train), 5)
    task_view.offer(
        f"doubts {digits.source.name}",
        ["data", "doubts", "--data", digits.source.name, "--most", "0"],
        label="Find doubtful labels",
        explanation=f"Trains five small networks on {len(digits.train):,} digits, which takes about "
        f"{notices.age(seconds)} here and is done once. The page can be left meanwhile.",
    )


def ask(source: Source, doubts: Doubts, made: Mapping[int, Decision]) -> np.ndarray:
    """Draw the filters and give the rows that pass them, the most doubtful first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        classes = st.pills(
            "Given class",
            source.classes,
            selection_mode="multi",
            key="class",
            bind="query-params",
            on_change=browse_filters.to_first_page,
            help="Show only digits that carry one of these labels. None chosen shows all.",
        )
        undecided = st.toggle(
            "Undecided only",
            value=True,
            key="undecided",
            bind="query-params",
            on_change=browse_filters.to_first_page,
            help="Leaves out digits that your list has a decision about. Turn it off to see these too.",
        )
    rows = doubts.ranking.order
    if classes:
        rows = rows[np.isin(doubts.label[rows], [source.classes.index(each) for each in classes])]
    if undecided:
        rows = rows[~np.isin(doubts.index[rows], list(made))]
    counted = len(doubts.ranking.errors)
    st.caption(
        f"{len(rows):,} of {len(doubts):,} digits, the most doubtful first; confident learning counts the first {counted:,} "
        "of the whole ranking as wrong. Click one, or walk with the arrow keys and press Enter."
    )
    if not len(rows):
        st.info("Nothing left here: every one of these digits has a decision.", icon=":material/done_all:")
    return rows


def show(catalogue: Catalogue, doubts: Doubts, made: Mapping[int, Decision], shown: np.ndarray) -> None:
    """Draw one page of the ranking."""
    digit_grid(
        catalogue.images(shown),
        [_title(catalogue, doubts, made, row) for row in shown],
        "grid",
        alt=f"{len(shown)} digits with doubtful labels, the most doubtful first",
        on_click=lambda position: digit_view.open_digit(catalogue, int(shown[position])),
    )


def offer_bulk(source: Source, name: str, doubts: Doubts, made: Mapping[int, Decision], rows: np.ndarray) -> None:
    """Offer to accept many suggestions at once, and to take the latest such step back."""
    suggested = doubts.ranking.suggested
    open_rows = rows[~np.isin(doubts.index[rows], list(made)) & (suggested[rows] != doubts.label[rows])]
    if len(open_rows):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            many = st.number_input(
                "How many at once",
                min_value=1,
                max_value=len(open_rows),
                value=min(USUAL_BULK, len(open_rows)),
                key="many",
                width=150,
                help=f"So many of the most doubtful in this list get the suggested label, at most {len(open_rows):,}, where "
                "the suggestion differs. The higher, the more right labels are changed along with the wrong ones.",
            )
            chosen = open_rows[:many]
            st.button(
                f"Accept the suggestion for the {many:,} most doubtful",
                icon=":material/done_all:",
                key="accept",
                help="Decides to relabel each of them as suggested. Nothing is written to the original files, and all of it "
                "can be undone.",
                on_click=attempt,
                args=(_accept, source.name, name, doubts, chosen),
            )
    _offer_undo(source.name, name, made)


def given_and_suggested(doubts: Doubts, row: int, classes: Sequence[str]) -> str:
    """Both labels in words: "given 3, suggested 5"."""
    given, suggested = int(doubts.label[row]), int(doubts.ranking.suggested[row])
    return f"given {classes[given]}, {'not doubted' if suggested == given else f'suggested {classes[suggested]}'}"


def _title(catalogue: Catalogue, doubts: Doubts, made: Mapping[int, Decision], row: int) -> str:
    classes, index = catalogue.digits.source.classes, int(doubts.index[row])
    title = f"{given_and_suggested(doubts, row, classes)}, train {index}"
    return f"{title}, {decision_list.words(made[index], classes)}" if index in made else title


def _accept(source: str, name: str, doubts: Doubts, rows: np.ndarray) -> None:
    indices = doubts.index[rows].tolist()
    labels = doubts.ranking.suggested[rows].tolist()
    made = {index: Decision("relabel", label) for index, label in zip(indices, labels, strict=True)}
    decisions.decide_all(source, name, made)
    st.session_state[_ACCEPTED] = (source, name, indices)


def _offer_undo(source: str, name: str, made: Mapping[int, Decision]) -> None:
    where, listed, indices = st.session_state.get(_ACCEPTED, ("", "", []))
    still = [index for index in indices if index in made]
    if (where, listed) != (source, name) or not still:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Relabelled {len(still):,} digits as suggested.", width="content")
        st.button(
            "Undo this",
            icon=":material/undo:",
            key="undo bulk",
            help="Takes these decisions back, and no others.",
            on_click=attempt,
            args=(decisions.undo, source, name, *still),
        )
