"""How many digits of their own a person has, of each class and part, and which of them to look at."""

from __future__ import annotations

import streamlit as st

from mnist_core.data import best_available, names
from mnist_core.data.own import OwnDigit
from mnist_core.data.sources import DIGITS

# Twelve columns that fit a phone.
STYLE = """
<style>
.lab-counts { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
.lab-counts :is(th, td) { padding: .25rem .35rem; text-align: right; min-width: 1.55rem; }
.lab-counts th[scope=row] { text-align: left; font-weight: 400; }
.lab-counts :is(th, td):last-child { font-weight: 700; }
.lab-counts tbody { border-top: 1px solid color-mix(in srgb, currentColor 30%, transparent); }
</style>
"""


def show(digits: list[OwnDigit]) -> None:
    """A table of counts: the ten classes across, the two parts down."""
    rows = ""
    for title, is_test in (("learn", False), ("test", True)):
        counts = [sum(digit.is_test == is_test and digit.label == label for digit in digits) for label in range(10)]
        cells = "".join(f"<td>{count}</td>" for count in [*counts, sum(counts)])
        rows += f'<tr><th scope="row">{title}</th>{cells}</tr>'
    head = "".join(f'<th scope="col">{name}</th>' for name in [*DIGITS, "all"])
    st.markdown(
        f"**{len(digits):,} {'digit' if len(digits) == 1 else 'digits'}**",
        help="Of every five digits of a class the third is kept for the test, for good: what a network learned from cannot "
        "judge it.",
    )
    st.html(f'{STYLE}<table class="lab-counts"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>')


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
