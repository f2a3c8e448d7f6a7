"""Which models a page asks: the finished runs that can read a data set, and what they answered."""

from __future__ import annotations

import streamlit as st

from mnist_core.data import Source, source
from mnist_core.data.catalogue import Answers
from mnist_core.errors import LabError
from mnist_core.evaluation.digit_map import PIXELS
from mnist_core.runs import Run
from pages.shared import notices, resources

# Each is a pass over all digits.
MOST = 4


def pick(chosen: Source) -> dict[str, Answers]:
    """Ask for models that know the classes of `chosen`, and give what each says about its digits, by the run's name."""
    runs = {run.id: run for run in resources.store().runs() if _knows(run, chosen)}
    asked = st.multiselect(
        "Models",
        list(runs),
        format_func=lambda run_id: title_of(runs[run_id]),
        key="model",
        bind="query-params",
        max_selections=MOST,
        placeholder="none" if runs else "none trained yet",
        disabled=not runs,
        help="Asked about every training and validation digit; then the digits can be sorted by the first model's "
        "confidence or loss, and its mistakes are framed. Up to four; each takes some seconds the first time.",
    )
    answers = {}
    for run_id in asked:
        try:
            answers[title_of(runs[run_id])] = resources.answers(run_id, chosen.name)
        except LabError as error:
            notices.problem(error)
    return answers


def pick_one(chosen: Source) -> str | None:
    """Ask whether the pixels or what a model that knows the classes of `chosen` makes of them; None is the pixels."""
    runs = {run.id: run for run in resources.store().runs() if _knows(run, chosen)}
    asked = st.selectbox(
        "Of",
        [PIXELS, *runs],
        format_func=lambda run_id: (
            "the pixels" if run_id == PIXELS else f"last hidden layer of {title_of(runs[run_id])}"
        ),
        key="features",
        bind="query-params",
        help="Pixels: digits are alike if their ink lies in the same places. A model's last hidden layer: they are alike if "
        "they are to the model, just before it answers. Trained models that know these classes are listed.",
    )
    return None if asked == PIXELS else asked


def answers_of(run_id: str | None, chosen: Source) -> dict[str, Answers]:
    """What one model says about the digits of `chosen`, by the run's name; nothing for None."""
    if run_id is None:
        return {}
    try:
        return {title_of(resources.store().run(run_id)): resources.answers(run_id, chosen.name)}
    except LabError as error:
        notices.problem(error)
        return {}


def has_model(run: Run) -> bool:
    """Whether a run has made a model so far."""
    return run.best_epoch is not None and run.saved_config is not None


def _knows(run: Run, chosen: Source) -> bool:
    return has_model(run) and source(run.config.data).classes == chosen.classes


def title_of(run: Run) -> str:
    """How a run is called where its model is asked: its name or recipe, and its id."""
    return f"{run.name or run.config.recipe} ({run.id})"
