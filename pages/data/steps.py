"""From file to network: what happens to a digit before a network sees it, and why."""

import streamlit as st

from mnist_core.data.catalogue import SPLITS
from mnist_core.images.steps import code, steps
from pages.shared import source_picker, step_view
from pages.shared.digit_strip import Labelled, digit_strip

st.title("From file to network", anchor=False)
digits = source_picker.pick()
source = digits.source
with st.container(horizontal=True, vertical_alignment="bottom"):
    split = st.segmented_control(
        "Split",
        SPLITS,
        default="train",
        required=True,
        key="of",
        bind="query-params",
        help="Where the digits are taken from. Only those of train are ever augmented in a run.",
    )
    chosen = getattr(digits, split)
    if not len(chosen.labels):
        st.info(f"None of these digits is in {split} yet. Choose another split.", icon=":material/inbox:")
        st.stop()
    step_view.keep_within(len(chosen.labels))
    first = st.number_input(
        "First digit",
        min_value=0,
        max_value=len(chosen.labels) - 1,
        value=0,
        step=1,
        key="digit_number",
        bind="query-params",
        width=150,
        help=f"Its place in this split, from 0 to {len(chosen.labels) - 1:,}. The digits after it fill the batch.",
    )

st.header("Five digits and their labels", anchor=False)
labelled = zip(chosen.images[first : first + 5], chosen.labels[first : first + 5], strict=True)
digit_strip([Labelled(image, source.classes[label], f"a {source.classes[label]}") for image, label in labelled])

st.header("One of them, step by step", anchor=False)
changed = step_view.augmented(chosen.images[first])
for step in steps(chosen.images[first:], changed, mean=source.mean, std=source.std):
    step_view.show(step)

st.header("The same in PyTorch", anchor=False)
st.code(code(source.mean, source.std), language="python")
