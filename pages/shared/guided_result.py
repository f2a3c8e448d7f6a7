"""What a network makes of a guided series: how many of thirty it reads, beside its accuracy on the data it learned from."""

from __future__ import annotations

import streamlit as st

from mnist_core.data import names, source
from mnist_core.data.guided import LENGTH, Series
from mnist_core.evaluation import wilson_interval
from mnist_core.evaluation.verdict import LEVEL
from mnist_core.runs import Run
from mnist_core.runs.own_digits import Reading, not_learned, read
from mnist_core.runs.shipped import DEFAULT, TEST_ACCURACY
from pages.shared import notices, reading_view, resources


def show(series: Series, run: Run) -> None:
    """The number, the one beside it, what they say together, and the drawings that are read wrong.

    Raises:
        LabError: the model is gone or damaged.
    """
    with st.spinner("The network reads your digits ..."):
        reading = read(resources.predictor(run), not_learned(resources.store(), run, series.digits))
    if not reading.digits:
        st.info(
            "This network has learned from all of these drawings, so they cannot judge it.", icon=":material/school:"
        )
        return
    mine, theirs = st.columns(2)
    low, high = reading.interval
    with mine:
        st.metric("Your handwriting", f"{reading.correct} of {len(reading.digits)}")
        st.caption(f"95 % interval {100 * low:.0f} to {100 * high:.0f} %")
        left_out = len(series.digits) - len(reading.digits)
        if left_out:
            st.caption(f"It has learned from the other {left_out}.")
        elif len(series.digits) < LENGTH:
            st.caption(f"So far {len(series.digits)} of {LENGTH} are drawn.")
    with theirs:
        title, accuracy, count = _published(run)
        st.metric(title, notices.percent(accuracy))
        bounds = wilson_interval(round(accuracy * count), count)
        st.caption(f"95 % interval {100 * bounds[0]:.2f} to {100 * bounds[1]:.2f} %, {count:,} digits")
    st.markdown(said(reading, accuracy))
    reading_view.mistakes(reading)


def said(reading: Reading, accuracy: float) -> str:
    """Whether a person is read worse than the data that the network was judged on, in a sentence; by the binomial test."""
    from scipy.stats import binomtest

    chance = binomtest(reading.correct, len(reading.digits), accuracy, alternative="less").pvalue
    if chance < LEVEL:
        return "**You are read less well**, by more than chance explains: your digits have other shapes."
    return "As far as so few drawings can tell, you are read **as well as the data the network was judged on**."


def _published(run: Run) -> tuple[str, float, int]:
    """What stands beside: its title, the accuracy (of the test split if that was looked at, else validation), of how many."""
    data = source(names.parse(run.config.data).base)
    if run.id == DEFAULT:
        return f"Test digits of {data.title}", TEST_ACCURACY, data.test_count
    if run.test_accuracy is not None:
        return f"Test digits of {data.title}", run.test_accuracy, data.test_count
    return f"Validation digits of {data.title}", run.best_val_accuracy or 0.0, data.validation_count
