"""Draw: write a digit, see it read after each stroke, say what it is, and keep it."""

import streamlit as st

from pages.shared import drawing_pad, model_picker, resources

st.title("Draw", anchor=False)
models = model_picker.readers()
drawing_pad.pad(models)
st.page_link("use/handwriting.py", label="How many of thirty of your digits are read?", icon=":material/stylus:")
# Only now that all of the page is drawn: the first model brings torch with it.
for run in models.values():
    resources.begin_loading(run)
