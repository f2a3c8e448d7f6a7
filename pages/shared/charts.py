"""The figures of a run, and the pixels of a digit. Colours and fonts come from the theme, see plot.py.

What is drawn anew each second gets its traces and axes with the constructor: plotly takes three times as long for those that
are added one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.evaluation.confusion import as_shares, symlog
from mnist_core.training.schedule import learning_rate

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from mnist_core.config import TrainConfig
    from mnist_core.evaluation.calibration import Reliability
    from mnist_core.evaluation.confusion import View
    from mnist_core.runs import EpochRow, Steps

# Up to this size a confusion matrix's colour grows in proportion, beyond it with the logarithm: a count or a share.
COLOUR_LINEAR: dict[View, float] = {"counts": 1.0, "row": 1e-3, "column": 1e-3}
# A matrix with fewer mistakes does not use the strongest colours.
LEAST_COLOUR: dict[View, np.ndarray] = {"counts": np.array(5.0), "row": np.array(5e-3), "column": np.array(5e-3)}
# Epochs that are marked by a point each. With more, the points would touch on a phone, and cost a live chart more and more.
MOST_MARKED = 30
# About as many labels on a logarithmic axis: over a decade or two that is 1, 2 and 5 of each, over more of them only the 1.
LOG_TICKS = 3
# The colour of the frame of a mistake, to be seen on every other.
MARK = "#D0550A"


def loss_curves(steps: Steps, epochs: list[EpochRow], total_steps: int, *, logarithmic: bool) -> go.Figure:
    """Loss of single batches, its running average, and the validation loss after each epoch, by step."""
    import plotly.graph_objects as go

    shown = {"hovertemplate": "%{y:.4f}"}
    curves = [
        # In this order the smoothed loss and validation have the colours that training and validation have beside it.
        go.Scatter(shown, x=steps.step, y=steps.smoothed_loss, name="smoothed", mode="lines", line={"width": 2.5}),
        go.Scatter(
            shown,
            x=[row.step for row in epochs],
            y=[row.val_loss for row in epochs],
            name="validation",
            mode=line_mode(len(epochs)),
            line={"width": 2, "dash": "dot"},
            marker={"size": 8},
        ),
        go.Scatter(
            shown, x=steps.step, y=steps.loss, name="one batch", mode="lines", line={"width": 1}, opacity=0.4, zorder=-1
        ),
    ]
    # Not before the end is known: the first range a chart gets is the one that a double click goes back to.
    step_range = {"range": [0, total_steps]} if total_steps else {}
    losses = {**loss_axis("loss", logarithmic=logarithmic), "showticklabels": len(steps) > 0}
    axes = {"xaxis": {"title": "step", "hoverformat": ",d", **step_range}, "yaxis": losses}
    return go.Figure(curves, {**axes, "hovermode": "x unified"})


def line_mode(epochs: int) -> str:
    """How plotly draws a curve with a point for each of so many epochs: with marks, or with too many of them without."""
    return "lines+markers" if epochs <= MOST_MARKED else "lines"


def learning_rates(config: TrainConfig, steps_per_epoch: int) -> go.Figure:
    """The learning rate at each step of a run, at most about 200 points of it."""
    import plotly.graph_objects as go

    last = config.epochs * steps_per_epoch - 1
    steps = sorted({round(i * last / 200) for i in range(201)})
    rates = [learning_rate(config, step, steps_per_epoch) for step in steps]
    shape = "hv" if config.schedule in ("constant", "step") else "linear"
    figure = go.Figure()
    figure.add_scatter(x=steps, y=rates, mode="lines", line={"width": 2, "shape": shape}, hovertemplate="%{y:.3g}")
    figure.update_xaxes(title="step", hoverformat=",d")
    figure.update_yaxes(title="learning rate", rangemode="tozero")
    return figure.update_layout(hovermode="x unified", margin={"t": 8})


def accuracy_curves(epochs: list[EpochRow], epochs_planned: int) -> go.Figure:
    """Accuracy on training and validation pictures after each epoch, in percent."""
    import plotly.graph_objects as go

    curves = [
        go.Scatter(
            x=[row.epoch for row in epochs],
            y=[100 * value for value in values],
            name=name,
            mode=line_mode(len(epochs)),
            line={"dash": dash, "width": 2},
            marker={"size": 8},
            hovertemplate="%{y:.2f} %",
        )
        for name, values, dash in (
            ("training", [row.train_accuracy for row in epochs], "solid"),
            ("validation", [row.val_accuracy for row in epochs], "dot"),
        )
    ]
    # Without a point plotly would number the axis from -1 to 4.
    accuracy_axis = {"title": "accuracy in %", "showticklabels": bool(epochs)}
    return go.Figure(curves, {"xaxis": epoch_axis(epochs_planned), "yaxis": accuracy_axis, "hovermode": "x unified"})


def confusion(
    matrix: np.ndarray,
    classes: tuple[str, ...],
    *,
    view: View = "counts",
    less: np.ndarray | None = None,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """What was read as what: rows are the truth. Colour shows the mistakes only, or the diagonal would outshine them.

    Args:
        matrix: counts.
        classes: their names.
        view: counts, or percent by row or column.
        less: counts of another model, which are subtracted.
        chosen: row and column of a cell to be framed.
    """
    import plotly.graph_objects as go

    values = as_shares(matrix, view) - (as_shares(less, view) if less is not None else 0)
    sign, unit = "+" if less is not None else "", 1.0 if view == "counts" else 100.0
    kind = f"{sign},.0f" if view == "counts" else f"{sign}.1f"
    mistakes = symlog(np.where(np.eye(len(classes), dtype=bool), np.nan, values), COLOUR_LINEAR[view])
    far = max(float(np.nanmax(np.abs(mistakes), initial=0)), float(symlog(LEAST_COLOUR[view], COLOUR_LINEAR[view])))
    cells = go.Heatmap(
        z=mistakes,
        text=[["" if np.isnan(v) else f"{unit * v:{kind}}" if v else "0" for v in row] for row in values],
        texttemplate="%{text}",
        x=list(classes),
        y=list(classes),
        showscale=False,
        zmin=0 if less is None else -far,
        zmax=far,
        # Only then does plotly take the theme's colours for values of both signs.
        autocolorscale=True if less is not None else None,
        xgap=1,
        ygap=1,
        hoverongaps=True,
        hovertemplate=f"a %{{y}} read as %{{x}}: %{{text}}{'' if view == 'counts' else ' %'}<extra></extra>",
    )
    axis = {"type": "category", "fixedrange": True, "showgrid": False}
    figure = go.Figure(
        cells,
        {
            "xaxis": axis | {"title": "read as", "side": "bottom"},
            "yaxis": axis | {"title": "truth", "autorange": "reversed"},
            "margin": {"t": 8},
        },
    )
    if chosen is not None:
        row, column = chosen
        corners = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", line={"color": MARK, "width": 3}, **corners)
    return figure


def reliability(before: Reliability, after: Reliability | None) -> go.Figure:
    """How many answers of each confidence are right, in percent, beside the line on which a model keeps its word."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, found in (("before", before), ("after", after)):
        if found is not None:
            filled = found.count > 0
            figure.add_scatter(
                x=100 * found.confidence[filled],
                y=100 * found.accuracy[filled],
                customdata=found.count[filled],
                name=name,
                mode="lines+markers",
                line={"width": 2, "dash": "dot" if name == "before" else "solid"},
                marker={"size": 8},
                hovertemplate="sure to %{x:.1f} %, right in %{y:.1f} % of %{customdata:,}",
            )
    line = {"width": 1, "dash": "dash", "color": "#808893"}
    figure.add_scatter(x=[0, 100], y=[0, 100], name="as sure as right", mode="lines", line=line, hoverinfo="skip")
    figure.update_xaxes(title="confidence in %", range=[0, 103])
    return figure.update_yaxes(title="right in %", range=[0, 103])


def probabilities(shares: np.ndarray, classes: tuple[str, ...]) -> go.Figure:
    """One model's probability of each class for one digit, in percent."""
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Bar(
            x=100 * shares,
            y=list(classes),
            orientation="h",
            text=[f"{100 * share:.1f} %" for share in shares],
            textposition=["inside" if share > 0.5 else "outside" for share in shares],
            hovertemplate="%{y}: %{x:.3f} %<extra></extra>",
        )
    )
    figure.update_yaxes(type="category", autorange="reversed", fixedrange=True, showgrid=False)
    figure.update_xaxes(title="probability in %", range=[0, 100], fixedrange=True)
    return figure.update_layout(margin={"t": 8})


def pixels(image: np.ndarray, low: float = 0, high: float = 255) -> go.Figure:
    """The values of one digit, (28, 28), as a picture that tells each on hover: black is `low`, white is `high`."""
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Heatmap(
            z=image,
            zmin=low,
            zmax=high,
            colorscale="gray",
            showscale=False,
            hovertemplate="row %{y}, column %{x}: %{z:.4~g}<extra></extra>",
        )
    )
    figure.update_xaxes(visible=False, scaleanchor="y", constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed", constrain="domain")
    return figure.update_layout(margin={"t": 0, "b": 0, "l": 0, "r": 0})


def loss_axis(title: str, *, logarithmic: bool) -> dict[str, Any]:
    """An axis for losses: from zero up, or logarithmic."""
    if not logarithmic:
        return {"title": title, "type": "linear", "rangemode": "tozero"}
    # Without a format plotly calls 0.5 and 0.2 just 5 and 2; and with as many ticks as fit, it writes all nine of a decade.
    return {"title": title, "type": "log", "rangemode": "normal", "tickformat": "~g", "nticks": LOG_TICKS}


def epoch_axis(epochs: int) -> dict[str, Any]:
    """An axis for so many epochs, with ticks at whole ones only, at most about ten of them."""
    ticks = {"tickmode": "linear", "tick0": 0, "dtick": max(1, round(epochs / 10))}
    return {"title": "epoch", "range": [0.5, max(epochs, 2) + 0.5], **ticks}
