"""A live chart of two lines that grow, a heatmap whose cells can be clicked, and points to draw lines around."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.shared.plot import Click, Outline, plot
from pages.shared.refreshing import refreshing

st.set_page_config(page_title="Plots", layout="wide")
st.title("Plots")


def curves() -> None:
    tick = st.session_state["tick"] = st.session_state.get("tick", 0) + 1
    steps = np.arange(1000 + 5 * tick)[-1000:]
    rng = np.random.default_rng(0)
    smooth = 2.3 * np.exp(-steps / 300) + 0.1
    figure = go.Figure(
        [
            go.Scatter(x=steps, y=smooth + rng.normal(0, 0.1, steps.size), name="Batch", opacity=0.5),
            go.Scatter(x=steps, y=smooth, name="Smoothed"),
        ]
    )
    figure.update_layout(hovermode="x unified")
    figure.update_xaxes(title_text="Step")
    figure.update_yaxes(title_text="Loss", type="log" if st.session_state.get("log") else "linear")
    plot(figure, "curves", alt=f"Loss over {steps[-1]} steps, falling from 2.4 to 0.1")
    st.caption(f"Tick {tick}")


def remember(click: Click) -> None:
    st.session_state["cell"] = click


st.toggle("Logarithmic", key="log")
refreshing(curves, 1)()

confusion = np.random.default_rng(1).integers(0, 30, (10, 10)) + np.diag(np.full(10, 900))
matrix = go.Figure(
    go.Heatmap(z=confusion, customdata=np.indices((10, 10)).transpose(1, 2, 0), texttemplate="%{z}", showscale=False)
)
matrix.update_xaxes(title_text="Answer", dtick=1, fixedrange=True)
matrix.update_yaxes(title_text="Truth", dtick=1, fixedrange=True, autorange="reversed")
plot(matrix, "matrix", alt="Confusion of ten digits", height=420, on_click=remember)
st.text(f"Clicked: {st.session_state.get('cell')}")


def outlined(outline: Outline | None) -> None:
    st.session_state["outlines"] = [*st.session_state.get("outlines", []), outline]


cloud = go.Figure()
for number in range(2):
    x, y = np.random.default_rng(number).random((2, 3000))
    cloud.add_scattergl(x=x + number, y=y, name=f"cloud {number}", mode="markers", customdata=np.arange(3000))
cloud.data[1].selectedpoints = [0, 1, 2, 3, 6]
plot(cloud, "cloud", alt="Two clouds", on_select=outlined)
st.text(f"Outlines: {st.session_state.get('outlines', [])}")


def planned() -> None:
    """As the loss of a run: the axis is as long as the run will be, however little of it is done."""
    tick = st.session_state["planned"] = st.session_state.get("planned", 0) + 1
    figure = go.Figure(go.Scatter(x=np.arange(tick), y=np.arange(tick)))
    figure.update_xaxes(range=[0, 1000])
    plot(figure, "planned", alt="A run of 1,000 steps")


refreshing(planned, 1)()
