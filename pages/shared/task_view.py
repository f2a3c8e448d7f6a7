"""A long computation on a page: the button that begins it, its progress with the time left, and the button that stops it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.shared import notices
from pages.shared.refreshing import refreshing
from pages.shared.tasks import Task, tasks

EVERY_S = 1.0


def offer(key: str, arguments: Sequence[str], *, label: str, explanation: str) -> None:
    """Draw the button, or the progress of what it began; the page runs again once the computation is done.

    Args:
        key: of the computation; every tab that shows the same key shows the same computation.
        arguments: of `python -m mnist_core`, which is told to print JSON.
        label: of the button.
        explanation: for its help: what it does and how long that takes.
    """
    latest = tasks().latest(key)
    if latest is not None and latest.state == "running":
        refreshing(_progress, EVERY_S)(key)
        return
    if latest is not None and latest.state == "failed":
        st.error(notices.verbatim(latest.problem), icon=":material/error:")
    if latest is not None and latest.state == "stopped":
        st.caption("Stopped.")
    st.button(
        label,
        icon=":material/play_arrow:",
        key=f"begin {key}",
        help=explanation,
        on_click=tasks().begin,
        args=(key, arguments),
    )


def _progress(key: str) -> None:
    task = tasks().latest(key)
    if task is None or task.state != "running":
        st.rerun()
    else:
        st.progress(task.progress, text=_words(task))
        st.button(
            "Stop",
            icon=":material/stop:",
            key=f"stop {key}",
            help="Ends the computation; what it had worked out is lost.",
            on_click=tasks().stop,
            args=(key,),
        )


def _words(task: Task) -> str:
    words = [f"{task.progress:.0%}", task.stage]
    if task.seconds_left is not None:
        words.append(f"about {notices.age(max(task.seconds_left, 1))} left")
    return " · ".join(filter(None, words))
