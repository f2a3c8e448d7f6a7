"""A part of a page that is drawn again by itself every now and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

P = ParamSpec("P")

# Streamlit begins to fade what is about to be replaced, and lets a progress bar glide. Once a second, for each element of
# the page, the browser would make and unmake layers of paint, at the cost of the run that is being watched.
STILL = """
<style>
.stMain :is(.stElementContainer, .stExpander *, .stProgress *) { transition: none !important; }
.stMain .stElementContainer { opacity: 1 !important; }
</style>
"""


def refreshing(draw: Callable[P, None], every_s: float | None) -> Callable[P, None]:
    """`draw` as a fragment, which runs again every `every_s` seconds; with None it waits to be touched as any other."""
    if every_s is not None:
        st.html(STILL)
    return st.fragment(draw, run_every=every_s)
