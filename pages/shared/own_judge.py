"""How a network reads a person's own digits, and teaching it to read them better."""

from __future__ import annotations

import streamlit as st

from mnist_core.data.own import OwnDigit
from mnist_core.errors import LabError
from mnist_core.runs import Run
from mnist_core.runs.own_digits import not_learned, read
from pages.shared import model_picker, notices, reading_view, resources, tuning_view


def show(digits: list[OwnDigit]) -> None:
    """Ask for a run, say how it reads the digits it has not learned from, show its mistakes, and offer to fine-tune it."""
    st.subheader("How well does a network read you?", anchor=False)
    run = model_picker.reader()
    tuning_view.offer(run)
    try:
        with st.spinner("The network reads your digits ..."):
            _judge(run, digits)
        tuning_view.show(run, digits)
    except LabError as error:
        notices.problem(error)


def _judge(run: Run, digits: list[OwnDigit]) -> None:
    predictor = resources.predictor(run)
    unseen = read(predictor, not_learned(resources.store(), run, digits))
    tested = read(predictor, [digit for digit in digits if digit.is_test])
    reading_view.told("Your test digits", tested, "One of every five of a class; no network ever learns from them.")
    reading_view.told(
        "All it has not learned from",
        unseen,
        "The test digits, and those that neither this run nor one it was started from can have learned from.",
    )
    reading_view.mistakes(unseen)
