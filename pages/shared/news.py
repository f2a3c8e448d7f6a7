"""What changes each second on a page, without the page being run each second.

The browser asks an address of our own server and puts what it hears into the parts and charts that are there already: another
run of the page would cost the machine several times as much, at the expense of what is being trained. Its half is news.js.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_component = st.components.v2.component(
    "lab_news",
    html='<div class="lab-news"></div>',
    js=Path(__file__).with_name("news.js").read_text(),
    isolate_styles=False,
)


@dataclass(frozen=True)
class News:
    """What an address answers, as JSON.

    Attributes:
        shape: what only the page itself can draw, in any words; when they change, the page runs again.
        parts: HTML by the name of its `part`.
        charts: by the key of its `plot`, the figure as `prepared` values and the description.
    """

    shape: str
    parts: dict[str, str]
    charts: dict[str, dict[str, Any]]


def part(name: str, html: str, style: str = "") -> None:
    """Show HTML, until there is newer one of this name; whatever people wrote must be escaped in it.

    Args:
        name: of the part in `News`.
        html: what it shows at first.
        style: a style element for it, which is not sent again.
    """
    _component(key=f"{name} news", data={"name": name, "html": html, "style": style})


def follow(address: str, *, every_s: float, shape: str) -> None:
    """Let the browser ask for news while the page is looked at, and run the page (or its fragment) for another shape.

    Args:
        address: relative to the page's own; it answers with `News`.
        every_s: seconds from one answer to the next question.
        shape: of the page as it is drawn now.
    """
    _component(
        key="follow news",
        # The time makes each drawing of the page ask anew, also where the shape is again what it was.
        data={"address": address, "every": 1000 * every_s, "shape": shape, "drawn": time.time()},
        on_reshaped_change=lambda: None,  # without it, what the browser sends is not heard
    )
