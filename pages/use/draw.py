"""Draw: write a digit, see it read after each stroke, say what it is, and keep it."""

import streamlit as st

from pages.shared import drawing_pad, model_picker, notices, resources

st.title("Draw", anchor=False)
models = model_picker.readers()
if models is None:
    notices.empty(
        "No network has been trained yet, so nobody can read your digits. You can draw and keep them all the same.",
        then="Train one in seconds",
        page="train/new_run.py",
    )
drawing_pad.pad(models or {})
# Only now that all of the page is drawn: the first model brings torch with it.
for run in (models or {}).values():
    resources.begin_loading(run)
