"""Names the files that the browser does not even send, where Streamlit's uploader forgets them with the next one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

# Streamlit counts megabytes of 1,000,000 bytes, on Windows of 1,048,576: whatever is larger than the former is named.
MB = 10**6

STYLE = """
[role=status] { white-space: pre-line; overflow-wrap: anywhere; font-size: .875rem; }
[role=status]:not(:empty) { padding: .5rem .75rem; border-radius: var(--st-base-radius);
  color: var(--st-red-text-color); background: var(--st-red-background-color); }
"""

_component = st.components.v2.component(
    "left_out",
    html='<div role="status" aria-busy="true"></div>',
    css=STYLE,
    js=Path(__file__).with_name("left_out.js").read_text(),
)


def name_large_files(key: str, *, within: str, allowed_mb: int, endings: Sequence[str] | None) -> None:
    """Say which of the files that were chosen last are too large to be sent to the server.

    Args:
        key: unique on the page, and the same whenever the same uploader is meant.
        within: key of the container with the uploader.
        allowed_mb: what the sentence says that a file may have.
        endings: files with other endings are passed over; None for all.
    """
    data = {
        "within": f"st-key-{within}",
        "largest": MB * int(st.get_option("server.maxUploadSize")),
        "advice": f"was left out. Allowed: at most {allowed_mb} MB. Save it smaller.",
        "endings": list(endings) if endings else None,
    }
    _component(key=key, data=data)
