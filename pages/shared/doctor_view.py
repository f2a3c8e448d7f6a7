"""Why a digit is read as it is: the answer after each stage, what is not as in MNIST, what mends it, and digits like it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.data import Digits, present_or_best
from mnist_core.data.catalogue import Neighbour, nearest
from mnist_core.images.prepare import Stage
from pages.shared import resources
from pages.shared.digit_strip import Labelled, digit_strip

if TYPE_CHECKING:
    from mnist_core.evaluation.doctor import Diagnosis
    from mnist_core.evaluation.predictor import Answer, Predictor


def wanted(key: str) -> bool:
    """Ask whether the reader wants to know why; looking takes a while, so it is not done unasked.

    Args:
        key: of the control, one for each place where this is asked.
    """
    return st.toggle(
        "Why this answer?",
        key=key,
        persist_state="session",
        help="Shows the answer after each stage of the preparation, what about the digit is not as in MNIST, what mends it, "
        "and the training digits most like it. While this is on, each answer takes a little longer.",
    )


def show(predictor: Predictor, stages: Sequence[Stage]) -> None:
    """Show all that is known about why a digit is read as it is.

    Args:
        predictor: the model that read it.
        stages: of the digit's picture, as `prepare` gives them.
    """
    from mnist_core.evaluation.doctor import answers_by_stage, deciding_stage, examine

    by_stage = answers_by_stage(predictor, stages)
    diagnosis = examine(predictor, stages)
    with st.container(border=True):
        _findings(diagnosis)
        st.markdown(
            "**The answer after each stage**",
            help="Each picture is what the model would see if the preparation ended there. A frame marks a stage that "
            "changes the answer.",
        )
        digit_strip(
            [
                _labelled(
                    each.stage.digit, each.stage.name, each.answer, f"after the stage {each.stage.name}", each.changes
                )
                for each in by_stage
            ],
            wide=True,
        )
        st.markdown(deciding_stage(by_stage))
        _chances([(each.stage.name, each.answer) for each in by_stage])
        _look_alikes(predictor, diagnosis.mended)


def _findings(diagnosis: Diagnosis) -> None:
    if not diagnosis.findings:
        icon = ":material/check_circle:" if diagnosis.is_well else ":material/help:"
        st.markdown(f"{icon} {diagnosis.sentence}")
        return
    pictures = [_labelled(diagnosis.digit, "as it is", diagnosis.answer, "as it is")]
    for finding in diagnosis.findings:
        st.markdown(f":material/healing: **{finding.sentence}** {finding.measured}\n\nWhat to do: {finding.advice}")
        pictures.append(_labelled(finding.remedy, "mended", finding.after, f"mended, no longer {finding.fault}"))
    digit_strip(pictures, wide=True)


def _chances(rows: list[tuple[str, Answer]]) -> None:
    """All ten probabilities after each stage, as a table, folded away."""
    with st.expander("All probabilities, stage by stage"):
        st.dataframe(
            [
                {"stage": name, **{label: 100 * share for label, share in answer.probabilities.items()}}
                for name, answer in rows
            ],
            column_config={
                label: st.column_config.NumberColumn(label, format="%.1f %%") for label in rows[0][1].probabilities
            },
            hide_index=True,
        )


def _look_alikes(predictor: Predictor, digit: np.ndarray) -> None:
    digits = resources.digits(present_or_best(predictor.card.data))
    st.markdown(
        "**The training digits most like it**",
        help="The smallest root mean square difference of the pixels among the digits that networks train on here, after "
        "mending. If they are of another kind than the digit, its shape is rare.",
    )
    near = _nearest(digits.split_hash, digit.tobytes(), digits)
    classes = digits.source.classes
    digit_strip(
        [
            Labelled(
                digits.train.images[each.row],
                classes[digits.train.labels[each.row]],
                f"{classes[digits.train.labels[each.row]]}, difference {each.difference:.3f}",
            )
            for each in near
        ]
    )


@st.cache_data(max_entries=100, show_spinner=False)
def _nearest(split_hash: str, pixels: bytes, _digits: Digits) -> list[Neighbour]:
    return nearest(_digits.train, np.frombuffer(pixels, np.uint8).reshape(28, 28))


def _labelled(image: np.ndarray, name: str, answer: Answer, alt: str, changes: bool = False) -> Labelled:
    read = (
        "no digit" if answer.is_digit is False else f"{answer.label} · {100 * answer.probabilities[answer.label]:.0f} %"
    )
    return Labelled(image, f"{name}\n{read}", f"{alt}: {read}", wrong=changes)
