"""The menu: names the pages by section, sets the window's title and icon, runs the chosen page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

# The icon is a file of ours: a page's material icon would be fetched from the network to stand in the browser's tab.
st.set_page_config(page_title="The digit lab", page_icon=Path(__file__).parent / "shared" / "icon.png", layout="wide")

page = st.navigation(
    {
        "Train": [
            st.Page("train/new_run.py", title="Train", icon=":material/model_training:", default=True),
            st.Page("train/runs.py", title="Runs", icon=":material/stacked_line_chart:", url_path="runs"),
        ],
        "Judge": [
            st.Page("judge/evaluate.py", title="Evaluate", icon=":material/fact_check:", url_path="evaluate"),
        ],
        "Use": [
            st.Page("use/draw.py", title="Draw", icon=":material/draw:", url_path="draw"),
            st.Page("use/photo.py", title="Photo", icon=":material/photo_camera:", url_path="photo"),
            st.Page("use/handwriting.py", title="Handwriting", icon=":material/stylus:", url_path="handwriting"),
        ],
        "Data": [
            st.Page("data/browse.py", title="Browse", icon=":material/apps:", url_path="browse"),
            st.Page("data/overview.py", title="Overview", icon=":material/bar_chart:", url_path="overview"),
            st.Page("data/map.py", title="Map", icon=":material/scatter_plot:", url_path="map"),
            st.Page("data/labels.py", title="Doubtful labels", icon=":material/rule:", url_path="labels"),
            st.Page("data/steps.py", title="From file to network", icon=":material/conversion_path:", url_path="steps"),
            st.Page("data/own.py", title="My digits", icon=":material/person_edit:", url_path="own"),
            st.Page("data/sources.py", title="Get data", icon=":material/download:", url_path="data"),
        ],
    }
)
page.run()
