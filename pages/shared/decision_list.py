"""A named list of decisions about labels: which one, what it says, undo, and the list as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from mnist_core.data import Digits, Source, decisions
from mnist_core.data.decisions import Decision
from mnist_core.errors import LabError
from pages.shared import notices
from pages.shared.attempt import attempt
from pages.shared.csv_file import as_csv

USUAL_NAME = "careful"
ACTIONS = {"keep": "kept", "relabel": "relabelled", "exclude": "excluded"}


def ask(source: Source) -> str:
    """Ask for a list's name; the page ends here if no list can have it."""
    there = decisions.names(source.name)
    name = st.text_input(
        "List of decisions",
        value=USUAL_NAME,
        key="list",
        bind="query-params",
        max_chars=30,
        help="Your decisions are kept under this name, beside the data, and it becomes a data set to train with. Another "
        f"name begins another list. Lists about {source.title}: {', '.join(there) or 'none yet'}.",
    )
    try:
        return decisions.checked_name(name or USUAL_NAME)
    except LabError as error:
        notices.problem(error)
        st.stop()


def read(source: Source, name: str) -> dict[int, Decision]:
    """The decisions of a list; the page ends here if its file is damaged."""
    try:
        return decisions.read(source.name, name)
    except LabError as error:
        notices.problem(error)
        st.stop()


def words(decision: Decision, classes: Sequence[str]) -> str:
    """A decision in words: "relabelled as 7"."""
    done = ACTIONS[decision.action]
    return done if decision.label is None else f"{done} as {classes[decision.label]}"


def show(digits: Digits, name: str, made: Mapping[int, Decision]) -> None:
    """Draw the list, the latest decision first, with undo and the list as a file."""
    source = digits.source
    if not made:
        st.info(
            f"The list {name!r} is empty. Open a digit of the ranking and decide whether its label is right.",
            icon=":material/inbox:",
        )
        return
    indices = list(reversed(made))
    given = _given(digits, indices)
    decided = [words(made[index], source.classes) for index in indices]
    picked = st.dataframe(
        {"Index": indices, "Given": given, "Decision": decided},
        column_config={"Index": st.column_config.NumberColumn(format="%d", help="Place in the training file.")},
        hide_index=True,
        height=min(38 + 35 * len(indices), 320),
        # Another list of digits makes another table: rows marked before would be other digits now.
        key=f"decisions {hash((source.name, name, *indices))}",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Your decisions, the latest first",
    )
    chosen = [indices[row] for row in picked["selection"]["rows"] if row < len(indices)]
    with st.container(horizontal=True):
        st.button(
            "Undo the chosen",
            icon=":material/undo:",
            key="undo chosen",
            disabled=not chosen,
            help="Choose rows in the first column of the table. Their digits get their given labels back.",
            on_click=attempt,
            args=(decisions.undo, source.name, name, *chosen),
        )
        with st.popover(f"Undo all {len(indices):,}" if len(indices) > 1 else "Undo it", icon=":material/restart_alt:"):
            st.markdown("Every digit of this list gets its given label back. This cannot be undone.")
            st.button(
                "Undo all decisions",
                type="primary",
                key="undo all",
                on_click=attempt,
                args=(decisions.undo, source.name, name, *indices),
            )
        st.download_button(
            "Save as CSV",
            _as_csv(indices, given, made, source.classes),
            file_name=f"{source.name}-{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            help="One line for each decision: index in the training file, given label, decision, new label.",
            on_click="ignore",
        )
    st.caption(
        f"This list is the data set {source.name}/{name}: choose it under Train, or with --data on the command line. The "
        "original files are as they were."
    )


def _given(digits: Digits, indices: Sequence[int]) -> list[str]:
    order = np.argsort(digits.train.indices)
    places = np.searchsorted(digits.train.indices, indices, sorter=order).clip(max=len(order) - 1)
    found = order[places]
    is_there = digits.train.indices[found] == indices
    classes = digits.source.classes
    labels = digits.train.labels[found]
    return [classes[label] if there else "not here" for label, there in zip(labels, is_there, strict=True)]


def _as_csv(
    indices: Sequence[int], given: Sequence[str], made: Mapping[int, Decision], classes: Sequence[str]
) -> bytes:
    def row(index: int, label: str) -> tuple[object, ...]:
        decision = made[index]
        return index, label, decision.action, None if decision.label is None else classes[decision.label]

    return as_csv(("index", "given", "decision", "new_label"), map(row, indices, given))
