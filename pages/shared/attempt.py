"""What a button does to runs, as its `on_click`; what the lab refuses is said on the page that is drawn afterwards."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from mnist_core.errors import LabError
from pages.shared import notices

_REFUSED = "refused"


def attempt(action: Callable[..., object], *args: object) -> None:
    """Do it, and keep the error that it may raise for `show_refusal`."""
    try:
        action(*args)
    except LabError as error:
        st.session_state[_REFUSED] = error


def show_refusal() -> None:
    """Say once what could not be done, and why."""
    with st.container():
        if _REFUSED in st.session_state:
            notices.problem(st.session_state.pop(_REFUSED))
