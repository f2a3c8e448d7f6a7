"""Evaluate: how good a model is, which digits it misreads, and how far its confidence can be believed."""

import streamlit as st

from mnist_core.data import source
from pages.shared import calibration_view, confusion_view, judged_model, score_view
from pages.shared.model_picker import title_of

st.title("Evaluate", anchor=False)
st.markdown(
    "How good is a model, what does it misread, and can its confidence be believed? Everything here is judged on pictures "
    "that the model has not learned from."
)
first, second_column, third = st.columns([3, 3, 2])
with first:
    run = judged_model.pick()
with second_column:
    second = judged_model.pick_second(run)
with third:
    split = judged_model.pick_split()
judged_model.say_if_under_way(run)

with st.container():
    judged = judged_model.judge(run, split)
    other = judged_model.judge(second, split, key="second test") if second else None
if judged is None:
    st.stop()
classes = source(run.config.data).classes

score_view.show(judged, classes)
if second and other:
    score_view.compare_with(judged, other, title_of(second))

st.header("Read as what", anchor=False)
confusion_view.show(run, judged, other)

st.header("Class by class", anchor=False)
score_view.show_classes(judged, classes)

st.header("All mistakes", anchor=False)
score_view.show_mistakes(judged, classes, f"{run.id} {split}")

st.header("Can its confidence be believed?", anchor=False)
calibration_view.show(judged)
