"""Several runs side by side: their curves in the same charts, and the settings in which they differ."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from mnist_core.config import field_of
from mnist_core.errors import LabError
from mnist_core.runs import EpochRow, Run, Steps
from mnist_core.runs.comparison import differing_settings
from pages.shared import notices, resources, run_bin, seed_groups, verdict_view
from pages.shared.attempt import attempt
from pages.shared.charts import epoch_axis, line_mode, loss_axis
from pages.shared.csv_file import harmless
from pages.shared.live_run import UNDER_WAY
from pages.shared.plot import plot
from pages.shared.refreshing import refreshing
from pages.shared.run_table import EVERY_S, NAME_WIDTH, PERCENT, best_accuracies, name_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

# The theme has five colours for lines; with these dashes they stay apart for ten runs.
COLOURS = 5
DASHES = ("solid", "dot")
MOST = COLOURS * len(DASHES)
LEGEND_LENGTH = 28
OPEN_SETTINGS = {"train_size": "all", "validation_share": "the usual share"}


def show(runs: list[Run], every_run: list[Run]) -> None:
    """Say which of two is better; draw the curves, live while a run is under way, and a table of the settings that differ.

    Args:
        runs: the chosen ones.
        every_run: of the store, the newest first, among which further seeds of the chosen ones are looked for.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{len(runs)} runs side by side", anchor=False, width="content")
        st.button(
            "Delete them",
            icon=":material/delete:",
            help="Moves these runs to the bin, from where they can be restored.",
            on_click=attempt,
            args=(run_bin.move, runs),
        )
    verdict_view.show(runs, every_run)
    if len(runs) > MOST:
        st.caption(f"Curves of the first {MOST} that you chose; more lines could not be told apart.")
    live = any(run.state in UNDER_WAY for run in runs)
    refreshing(_curves, EVERY_S if live else None)(runs[:MOST])
    _settings(runs)
    seed_groups.show(runs, every_run)


def names_apart(runs: Sequence[Run]) -> list[str]:
    """What to call each of the runs, with the end of its id where two have the same name."""
    names = [name_of(run) for run in runs]
    count = Counter(names)
    return [name if count[name] == 1 else f"{name} {run.id[-6:]}" for name, run in zip(names, runs, strict=True)]


def loss_by_step(names: Sequence[str], curves: Sequence[Steps], *, logarithmic: bool) -> go.Figure:
    """The smoothed loss of each run; a run without points yet keeps its place, and so its colour."""
    import plotly.graph_objects as go

    lines = [
        go.Scatter(x=steps.step, y=steps.smoothed_loss, hovertemplate="%{y:.4f}", mode="lines", **_look(i, name))
        for i, (name, steps) in enumerate(zip(names, curves, strict=True))
    ]
    losses = loss_axis("loss, smoothed", logarithmic=logarithmic)
    axes = {"xaxis": {"title": "step", "hoverformat": ",d"}, "yaxis": losses}
    return go.Figure(lines, {**axes, "hovermode": "x unified", "showlegend": True})


def accuracy_by_epoch(names: Sequence[str], epochs: Sequence[list[EpochRow]]) -> go.Figure:
    """The validation accuracy of each run in percent; colours and dashes are those of `loss_by_step`."""
    import plotly.graph_objects as go

    lines = [
        go.Scatter(
            x=[row.epoch for row in rows],
            y=[100 * row.val_accuracy for row in rows],
            hovertemplate="%{y:.2f} %",
            mode=line_mode(len(rows)),
            **_look(i, name),
        )
        for i, (name, rows) in enumerate(zip(names, epochs, strict=True))
    ]
    axes = {
        "xaxis": epoch_axis(max((len(rows) for rows in epochs), default=0)),
        "yaxis": {"title": "validation accuracy in %"},
    }
    return go.Figure(lines, {**axes, "hovermode": "x unified", "showlegend": True})


def _look(i: int, name: str) -> dict[str, Any]:
    """Name and line of the i-th run. The colour comes from the theme, by the trace's place in the figure."""
    short = name if len(name) <= LEGEND_LENGTH else f"{name[: LEGEND_LENGTH - 7]}…{name[-6:]}"
    # Plotly reads names as HTML.
    return {"name": html.escape(short, quote=False), "line": {"width": 2, "dash": DASHES[i // COLOURS]}}


def _curves(runs: list[Run]) -> None:
    store, names = resources.store(), names_apart(runs)
    try:
        steps, epochs = [store.steps(run.id) for run in runs], [store.epochs(run.id) for run in runs]
    except LabError as error:
        notices.problem(error)
        return
    shown = ", ".join(names)
    # Other runs are other curves: the zoom then starts afresh.
    group = " ".join(run.id for run in runs)
    # Every run needs its line in the legend.
    height = 300 + 20 * len(runs)
    logarithmic = st.toggle(
        "Logarithmic loss",
        key="log losses",
        persist_state="session",
        help="Shows small losses as clearly as large ones.",
    )
    losses = loss_by_step(names, steps, logarithmic=logarithmic)
    accuracies = accuracy_by_epoch(names, epochs)
    left, right = st.columns(2)
    with left:
        plot(losses.update_layout(uirevision=group), "losses", alt=f"Smoothed loss by step of {shown}.", height=height)
    with right:
        alt = f"Validation accuracy by epoch of {shown}."
        plot(accuracies.update_layout(uirevision=group), "accuracies", alt=alt, height=height)


def _settings(runs: list[Run]) -> None:
    readable = [run for run in runs if run.saved_config]
    for run in runs:
        if run not in readable:
            st.caption(f"The settings of {notices.verbatim(name_of(run))} cannot be read.")
    if len(readable) < 2:
        return
    differing = differing_settings(readable)
    if not differing:
        st.caption("All settings of these runs are the same.")
        return
    st.markdown("**Settings that differ**")
    columns = {_title(name): [_text(name, value) for value in values] for name, values in differing.items()}
    st.dataframe(
        {
            "Run": [harmless(name) for name in names_apart(readable)],
            "Best accuracy": best_accuracies(readable),
            **columns,
        },
        column_config={
            "Run": st.column_config.TextColumn(pinned=True, width=NAME_WIDTH),
            "Best accuracy": st.column_config.NumberColumn(format=PERCENT),
        },
        hide_index=True,
        placeholder="",
        alt="Settings in which the chosen runs differ",
    )


def _title(setting: str) -> str:
    if setting == "network.kind":
        return "Network"
    # A CNN has every setting of an MLP, and some of its own.
    return str(field_of(setting, "cnn").title)


def _text(setting: str, value: Any) -> str:
    if value is None:
        return OPEN_SETTINGS.get(setting, "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
