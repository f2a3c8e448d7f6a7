"""A model's answers about single digits: a strip of them with their probabilities, and one of them at large."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mnist_core.data import Split
from pages.shared import charts
from pages.shared.digit_strip import Labelled, digit_strip
from pages.shared.plot import plot


def strip(pictures: Split, probabilities: np.ndarray, positions: np.ndarray, classes: Sequence[str]) -> None:
    """Show digits side by side, each with what it is read as and how surely; mistakes are framed and say the truth."""
    digit_strip([_labelled(pictures, probabilities, int(position), classes) for position in positions], wide=True)


def titles(pictures: Split, probabilities: np.ndarray, positions: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Each digit in a line: "4 read as 9 with 98.3 %, index 1,234"."""
    answers = probabilities.argmax(1)
    return [
        f"{classes[pictures.labels[i]]} read as {classes[answers[i]]} with {100 * probabilities[i, answers[i]]:.1f} %, "
        f"index {pictures.indices[i]:,}"
        for i in positions
    ]


@st.dialog("Digit", width="medium")
def show(pictures: Split, probabilities: np.ndarray, position: int, classes: tuple[str, ...]) -> None:
    """Show one digit at large, with the probability of every class."""
    (title,) = titles(pictures, probabilities, np.array([position]), classes)
    st.subheader(title, anchor=False)
    left, right = st.columns(2)
    with left:
        alt = "The 28 x 28 pixels of this digit, with their values on hover"
        plot(charts.pixels(pictures.images[position]), "pixels of the mistake", alt=alt, height=330)
    with right:
        alt = f"The probability of each class: {title}"
        plot(
            charts.probabilities(probabilities[position], classes),
            "probabilities of the mistake",
            alt=alt,
            height=330,
        )


def _labelled(pictures: Split, probabilities: np.ndarray, i: int, classes: Sequence[str]) -> Labelled:
    truth, read = int(pictures.labels[i]), int(probabilities[i].argmax())
    caption = f"{classes[read]} · {100 * probabilities[i, read]:.1f} %"
    alt = f"{classes[truth]} read as {classes[read]} with {100 * probabilities[i, read]:.1f} %"
    if truth != read:
        caption += f"\nis {classes[truth]} · {100 * probabilities[i, truth]:.1f} %"
        alt += f", and as {classes[truth]} with {100 * probabilities[i, truth]:.1f} %"
    return Labelled(pictures.images[i], caption, alt, wrong=truth != read)
