"""One way to show a plotly figure, live or finished, that keeps the reader's zoom while its data change.

`st.plotly_chart` builds a new chart whenever the figure changes, which throws the zoom away, and never reports a click on a
heatmap. This component hands every new figure to the chart that is already there. The browser's half is plot.js.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pages.shared import plot_files

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Streamlit sends this text again with every update, so it only fetches the real script, which the browser keeps.
_LOADER = """
export default async (component) => {
  const script = await import(new URL(component.data.script, document.baseURI));
  return script.default(component);
};
"""

# Plotly puts its style sheet into the document's head, where a shadow root would not see it: hence isolate_styles=False.
_component = st.components.v2.component(
    "lab_plot", html='<div class="lab-plot" role="img"></div>', js=_LOADER, isolate_styles=False
)


@dataclass(frozen=True)
class Click:
    """The point or heatmap cell that a person clicked.

    `x` and `y` are its coordinates as the axes show them, `z` a heatmap's value (else None), `customdata` what the figure
    gave for it (a list if it gave several values), `trace` the position of its trace in the figure.
    """

    x: Any
    y: Any
    z: float | None
    customdata: Any
    trace: int


@dataclass(frozen=True)
class Outline:
    """What a person drew around points with the lasso or as a box.

    Attributes:
        corners: (x, y) as the axes have them, in order.
        traces: positions of the traces that were to be seen, not hidden by a click on the legend.
    """

    corners: tuple[tuple[float, float], ...]
    traces: tuple[int, ...]


@dataclass(frozen=True)
class Prepared:
    """A figure as plain values, ready to travel."""

    values: dict[str, Any]


@dataclass(frozen=True)
class Pictures:
    """Pictures of 28 x 28 pixels side by side in one file, which points show when the pointer is over them.

    Attributes:
        address: of the file, relative to the page's own.
        columns: how many are in a row.
    """

    address: str
    columns: int


def prepared(figure: go.Figure) -> Prepared:
    """The figure as it travels to the browser: the part of `plot` that takes time, for a caller who wants it done before."""
    return Prepared(_small(figure))


def plot(
    figure: go.Figure | Prepared,
    key: str,
    *,
    alt: str,
    height: int = 320,
    on_click: Callable[[Click], None] | None = None,
    on_select: Callable[[Outline | None], None] | None = None,
    pictures: Pictures | None = None,
) -> None:
    """Show `figure` in the colours of the page's theme; a new figure under the same `key` keeps zoom, pan and hidden lines.

    Colours, fonts and grid come from the theme, so a figure should set only what has a meaning; its template is ignored.
    A figure that shows something else than before (another run) says so with another `layout.uirevision`, and the zoom
    starts afresh. While a chart is scrolled out of sight, only its newest figure is kept, and drawn when it comes back.

    Thousands of points belong into traces of the type scattergl. Where the browser has no graphics card to draw them with,
    they are drawn as ordinary ones, and of more than 2,500 every second, third ... only.

    Args:
        figure: at most about 1,000 points a trace if it is updated every second; numbers travel as float32.
        key: unique on the page.
        alt: one sentence on what the chart shows, for people who hear the page instead of seeing it.
        height: in pixels; the width is the container's.
        on_click: called with the clicked point before the page (or its fragment) runs again.
        on_select: lets the reader draw outlines, and is called once for each, or with None for a double click that takes
            the selection back. Which points are in it is for the caller to work out, as the browser may have drawn fewer;
            the figure then marks them with `selectedpoints`, under a new `layout.selectionrevision`.
        pictures: shown at the pointer, with the point's `text` beside it. A point's `customdata` is the place of its
            picture in the file, counted from 0; its trace has hoverinfo="none".
    """

    def clicked() -> None:
        click = st.session_state[key]["clicked"]
        if click is not None and on_click is not None:
            on_click(Click(**click))

    def selected() -> None:
        outline = st.session_state[key]["selected"]
        if outline is not None and on_select is not None:
            corners = tuple((float(x), float(y)) for x, y in outline["corners"])
            on_select(Outline(corners, tuple(outline["traces"])) if corners else None)

    _component(
        key=key,
        data={
            "script": plot_files.PLOT_URL,
            "library": plot_files.PLOTLY_URL,
            "figure": (figure if isinstance(figure, Prepared) else prepared(figure)).values,
            "revision": key,
            "alt": alt,
            "height": height,
            "clickable": on_click is not None,
            "selectable": on_select is not None,
            "pictures": asdict(pictures) if pictures else None,
        },
        height=height,
        on_clicked_change=clicked,
        on_selected_change=selected,
    )


def _small(figure: go.Figure) -> dict[str, Any]:
    """The figure as plain JSON values, its arrays as base64 of at most four bytes a number, without plotly's template."""
    values: dict[str, Any] = json.loads(figure.to_json())
    values["layout"].pop("template", None)
    return {"data": _halved(values["data"]), "layout": values["layout"]}


def _halved(value: Any) -> Any:
    if isinstance(value, list):
        return [_halved(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.get("dtype") == "f8" and "bdata" in value:
        numbers = np.frombuffer(base64.b64decode(value["bdata"]), dtype="<f8").astype("<f4")
        return value | {"dtype": "f4", "bdata": base64.b64encode(numbers).decode("ascii")}
    return {name: _halved(part) for name, part in value.items()}
