"""Which data set a page shows: a select box whose choice is in the address, and its digits in memory."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from mnist_core.data import Digits, best_available, present_names, title
from mnist_core.data.names import parse
from mnist_core.errors import LabError
from pages.shared import notices, resources


def pick(*, published_only: bool = False, on_change: Callable[[], None] | None = None) -> Digits:
    """Ask for a data set on this computer and read it; the page ends here, with a way on, if its files are damaged.

    Args:
        published_only: leave out own digits and lists of decisions.
        on_change: called before the page runs again with another choice.
    """
    here = [name for name in present_names() if not published_only or parse(name).is_published]
    linked = st.query_params.get("data")
    name = st.selectbox(
        "Data set",
        here,
        index=here.index(best_available().name),
        format_func=title,
        key="data",
        bind="query-params",
        on_change=on_change,
        help="The data sets on this computer. The others can be fetched on the page 'Get data'.",
    )
    with st.container():
        if linked is not None and linked not in map(title, here):
            st.info(
                f"The data set of this link, {notices.verbatim(repr(linked[:60]))}, is not here; this is {title(name)}.",
                icon=":material/inbox:",
            )
            st.page_link("data/sources.py", label="Get data", icon=":material/download:")
    try:
        return resources.digits(name)
    except LabError as error:
        notices.problem(error)
        st.page_link("data/sources.py", label="See to the files", icon=":material/download:")
        st.stop()
