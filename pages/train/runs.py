"""Runs: all of them in one table; choose one to name, resume or delete it, several to compare them."""

import streamlit as st

from mnist_core.errors import LabError
from pages.shared import notices, resources, run_bin, run_comparison, run_details, run_table, seed_groups
from pages.shared.attempt import show_refusal

st.title("Runs", anchor=False)
show_refusal()
try:
    every_run = resources.store().runs(include_deleted=True)
except LabError as error:
    notices.problem(error)
    st.stop()
runs = [run for run in every_run if run.deleted_at is None]
deleted = [run for run in every_run if run.deleted_at is not None]

with st.container():
    chosen = run_table.choose(runs) if runs else []
with st.container():
    if len(chosen) > 1:
        run_comparison.show(chosen, runs)
    elif chosen:
        run_details.show(chosen[0])
        seed_groups.show(chosen, runs)
    else:
        run_bin.offer_undo(deleted)
        if runs:
            st.caption(
                "Choose a run in the first column to see what can be done with it, two or more to compare them. "
                "On a keyboard: the arrow keys, then Shift and Space."
            )
        else:
            what = "No runs here, only in the bin." if deleted else "No runs yet."
            notices.empty(what, then="Train a network", page="train/new_run.py")
run_bin.show(deleted)
