"""How many of a person's own digits a network reads right, with its interval, and those that it reads wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.shared import own_view
from pages.shared.digit_grid import digit_grid

if TYPE_CHECKING:
    from mnist_core.runs.own_digits import Reading


def told(title: str, reading: Reading, help: str) -> None:
    """Say in a line how many were read right, and between which bounds the true share lies."""
    if not reading.digits:
        st.markdown(f"**{title}**: none yet.", help=help)
        return
    low, high = reading.interval
    st.markdown(
        f"**{title}**: {reading.correct:,} of {len(reading.digits):,} read right, 95 % interval {100 * low:.0f} to "
        f"{100 * high:.0f} %",
        help=help,
    )


def mistakes(reading: Reading) -> None:
    """Show those that are read wrong, each a way to the digit at large; nothing if there are none."""
    wrong = np.flatnonzero(reading.is_wrong)
    if not len(wrong):
        return
    digits = [reading.digits[i] for i in wrong]
    st.markdown("**What it gets wrong**", help="Click one to look at it; perhaps its label is what is wrong.")
    digit_grid(
        np.stack([digit.image for digit in digits]),
        [
            f"{own_view.title_of(digit)}, read as {reading.answers[i]} with {100 * reading.confidence[i]:.1f} %"
            for digit, i in zip(digits, wrong, strict=True)
        ],
        "mistakes",
        alt=f"{len(digits)} of your digits that are read wrong",
        on_click=lambda position: own_view.open_digit(digits[position].number),
        wrong=range(len(digits)),
    )
