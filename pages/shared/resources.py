"""What all sessions share: the store, the launcher, data sets in memory."""

from __future__ import annotations

import streamlit as st

from mnist_core.data import Digits, load
from mnist_core.runs import LocalLauncher, Store, open_store


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The run store of this server."""
    return open_store()


@st.cache_resource(show_spinner=False)
def launcher() -> LocalLauncher:
    """The one that queues runs; `background` keeps its workers warm."""
    return LocalLauncher(store())


@st.cache_resource(max_entries=2, show_spinner="Reading the digits ...")
def digits(name: str, validation_share: float | None = None) -> Digits:
    """A data set with its splits; 55 MB for MNIST, so only the last two are kept."""
    return load(name, validation_share=validation_share)
