"""How many digits of their own a person has, of each class and part, and which of them to look at."""

from __future__ import annotations

import streamlit as st

from mnist_core.data import best_available, names
from mnist_core.data.own import OwnDigit
from mnist_core.data.sources import DIGITS


def show(digits: list[OwnDigit]) -> None:
    """A table of counts: the ten classes across, the two parts down."""
    learn = [sum(not digit.is_test and digit.label == label for digit in digits) for label in range(10)]
    test = [sum(digit.is_test and digit.label == label for digit in digits) for label in range(10)]
    head = "|  | " + " | ".join(DIGITS) + " | all |"
    rows = [
        f"| {title} | " + " | ".join(map(str, [*counts, sum(counts)])) + " |"
        for title, counts in (("to learn from", learn), ("kept for the test", test))
    ]
    st.markdown(
        "\n".join([head, "|" + "---|" * 12, *rows]),
        help="Every fifth digit of a class is kept for the test, for good: what a network learned from cannot judge it.",
    )


def narrowed(digits: list[OwnDigit]) -> list[OwnDigit]:
    """Those of the classes that the reader chooses; all if none is chosen."""
    chosen = st.pills(
        "Class",
        DIGITS,
        selection_mode="multi",
        key="class",
        bind="query-params",
        help="Show only these classes. None chosen shows all.",
    )
    return [digit for digit in digits if not chosen or str(digit.label) in chosen]


def data_to_train_with() -> str:
    """Name of the data set that a person's own digits are best learned with: MNIST, or the sample, with them added."""
    return names.with_own(best_available().name)
