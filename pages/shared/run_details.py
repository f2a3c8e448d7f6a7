"""One run among others: what it is, the words people put on it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from mnist_core.runs import Run, label
from pages.shared import notices, resources, run_bin
from pages.shared.attempt import attempt
from pages.shared.live_run import UNDER_WAY
from pages.shared.model_picker import has_model
from pages.shared.run_table import name_of
from pages.shared.run_view import STATES


def show(run: Run) -> None:
    """Draw the run's heading, its actions and the form with its name, tags and note."""
    with st.container(border=True):
        with st.container():
            _heading(run)
        _actions(run)
        _words(run)


def _heading(run: Run) -> None:
    title, colour, icon = STATES[run.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(notices.verbatim(name_of(run)), anchor=False, width="content")
        st.badge(title, color=colour, icon=icon)
    settings = [run.saved_config.recipe, run.saved_config.data] if run.saved_config else []
    facts = [*settings, f"created {run.created_at:%Y-%m-%d %H:%M} UTC", run.id]
    st.caption(" · ".join(notices.verbatim(fact) for fact in facts))
    if run.reason:
        box = st.info if run.state == "stopped" else st.warning
        box(notices.verbatim(run.reason), icon=icon)


def _actions(run: Run) -> None:
    store = resources.store()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "train/new_run.py",
            label="Open",
            icon=":material/open_in_full:",
            query_params={"run": run.id},
            width="content",
        )
        if has_model(run):
            st.page_link(
                "judge/evaluate.py",
                label="Judge it",
                icon=":material/fact_check:",
                query_params={"run": run.id},
                width="content",
            )
        if run.state == "queued":
            _button("Leave the queue", "stop", "It can be resumed later.", store.request_stop, run.id)
        elif run.state in UNDER_WAY:
            _button("Stop", "stop", "Ends the run and keeps the model so far.", _stop, run.id)
        elif run.can_resume:
            _button("Resume", "play_arrow", "Goes on from the last checkpoint.", store.resume, run.id)
        _button("Delete", "delete", "Moves the run to the bin, from where it can be restored.", run_bin.move, [run])


def _button(title: str, icon: str, help: str, action: Callable[..., object], *args: object) -> None:
    st.button(title, icon=f":material/{icon}:", help=help, on_click=attempt, args=(action, *args))


def _stop(run_id: str) -> None:
    resources.store().request_stop(run_id)
    st.toast("It stops as soon as the model so far is saved.")


def _words(run: Run) -> None:
    # The run is part of the keys, so that what is typed for one run never ends up on another.
    with st.form(f"words {run.id}", border=False):
        left, right = st.columns(2)
        left.text_input("Name", run.name, key=f"name {run.id}", placeholder="a name of your own")
        right.text_input("Tags", ", ".join(run.tags), key=f"tags {run.id}", placeholder="separated by commas")
        st.text_area("Note", run.note, key=f"note {run.id}", height=90, placeholder="what you tried, what you saw")
        st.form_submit_button("Save", icon=":material/check:", on_click=attempt, args=(_save, run.id))


def _save(run_id: str) -> None:
    typed = st.session_state
    # All three are checked before any of them is written.
    name = label.name(typed[f"name {run_id}"])
    tags = label.tags(typed[f"tags {run_id}"].split(","))
    note = label.note(typed[f"note {run_id}"])
    store = resources.store()
    store.rename(run_id, name)
    store.tag(run_id, tags)
    store.annotate(run_id, note)
    st.toast("Saved.")
