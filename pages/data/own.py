"""My digits: your drawings and pictures with their labels; look at them, correct them, train, fine-tune and judge."""

import numpy as np
import streamlit as st

from mnist_core.data import own, source
from pages.shared import notices, own_counts, own_import, own_judge, own_view
from pages.shared.attempt import show_refusal
from pages.shared.digit_grid import digit_grid

MOST_SHOWN = 400

st.title("My digits", anchor=False)
show_refusal()
own_view.offer_undo()
digits = own.own_digits()
if not digits:
    notices.empty("You have no digits of your own yet: draw some, or add pictures.", then="Draw", page="use/draw.py")
    own_import.offer()
    st.stop()

own_counts.show(digits)
with st.container(horizontal=True):
    base = own_counts.data_to_train_with()
    st.page_link("use/draw.py", label="Draw more", icon=":material/draw:", width="content")
    st.page_link("use/handwriting.py", label="Draw thirty on request", icon=":material/stylus:", width="content")
    st.page_link(
        "train/new_run.py",
        label="Train with them",
        icon=":material/model_training:",
        query_params={"data": source(base).title},
        width="content",
    )
    st.page_link(
        "data/browse.py",
        label="Browse them",
        icon=":material/apps:",
        query_params={"data": source("own").title},
        width="content",
    )

shown = own_counts.narrowed(digits)[::-1][:MOST_SHOWN]
if shown:
    digit_grid(
        np.stack([digit.image for digit in shown]),
        [own_view.title_of(digit) for digit in shown],
        "mine",
        alt=f"{len(shown)} digits of your own, the newest first",
        on_click=lambda position: own_view.open_digit(shown[position].number),
    )
    st.caption(f"{len(shown):,} of {len(digits):,}, the newest first. Click one to correct or remove it.")
else:
    st.caption("None of your digits is of this class.")

with st.expander("Add pictures", icon=":material/upload:"):
    own_import.offer()

own_view.show_addressed(digits)
own_judge.show(digits)
