"""The parts of the page Map: what to map and how, the figure, and what is said about it."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.data.catalogue import Catalogue
from mnist_core.errors import LabError
from mnist_core.evaluation import digit_map
from mnist_core.evaluation.digit_map import DigitMap, MapName
from mnist_core.evaluation.embedding import METHODS, Method
from mnist_core.runs import maps
from pages.shared import digit_sheet, notices, resources, task_view
from pages.shared.map_selection import Selection
from pages.shared.plot import Pictures

if TYPE_CHECKING:
    import plotly.graph_objects as go

METHOD_TITLES: dict[Method, str] = {"pca": "PCA", "tsne": "t-SNE"}
# Ten colours with a contrast of at least 3 to 1 on the light and on the dark page. The smallest distance between two in
# CIELAB is 47, and 21 for people with protanopia or deuteranopia (simulated after Machado 2009).
COLOURS = (
    "#4E90FF", "#DE7A00", "#00A664", "#8500FF", "#646421", "#FF2C4E", "#439BBC", "#9B4364", "#FF16A6", "#9037B1",
)  # fmt: skip
SHEET_COLUMNS = 100
# Two tabs that ask for the same map would write the same file.
_drawing = Lock()


def ask_method() -> Method:
    """Ask how the map is to be drawn."""
    return st.segmented_control(
        "Drawn by",
        METHODS,
        default="pca",
        required=True,
        format_func=METHOD_TITLES.__getitem__,
        key="method",
        bind="query-params",
        help="PCA is instant: the two directions in which the digits differ most. t-SNE takes a minute or so the first "
        "time, and keeps digits that are alike together.",
    )


def obtain(catalogue: Catalogue, method: Method, run_id: str | None) -> DigitMap:
    """The map, from its file or drawn at once; if it takes longer, the page ends with an offer to draw it."""
    try:
        name = maps.name_of(resources.store(), catalogue, method, run_id)
        drawn = digit_map.read(name)
        if drawn is None and method == "pca":
            with st.spinner("Drawing the map ..."), _drawing:
                drawn = maps.draw(resources.store(), catalogue, method, run_id)
    except LabError as error:
        notices.problem(error)
        if run_id is not None:
            st.button("Map the pixels instead", icon=":material/grid_on:", on_click=_to_pixels)
        st.stop()
    if drawn is None:
        _offer(name, catalogue, run_id)
        st.stop()
    return drawn


def figure(
    catalogue: Catalogue,
    drawn: DigitMap,
    method: Method,
    rows: np.ndarray,
    titles: list[str],
    selection: Selection | None,
) -> go.Figure:
    """The digits as points in the colours of their classes.

    Args:
        catalogue: where the digits are.
        drawn: their places.
        method: how the map was drawn.
        rows: of the digits in the catalogue, in the order of the map.
        titles: of the digits, shown beside their pictures.
        selection: the digits that stand out.
    """
    import plotly.graph_objects as go

    labels = catalogue.label[rows]
    chosen = selection.chosen if selection is not None and selection.chosen.any() else None
    made = go.Figure()
    for number, (name, colour) in enumerate(zip(catalogue.digits.source.classes, COLOURS, strict=True)):
        here = np.flatnonzero(labels == number)
        made.add_scattergl(
            x=drawn.places[here, 0],
            y=drawn.places[here, 1],
            mode="markers",
            name=name,
            marker={"color": colour, "size": 5, "opacity": 1},
            customdata=here.astype(np.int32),
            text=[titles[position] for position in here],
            hoverinfo="none",
            selectedpoints=None if chosen is None else np.flatnonzero(chosen[here]).tolist(),
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.12}},
        )
    is_pca = method == "pca"
    axis = {"zeroline": False, "showgrid": is_pca, "showticklabels": is_pca}
    made.update_xaxes(title="first principal component" if is_pca else None, **axis)
    made.update_yaxes(title="second principal component" if is_pca else None, scaleanchor="x", **axis)
    return made.update_layout(
        hovermode="closest",
        # Below, because the buttons are above.
        legend={"itemsizing": "constant", "yref": "container", "y": 0, "yanchor": "bottom"},
        margin={"t": 40},
        # Another map starts with a zoom of its own; what is chosen is told by the figure alone.
        uirevision=hashlib.sha256(drawn.places.tobytes()).hexdigest(),
        selectionrevision=selection.number if selection else 0,
    )


def titles_of(catalogue: Catalogue, drawn: DigitMap, rows: np.ndarray) -> list[str]:
    """Each digit in a line or two: "7, train 4176", and below it what the model reads."""
    classes = catalogue.digits.source.classes
    titles = [
        f"{classes[label]}, {catalogue.split_of(row)} {index}"
        for row, label, index in zip(rows, catalogue.label[rows], catalogue.index[rows], strict=True)
    ]
    if not len(drawn.predicted):
        return titles
    return [
        f"{title},\nread as {classes[predicted]} with {100 * confidence:.1f} %"
        for title, predicted, confidence in zip(titles, drawn.predicted, drawn.confidence, strict=True)
    ]


def words_about(drawn: DigitMap, count: int) -> str:
    """What the map shows, how good it is, and how to use it."""
    words = f"{count:,} training and validation digits; models are not asked about test digits before the end."
    if drawn.agreement is not None:
        words += (
            f" Of the ten nearest neighbours of a digit on this map, {100 * drawn.agreement:.1f} % are of its class."
        )
    return words + (
        " Rest the pointer on a point to see its digit; draw a line around some to choose them; click a class to hide it, "
        "click it twice to see it alone. A browser without a graphics card draws only about 2,500 of the points; a line "
        "chooses those between them too."
    )


def counts_by_class(catalogue: Catalogue, rows: np.ndarray) -> str:
    """How many of some digits are of each class, the most frequent first."""
    classes = catalogue.digits.source.classes
    counts = np.bincount(catalogue.label[rows], minlength=len(classes))
    most = [int(number) for number in np.argsort(-counts, kind="stable") if counts[number]]
    return ", ".join(f"{notices.verbatim(classes[number])}: {counts[number]:,}" for number in most)


def misread(catalogue: Catalogue, drawn: DigitMap, rows: np.ndarray, positions: np.ndarray) -> list[int]:
    """Which of some positions on the map are of digits that the model reads as another class; none on a map of pixels."""
    if not len(drawn.predicted):
        return []
    wrong = drawn.predicted[positions] != catalogue.label[rows[positions]]
    return np.flatnonzero(wrong).tolist()


def pictures_of(catalogue: Catalogue, rows: np.ndarray) -> Pictures:
    """The pictures of the digits, for the pointer."""
    png = _sheet(catalogue.digits.split_hash, len(rows), catalogue, rows)
    return Pictures(digit_sheet.publish(png), SHEET_COLUMNS)


@st.cache_resource(max_entries=4, show_spinner=False)
def _sheet(split_hash: str, count: int, _catalogue: Catalogue, _rows: np.ndarray) -> bytes:
    return digit_sheet.as_png(_catalogue.images(_rows), SHEET_COLUMNS)


def _offer(name: MapName, catalogue: Catalogue, run_id: str | None) -> None:
    st.markdown(
        f"This map of {name.count:,} digits has not been drawn yet. That takes about a minute for 10,000 digits on a free "
        "machine, and several beside other work. It goes on in the background while you look at other pages, and is kept."
    )
    model = () if run_id is None else ("--model", run_id)
    task_view.offer(
        f"map {name.file.stem}",
        ["data", "map", "--data", catalogue.digits.source.name, "--method", name.method, *model],
        label="Draw the map",
        explanation="Begins t-SNE in a process of its own. You can watch it here, leave, or stop it.",
    )


def _to_pixels() -> None:
    st.session_state["features"] = digit_map.PIXELS
