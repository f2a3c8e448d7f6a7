"""The bin: runs go in with an undo, come out again, or are removed for good after a second question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from mnist_core.runs import Run
from pages.shared import notices, resources
from pages.shared.attempt import attempt
from pages.shared.csv_file import harmless
from pages.shared.run_table import PERCENT, best_accuracies, name_of

_LAST_MOVED = "last moved to the bin"


def move(runs: Sequence[Run]) -> None:
    """Move runs to the bin and remember them for `offer_undo`; the lab refuses those that are being trained.

    Raises:
        Busy: a run is being trained; those before it are moved.
    """
    moved = st.session_state[_LAST_MOVED] = []
    for run in runs:
        resources.store().delete(run.id)
        moved.append(run.id)


def offer_undo(deleted: Sequence[Run]) -> None:
    """Say what was moved to the bin last, with a button that takes it back."""
    moved = [run for run in deleted if run.id in st.session_state.get(_LAST_MOVED, [])]
    if not moved:
        return
    what = notices.verbatim(name_of(moved[0])) if len(moved) == 1 else f"{len(moved)} runs"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{what}: moved to the bin.", width="content")
        st.button("Undo", icon=":material/undo:", on_click=attempt, args=(_restore, [run.id for run in moved]))


def show(deleted: Sequence[Run]) -> None:
    """Draw the bin's section: what lies in it, restore, empty. Nothing if it is empty."""
    if not deleted:
        return
    with st.expander(f"Bin: {_runs(len(deleted))}", icon=":material/delete:", key="bin"):
        now = datetime.now(UTC)
        picked = st.dataframe(
            {
                "Run": [harmless(name_of(run)) for run in deleted],
                "Deleted": [f"{notices.age((now - run.deleted_at).total_seconds())} ago" for run in deleted],
                "Best accuracy": best_accuracies(deleted),
            },
            column_config={"Best accuracy": st.column_config.NumberColumn(format=PERCENT)},
            hide_index=True,
            placeholder="",
            # Other runs in the bin make another table: rows marked before would be other runs now.
            key=f"bin {hash(tuple(run.id for run in deleted))}",
            on_select="rerun",
            selection_mode="multi-row",
            alt="Runs in the bin",
        )
        chosen = [deleted[row].id for row in picked["selection"]["rows"]]
        with st.container(horizontal=True):
            st.button("Restore", icon=":material/undo:", disabled=not chosen, on_click=attempt, args=(_restore, chosen))
            _empty(len(deleted))
        if not chosen:
            st.caption("Choose runs in the table to restore them.")


def _empty(count: int) -> None:
    with st.popover("Empty the bin", icon=":material/delete_forever:"):
        st.markdown(f"Removes {_runs(count)} for good, curves and models included. This cannot be undone.")
        st.button("Remove for good", type="primary", on_click=attempt, args=(resources.store().empty_bin,))


def _restore(run_ids: Sequence[str]) -> None:
    for run_id in run_ids:
        resources.store().restore(run_id)


def _runs(count: int) -> str:
    return f"{count:,} {'run' if count == 1 else 'runs'}"
