"""Several pictures as a table: what is read in each, how surely, what was odd; as CSV too; one of them is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from mnist_core.errors import LabError
from mnist_core.evaluation.reading import Reading
from pages.shared.csv_file import as_csv, harmless
from pages.shared.photo_visit import Visit

COLUMNS = ("file", "text", "digits", "lowest_confidence", "notes")
TABLE, SHOWN = "photo table", "photo shown"


def show(visit: Visit, readings: Mapping[int, Reading | LabError]) -> None:
    """Draw the table, and ask which of the pictures is shown below it."""
    rows = [tuple(map(harmless, (each.name, *_cells(readings.get(each.number))))) for each in visit.pictures]

    def clicked() -> None:
        for row in st.session_state[TABLE]["selection"]["rows"]:
            visit.shown = visit.pictures[row].number

    st.dataframe(
        {name: list(column) for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)},
        key=TABLE,
        on_select=clicked,
        selection_mode="single-row",
        hide_index=True,
        placeholder="",
        column_config={
            "file": st.column_config.TextColumn("File"),
            "text": st.column_config.TextColumn(
                "Text", width="medium", help="As the first model reads it; a slash begins a new line."
            ),
            "digits": st.column_config.NumberColumn("Digits", help="How many were found."),
            "lowest_confidence": st.column_config.NumberColumn(
                "Lowest confidence",
                format="percent",
                help="The probability of the answer that the model is least sure of: look at the lowest ones first.",
            ),
            "notes": st.column_config.TextColumn("Notes", width="large"),
        },
    )
    numbers = [each.number for each in visit.pictures]
    names = {each.number: each.name for each in visit.pictures}
    st.session_state[SHOWN] = visit.shown_picture().number
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Shown below",
            numbers,
            key=SHOWN,
            format_func=lambda number: f"{1 + numbers.index(number)}. {names[number]}",
            on_change=lambda: setattr(visit, "shown", st.session_state[SHOWN]),
            help="A click at the left end of a row chooses it, too.",
            width=320,
        )
        st.download_button(
            "Save as CSV",
            as_csv(COLUMNS, rows),
            file_name="digits.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The table above; probabilities from 0 to 1.",
        )
        st.button(
            "Remove all",
            icon=":material/delete:",
            key="remove all",
            on_click=visit.clear,
            help="Takes all pictures off this page. The files on your disk stay as they are.",
        )


def _cells(reading: Reading | LabError | None) -> tuple[Any, ...]:
    if reading is None:
        return "", None, None, "Not read yet."
    if isinstance(reading, LabError):
        return "", None, None, str(reading)
    return reading.text, len(reading.digits), round(reading.lowest_confidence, 4), " ".join(reading.remarks)
