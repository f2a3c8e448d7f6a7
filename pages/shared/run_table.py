"""The table of runs: filter, live rows, and which runs a person has chosen in it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from mnist_core.errors import LabError
from mnist_core.runs import Run
from pages.shared import notices, resources
from pages.shared.csv_file import harmless
from pages.shared.live_run import UNDER_WAY
from pages.shared.refreshing import refreshing
from pages.shared.run_view import STATES

EVERY_S = 1.0
# Reading and drawing 10,000 runs takes about a second of processor time, which the training needs more.
MANY, EVERY_S_IF_MANY = 1000, 10.0

# Pixels: a name must leave room on a phone for what scrolls beside it, and a state that gets longer must not be cut.
NAME_WIDTH, STATE_WIDTH = 170, 155
PERCENT = "%.2f %%"

FILTER = "find"
TABLE = "runs table"
CHOSEN = "chosen runs"  # ids in the order of choosing; the table itself only knows rows, which move with every new run
MOVED = "marked rows before they moved, with the time"
ECHO_S = 3.0  # a tick and its answer take less


def name_of(run: Run) -> str:
    """What to call a run: the name it was given, or its recipe and the end of its id."""
    recipe = run.saved_config.recipe if run.saved_config else "run"
    return run.name or f"{recipe} {run.id[-6:]}"


def matching(runs: Sequence[Run], text: str) -> list[Run]:
    """The runs whose name, id, recipe, data, tags, note or state contain every word of `text`."""
    words = text.casefold().split()
    return [run for run in runs if _mentions(run, words)] if words else list(runs)


def best_accuracies(runs: Sequence[Run]) -> list[float | None]:
    """The best validation accuracy of each run in percent, for a column of format `PERCENT`."""
    return [None if run.best_val_accuracy is None else 100 * run.best_val_accuracy for run in runs]


def choose(runs: list[Run]) -> list[Run]:
    """Draw the filter and the table, live while one of the runs is under way, and give the chosen runs.

    Args:
        runs: at least one, as the store gave them just now.
    """
    text = st.text_input(
        "Filter",
        key=FILTER,
        bind="query-params",
        icon=":material/search:",
        placeholder="name, recipe, data, tag, note or state",
        help="Shows the runs that mention all of these words. The filter is part of this page's address.",
    )
    shown = matching(runs, text)
    if not shown:
        st.info(f"No run mentions {notices.verbatim(text)}.", icon=":material/search_off:")
        st.button("Show all runs", key="clear filter", on_click=st.session_state.update, args=({FILTER: ""},))
        return []
    with st.container():
        if len(shown) < len(runs):
            st.caption(f"{len(shown):,} of {len(runs):,} runs")
    live = any(run.state in UNDER_WAY for run in runs)
    pause = EVERY_S if len(runs) <= MANY else EVERY_S_IF_MANY
    refreshing(_table, pause if live else None)([runs], text, _states(runs))
    by_id = {run.id: run for run in shown}
    return [by_id[each] for each in _chosen() if each in by_id]


def _table(just_read: list[list[Run]], text: str, states: dict[str, str]) -> None:
    """Draw the table: first of the runs that the page has just read, then at each tick of those there are by then."""
    try:
        runs = just_read.pop() if just_read else resources.store().runs()
    except LabError as error:
        notices.problem(error)
        return
    if _states(runs) != states:
        st.rerun()  # what is drawn below the table depends on it too
    shown = matching(runs, text)
    ids = [run.id for run in shown]
    _follow_chosen(ids)
    st.dataframe(
        _columns(shown),
        column_config=_column_config(),
        hide_index=True,
        placeholder="",
        key=TABLE,
        on_select=lambda: _choose_rows(ids),
        selection_mode="multi-row",
        alt="Runs, the newest first",
    )


def _follow_chosen(ids: list[str]) -> None:
    """Keep the marks in the table on the runs that were chosen, wherever these stand now."""
    places = {each: row for row, each in enumerate(ids)}
    rows = sorted(places[each] for each in _chosen() if each in places)
    if rows != _marked_rows():
        st.session_state[MOVED] = [*st.session_state.get(MOVED, []), (time.monotonic(), _marked_rows())]
        st.session_state[TABLE] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def _choose_rows(ids: list[str]) -> None:
    if _is_echo(_marked_rows()):
        return
    st.session_state[MOVED] = []
    marked = [ids[row] for row in _marked_rows() if row < len(ids)]
    # Those that were chosen before keep their place, and with it their colour in the curves.
    kept = [each for each in _chosen() if each in marked]
    st.session_state[CHOSEN] = kept + [each for each in marked if each not in kept]
    st.rerun()


def _is_echo(marked: list[int]) -> bool:
    """Whether a tick brought these rows that left the browser before it heard of a move: nobody has chosen them."""
    moves = st.session_state.get(MOVED, [])
    return any(rows == marked and time.monotonic() - at < ECHO_S for at, rows in moves)


def _chosen() -> list[str]:
    return list(st.session_state.get(CHOSEN, []))


def _marked_rows() -> list[int]:
    return sorted(st.session_state[TABLE]["selection"]["rows"]) if TABLE in st.session_state else []


def _states(runs: list[Run]) -> dict[str, str]:
    return {run.id: run.state for run in runs}


def _mentions(run: Run, words: list[str]) -> bool:
    config = run.saved_config
    settings = (config.recipe, config.data) if config else ()
    mentioned = "\n".join((run.name, run.id, *run.tags, run.note, STATES[run.state][0], *settings)).casefold()
    return all(word in mentioned for word in words)


def _columns(runs: list[Run]) -> Any:
    """The cells, column by column, as an Arrow table, which keeps whole numbers whole where some are missing."""
    import pyarrow as pa

    configs = [run.saved_config for run in runs]
    return pa.table(
        {
            "Run": [harmless(name_of(run)) for run in runs],
            "State": [STATES[run.state][0] for run in runs],
            "Progress": [run.fraction for run in runs],
            "Best accuracy": pa.array(best_accuracies(runs), pa.float64()),
            "Best epoch": pa.array([run.best_epoch for run in runs], pa.int32()),
            "Epochs": pa.array([config and config.epochs for config in configs], pa.int32()),
            "Time": pa.array([timedelta(seconds=round(run.seconds)) for run in runs], pa.duration("s")),
            "Recipe": [config and config.recipe for config in configs],
            "Data": [config and config.data for config in configs],
            "Tags": [harmless(", ".join(run.tags)) for run in runs],
            "Note": [harmless(run.note) for run in runs],
            "Created (UTC)": pa.array([run.created_at.replace(tzinfo=None) for run in runs], pa.timestamp("s")),
        }
    )


def _column_config() -> dict[str, Any]:
    column = st.column_config
    return {
        "Run": column.TextColumn(width=NAME_WIDTH, pinned=True),
        "State": column.TextColumn(width=STATE_WIDTH),
        "Progress": column.ProgressColumn(format="percent", min_value=0, max_value=1, width="small"),
        "Best accuracy": column.NumberColumn(
            format=PERCENT, help="Share of the validation pictures read right after the best epoch."
        ),
        "Best epoch": column.NumberColumn(help="The weights of this epoch are the run's model."),
        "Epochs": column.NumberColumn(help="As planned."),
        "Time": column.NumberColumn(format="compact", help="Spent on training, without pauses."),
        "Created (UTC)": column.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
    }
