"""The way of one digit from the picture to the model: each stage by name, small, with what a model makes of it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.images.prepare import Stage
from pages.shared.digit_strip import address_of

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Answer

STYLE = """
<style>
.lab-stages { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1rem .8rem;
  list-style: none; }
ol.lab-stages, .lab-stages li { margin: 0; padding: 0; }
.lab-stages li { font-size: .875rem; line-height: 1.3; }
.lab-stages img { display: block; width: 5.25rem; height: 5.25rem; image-rendering: pixelated; border-radius: .25rem;
  border: 2px solid transparent; margin: .2rem 0; }
.lab-stages .turned img { border-color: #D0550A; }
.lab-stages .note { opacity: .8; }
</style>
"""


def show(stages: Sequence[Stage], answers: Sequence[Answer]) -> None:
    """Draw the stages in order; one after which the answer is another than before carries a frame and says so.

    Args:
        stages: at least one.
        answers: the model's after each.
    """
    items = "".join(
        _item(stage, answer, before) for stage, answer, before in zip(stages, answers, [None, *answers], strict=False)
    )
    st.html(f'{STYLE}<ol class="lab-stages">{items}</ol>')


def _item(stage: Stage, answer: Answer, before: Answer | None) -> str:
    turned = before is not None and before.label != answer.label
    read = f"{answer.label} · {100 * answer.probabilities[answer.label]:.1f} %"
    words = f"<b>{html.escape(read)}</b>"
    if turned and before is not None:
        words += f"<br>was {html.escape(before.label)} before"
    if answer.is_digit is False:
        words += "<br>no digit to it"
    name = html.escape(stage.name)
    return (
        f'<li class="{"turned" if turned else "same"}">{name}'
        f'<img src="{address_of(stage.digit)}" alt="{name}: read as {html.escape(read)}">'
        f'{words}<div class="note">{html.escape(stage.note)}</div></li>'
    )
