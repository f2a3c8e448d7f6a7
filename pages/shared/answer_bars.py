"""What a model makes of one picture: its answer, large, and the probability of each class as a bar with its number."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Answer

STYLE = """
<style>
.lab-answer { display: grid; grid-template-columns: auto 1fr auto; gap: .1rem .6rem; align-items: center;
  font-variant-numeric: tabular-nums; max-width: 24rem; margin: 0; }
.lab-answer .read { grid-column: 1 / -1; font-size: 1.1rem; }
.lab-answer .read b { font-size: 3rem; line-height: 1; margin-right: .6rem; }
.lab-answer .bar { background: color-mix(in srgb, currentColor 12%, transparent); border-radius: .2rem; height: .8rem; }
.lab-answer .bar i { display: block; height: 100%; border-radius: .2rem; background: #2C74B3; }
.lab-answer .first { font-weight: 700; }
.lab-answer .share { text-align: right; }
</style>
"""


def answer_bars(answer: Answer) -> None:
    """Draw the answer, what else is in its prediction set, and the bars with their numbers as text."""
    rows = "".join(_row(name, share, name == answer.label) for name, share in answer.probabilities.items())
    st.html(f'{STYLE}<div class="lab-answer"><div class="read">{_read(answer)}</div>{rows}</div>')


def _read(answer: Answer) -> str:
    if answer.is_digit is False:
        return "<b>?</b>This does not look like a digit. If it is one:"
    read = f"<b>{html.escape(answer.label)}</b>with {100 * answer.probabilities[answer.label]:.1f} %"
    others = [html.escape(label) for label in answer.set or () if label != answer.label]
    return f"{read}; it may also be {' or '.join(others)}" if others else read


def _row(name: str, share: float, is_first: bool) -> str:
    look = " first" if is_first else ""
    return (
        f'<span class="name{look}">{html.escape(name)}</span>'
        f'<span class="bar" aria-hidden="true"><i style="width: {100 * share:.1f}%"></i></span>'
        f'<span class="share{look}">{100 * share:.1f} %</span>'
    )
