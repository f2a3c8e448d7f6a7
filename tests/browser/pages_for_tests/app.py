"""A server with one page of live charts, so that the plot component is tested without training anything."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared import plot_files

app = st.App(Path(__file__).resolve().parent / "live_plot.py", routes=plot_files.ROUTES)
