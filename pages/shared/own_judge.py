"""How a network reads a person's own digits, and teaching it to read them better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.data.own import OwnDigit
from mnist_core.data.sources import DIGITS
from mnist_core.errors import LabError
from mnist_core.runs import Run
from mnist_core.runs.own_digits import not_learned, read
from mnist_core.runs.start import fine_tuning
from pages.shared import model_picker, notices, own_view, resources
from pages.shared.attempt import attempt
from pages.shared.digit_grid import digit_grid

if TYPE_CHECKING:
    from mnist_core.runs.own_digits import Reading

QUEUED = "fine-tuning"


def show(digits: list[OwnDigit]) -> None:
    """Ask for a run, say how it reads the digits it has not learned from, show its mistakes, and offer to fine-tune it."""
    st.subheader("How well does a network read you?", anchor=False)
    runs = model_picker.runs_with_a_model(DIGITS)
    run = runs[
        st.selectbox(
            "Run",
            list(runs),
            format_func=lambda run_id: model_picker.title_of(runs[run_id]),
            key="reader",
            bind="query-params",
            help="Its best epoch reads your digits here, and it is the one that fine-tuning starts from.",
        )
    ]
    _offer_fine_tuning(run)
    try:
        with st.spinner("The network reads your digits ..."):
            _judge(run, digits)
    except LabError as error:
        notices.problem(error)


def _judge(run: Run, digits: list[OwnDigit]) -> None:
    predictor = resources.predictor(run)

    def told(title: str, reading: Reading, help: str) -> None:
        if not reading.digits:
            st.markdown(f"**{title}**: none yet.", help=help)
            return
        low, high = reading.interval
        st.markdown(
            f"**{title}**: {reading.correct:,} of {len(reading.digits):,} read right, 95 % interval {100 * low:.0f} to "
            f"{100 * high:.0f} %",
            help=help,
        )

    unseen = read(predictor, not_learned(resources.store(), run, digits))
    tested = read(predictor, [digit for digit in digits if digit.is_test])
    told("Your test digits", tested, "Every fifth of each class; no network ever learns from them.")
    told(
        "All it has not learned from",
        unseen,
        "The test digits, and those that neither this run nor one it was started from can have learned from.",
    )
    _mistakes(unseen)


def _mistakes(reading: Reading) -> None:
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


def _offer_fine_tuning(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Fine-tune it on my digits",
            icon=":material/tune:",
            key="tune",
            on_click=attempt,
            args=(_queue, run),
            help="Queues a run that starts with this one's weights and learns from its own data with your digits among "
            "them, so that nothing is forgotten: one picture in ten is yours, at a third of its learning rate. About half a "
            "minute.",
        )
        queued = st.session_state.get(QUEUED)
        if queued:
            st.page_link(
                "train/new_run.py",
                label=f"Watch {queued}",
                icon=":material/play_arrow:",
                query_params={"run": queued},
                width="content",
            )


def _queue(run: Run) -> None:
    name = f"{run.name or run.config.recipe}, my digits"
    st.session_state[QUEUED] = resources.launcher().submit(fine_tuning(run), name=name[:80]).id
