"""The figures of a data set: class balance, pixel values, spreads. Colours and fonts come from the theme, see plot.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from mnist_core.data.statistics import Spread


def class_balance(class_counts: np.ndarray, classes: tuple[str, ...]) -> go.Figure:
    """Pictures of each class, one bar for each split; `class_counts` is (3, classes)."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, counts in zip(("training", "validation", "test"), class_counts, strict=True):
        figure.add_bar(x=list(classes), y=counts, name=name, hovertemplate="%{y:,}")
    _class_axis(figure)
    figure.update_yaxes(title="pictures", fixedrange=True, tickformat=",d")
    return figure.update_layout(barmode="group", bargap=0.25, hovermode="x unified")


def pixel_values(histogram: np.ndarray) -> go.Figure:
    """How many pixels have each value from 0 to 255, on a logarithmic axis."""
    import plotly.graph_objects as go

    # A bar of height zero has no place on a logarithmic axis.
    values = np.flatnonzero(histogram)
    figure = go.Figure(
        go.Bar(x=values, y=histogram[values], hovertemplate="%{y:,} pixels of value %{x}<extra></extra>")
    )
    figure.update_xaxes(title="pixel value: 0 is paper, 255 full ink", range=[-2, 257], tickvals=[0, 64, 128, 192, 255])
    # From 1 to a little above the highest: a bar that begins at 10,000 would hide how rare its value is.
    top = float(np.log10(histogram.max())) + 0.2
    figure.update_yaxes(title="pixels", type="log", range=[0, top], dtick=1, tickformat="~s")
    return figure.update_layout(bargap=0, margin={"t": 8})


def spread_by_class(spread: Spread, classes: tuple[str, ...], *, quantity: str, scale: float = 1) -> go.Figure:
    """A box for each class: its middle half and median; the whiskers end at the 1st and the 99th percentile.

    Args:
        spread: the percentiles.
        classes: the names of its classes.
        quantity: what it is, with its unit, as in "stroke width in pixels".
        scale: by which its numbers are multiplied, as in 100 for percent.
    """
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Box(
            x=list(classes),
            q1=scale * spread.q1,
            median=scale * spread.median,
            q3=scale * spread.q3,
            lowerfence=scale * spread.low,
            upperfence=scale * spread.high,
            line={"width": 2},
        )
    )
    _class_axis(figure)
    figure.update_yaxes(title=quantity, fixedrange=True, range=[0, 1.05 * scale * float(np.nanmax(spread.high))])
    figure.update_yaxes(hoverformat=".1f")
    return figure.update_layout(margin={"t": 8})


def _class_axis(figure: go.Figure) -> None:
    # The digits are names here, not numbers.
    figure.update_xaxes(type="category", fixedrange=True, showgrid=False)
