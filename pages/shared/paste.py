"""A picture from the clipboard: by the paste keys anywhere on the page, or by a button."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core.images.picture import LARGEST_FILE

NAME = "from the clipboard"

STYLE = """
button { font: inherit; font-size: .875rem; color: inherit; background: none; border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); padding: .4rem .75rem; min-height: 2.5rem; cursor: pointer; }
button:hover, button:focus-visible { border-color: var(--st-primary-color); outline: 1px solid var(--st-primary-color); }
[role=status]:not(:empty) { margin-top: .25rem; font-size: .875rem; max-width: 18rem; }
"""

_component = st.components.v2.component(
    "paste_button",
    html="""
<button type="button" title="Adds the picture on the clipboard, as Ctrl+V (on a Mac, Cmd+V) does anywhere on this page.">
Paste a picture</button><div role="status"></div>
""",
    css=STYLE,
    js=Path(__file__).with_name("paste.js").read_text(),
)


def paste_button(key: str, *, on_paste: Callable[[str, bytes], None]) -> None:
    """Draw the button; `on_paste` gets a name and the bytes of what was pasted, before the page runs again."""

    def pasted() -> None:
        given = st.session_state[key]["pasted"]
        if given is not None:
            on_paste(NAME, _bytes(given))

    refusal = (
        f"The picture on the clipboard has more than the {LARGEST_FILE // 2**20} MB that are allowed. Save it smaller."
    )
    _component(key=key, data={"largest": LARGEST_FILE, "refusal": refusal}, on_pasted_change=pasted)


def _bytes(given: object) -> bytes:
    """What the browser sent; nothing, which no picture is, if it is not base64."""
    try:
        return base64.b64decode(str(given), validate=True)
    except (binascii.Error, ValueError):
        return b""
