"""Doubtful labels: which labels are probably wrong, what to do about each, and what that changes."""

import streamlit as st

from pages.shared import (
    browse_filters,
    decision_list,
    doubt_list,
    doubt_window,
    effect_view,
    resources,
    source_picker,
)
from pages.shared.attempt import show_refusal

PER_PAGE = 100

st.title("Doubtful labels", anchor=False)
st.markdown(
    "The training digits are divided into five parts, and five small networks learn from four parts each, so that every "
    "digit is judged by a network that never saw it. Confident learning then compares these judgements with the given "
    "labels, class by class, and ranks the digits by how probably their label is wrong. A high rank is a reason to look, "
    "not a verdict: some of these digits are only badly written."
)
source_column, list_column = st.columns(2)
with source_column:
    digits = source_picker.pick(published_only=True, on_change=browse_filters.to_first_page)
source = digits.source
with list_column:
    name = decision_list.ask(source)
st.caption(
    "Only training digits are ranked: the labels of validation and test stay as they were published, so that networks "
    "trained with and without your decisions are judged alike."
)
show_refusal()
made = decision_list.read(source, name)

st.header("The ranking", anchor=False)
with st.container():
    doubts = resources.doubts(digits)
    if doubts is None:
        doubt_list.offer(digits)
    else:
        catalogue = resources.catalogue(source.name)
        rows = doubt_list.ask(source, doubts, made)
        if len(rows):
            page = browse_filters.page_of(len(rows), PER_PAGE)
            shown = rows[page * PER_PAGE :][:PER_PAGE]
            doubt_list.show(catalogue, doubts, made, shown)
            doubt_list.offer_bulk(source, name, doubts, made, rows)
        doubt_window.show_addressed(catalogue, doubts, rows, name)

st.header("Your decisions", anchor=False)
decision_list.show(digits, name, made)

if made:
    st.header("Measure the effect", anchor=False)
    effect_view.show(source, name)
