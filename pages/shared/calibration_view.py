"""Whether a model's confidence can be believed: reliability before and after its temperature, and its prediction sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.evaluation import wilson_interval
from mnist_core.evaluation.calibration import reliability, softmax
from mnist_core.evaluation.trust import Applied, apply, apply_by_halves, kept_by
from mnist_core.models.trust import COVERAGES, Trust
from pages.shared import charts, notices
from pages.shared.plot import plot

if TYPE_CHECKING:
    from mnist_core.runs.model import Judged

# With fewer, half of them say nothing about the other half.
FEWEST = 20


@st.fragment
def show(judged: Judged) -> None:
    """Draw calibration errors, the reliability diagram, and coverage and size of the prediction sets."""
    trust, labels = judged.trust, judged.pictures.labels
    if trust is None or len(labels) < FEWEST:
        st.info(_why_not(judged), icon=":material/thermostat:")
        return
    coverage = _ask_coverage()
    applied = _applied(judged, trust, coverage)
    kept = kept_by(applied, judged.logits, labels, coverage)
    left, right = st.columns(2)
    with left:
        st.markdown("**Confidence beside accuracy**")
        before, after = st.columns(2)
        before.metric(
            "Calibration error before",
            notices.percent(kept.ece_before),
            help="Expected calibration error of the plain softmax: how far confidence and accuracy lie apart, on average "
            "over all answers in 15 bins of confidence. 0 is best.",
        )
        after.metric(
            "after",
            notices.percent(kept.ece),
            help="The same once the scores are divided by the fitted temperature, which changes no answer.",
        )
        plain, at_temperature = reliability(softmax(judged.logits), labels), reliability(applied.probabilities, labels)
        alt = f"Reliability diagram; calibration error {notices.percent(kept.ece_before)} before, "
        plot(
            charts.reliability(plain, at_temperature),
            "reliability",
            alt=f"{alt}{notices.percent(kept.ece)} after the temperature.",
        )
        sure = "surer than it may be" if trust.temperature > 1 else "less sure than it may be"
        st.caption(
            f"Temperature {trust.temperature:.3f}, fitted on {trust.n:,} validation pictures and stored with the model: "
            f"above 1 for a model that is too sure, so this one is {sure}."
        )
    with right:
        _sets(kept.coverage, kept.mean_set_size, applied, coverage)
    st.caption(_how(judged))
    if judged.refused is not None:
        st.markdown(
            f"**Not a digit**: {judged.refused:,} of these {judged.scores.n:,} would not be taken for digits.",
            help="A small network of its own tells digits from scribbles, letters and blots. Its threshold is fitted on "
            "validation, where it refuses one digit in a hundred, and stored with the model; on the page Draw and on the "
            "command line, what is below it is not answered as if it were a digit.",
        )


def _ask_coverage() -> str:
    chosen: str = st.segmented_control(
        "Promised coverage",
        list(COVERAGES),
        format_func=lambda name: f"{name} %",
        default="99",
        required=True,
        key="coverage",
        bind="query-params",
        help="How often the truth shall be among the classes of a prediction set. The higher it is, the larger the sets.",
    )
    return chosen


def _applied(judged: Judged, trust: Trust, coverage: str) -> Applied:
    if judged.split == "val":
        return apply_by_halves(judged.logits, judged.pictures.labels, coverage)
    return apply(trust, judged.logits, coverage)


def _sets(coverage: float, size: float, applied: Applied, promised: str) -> None:
    n = len(applied.sets)
    low, high = (notices.percent(bound) for bound in wilson_interval(round(coverage * n), n))
    st.markdown("**Prediction sets**: as many answers as it takes")
    measured, mean_size = st.columns(2)
    measured.metric(
        "Measured coverage",
        notices.percent(coverage),
        help=f"The share of the {n:,} pictures whose true class is in their set; {promised} % were promised.",
    )
    measured.caption(f"95 % interval {low} to {high}")
    mean_size.metric(
        "Mean set size",
        f"{size:.3f}",
        help="Classes in a set, on average. 1 is best: then the model needs one answer to keep its promise.",
    )
    counts = [f"{sets:,} of {k}" for k, sets in applied.sizes.items()]
    st.markdown(
        f"Sets by their size: {', '.join(counts)} {'class' if len(counts) == 1 and counts[0].endswith(' 1') else 'classes'}.",
        help="Where the model doubts, its set holds several classes; a person can then look at that digit.",
    )


def _how(judged: Judged) -> str:
    if judged.split == "test":
        return "Temperature and thresholds were fitted on validation; here they meet pictures they have never seen."
    return (
        "Temperature and thresholds are fitted on validation pictures, so here they are fitted on one half of them and "
        "judged on the other, in turn: no picture is judged by a figure that was fitted on it."
    )


def _why_not(judged: Judged) -> str:
    if judged.trust is not None:
        return f"{len(judged.pictures)} pictures are too few to judge confidence by; it takes {FEWEST} or more."
    return (
        "No temperature could be fitted for this model: the pictures it was trained with are no longer here as they were. "
        "Its answers can be judged, its confidence cannot."
    )
