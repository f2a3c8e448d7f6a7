"""How far the results of the same settings with other seeds lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from mnist_core.runs import Run
from mnist_core.runs.groups import groups_among
from pages.shared.csv_file import harmless
from pages.shared.run_table import NAME_WIDTH, PERCENT, name_of


def show(chosen: Sequence[Run], runs: Sequence[Run]) -> None:
    """Draw a table with a row for each group that a chosen run belongs to, if one of them has several seeds.

    Args:
        chosen: at least one run.
        runs: of the store, the newest first.
    """
    groups = groups_among(chosen, runs)
    if not any(len(group.runs) > 1 for _, group in groups):
        return
    st.markdown(
        "**Seeds**",
        help="Finished runs with the same settings but for the seed, also those that are not chosen. The spread is what luck "
        "does: a difference between two settings that is smaller than it says little.",
    )
    st.dataframe(
        {
            "Run": [harmless(name_of(run)) for run, _ in groups],
            "Mean": [100 * group.mean for _, group in groups],
            "Spread": [None if group.spread is None else 100 * group.spread for _, group in groups],
            "n": [len(group.runs) for _, group in groups],
            "Seeds": [", ".join(map(str, group.runs)) for _, group in groups],
        },
        column_config={
            "Run": st.column_config.TextColumn(pinned=True, width=NAME_WIDTH),
            "Mean": st.column_config.NumberColumn(format=PERCENT, help="Of the best validation accuracies."),
            "Spread": st.column_config.NumberColumn(
                format="%.2f points", help="Standard deviation of the best validation accuracies."
            ),
            "n": st.column_config.NumberColumn(help="Seeds; each counts once."),
        },
        hide_index=True,
        placeholder="",
        key="seeds",
        alt="Mean and spread of the validation accuracy over seeds",
    )
