"""The small vocabulary of states that are not the normal one: nothing here yet, something went wrong, this number is old.

What comes and goes needs a place of its own, `with st.container():`. Otherwise, when it goes, all that follows moves up, and
until the page is done each control is there twice: where it is now, and where it was.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.errors import LabError

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

# A page that updates every second shows numbers up to this old without a word.
FRESH_S = 3.0


def empty(what: str, *, then: str, page: str | StreamlitPage) -> None:
    """Say that there is nothing to show yet, and offer the page that changes that.

    Args:
        what: one full sentence, as in "No runs yet."
        then: what the link says, as in "Train a network".
        page: the page's file as the menu names it, as in "train/new_run.py".
    """
    st.info(what, icon=":material/inbox:")
    st.page_link(page, label=then, icon=":material/arrow_forward:")


def problem(error: LabError) -> None:
    """Show what happened and what to do about it."""
    sentences = [f"**{verbatim(error.what)}**", verbatim(error.fix)]
    st.error("\n\n".join(filter(None, sentences)), icon=":material/error:")


def stale(age_seconds: float | None) -> str:
    """How old numbers are, if they are older than they should be, else nothing; None is "no sign of life yet"."""
    if age_seconds is None:
        return "No news yet."
    return f"Last news {age(age_seconds)} ago." if age_seconds > FRESH_S else ""


def age(seconds: float) -> str:
    """A length of time to read at a glance: "12 s", "3 min", "5 h", "2 days"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"


def percent(share: float) -> str:
    """A share in [0, 1] as people read it: "98.76 %"."""
    return f"{100 * share:.2f} %"


def verbatim(text: str) -> str:
    """Text as Markdown that shows it as it is."""
    # An error quotes what a person typed or a path; neither is meant as Markdown, a formula or an icon.
    return "".join(f"\\{character}" if character in string.punctuation else character for character in text)
