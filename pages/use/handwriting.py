"""Handwriting: thirty drawings on request, how many of them a network reads, and what learning from them changes."""

import streamlit as st

from mnist_core.data import own
from mnist_core.errors import LabError
from pages.shared import guided_pad, guided_result, model_picker, notices, own_view, resources, tuning_view
from pages.shared.attempt import show_refusal

st.title("Your handwriting", anchor=False)
series = guided_pad.current()
if series is None:
    st.markdown(
        "How well does a network read **you**? Draw thirty digits, one after the other. Then you see how many are read "
        "right, with the interval that so few allow, and can teach the network your hand."
    )
    guided_pad.begin("Start")
    st.stop()

if series.place is not None:
    guided_pad.pad()
    if not series.drawn or not st.toggle(
        "Show the result so far", key="so far", help="Reads what is drawn so far, below the sheet."
    ):
        st.stop()

show_refusal()
own_view.offer_undo()
own_view.show_addressed(series.digits)
run = model_picker.reader()
try:
    guided_result.show(series, run)
    tuning_view.offer(run)
    tuning_view.show(run, own.own_digits())
except LabError as error:
    notices.problem(error)
with st.container(horizontal=True, vertical_alignment="center"):
    if series.place is None:
        guided_pad.begin("Draw thirty more")
    st.page_link("data/own.py", label="My digits", icon=":material/person_edit:", width="content")
resources.begin_loading(run)
