"""Which models a page asks: the runs that have one and the one that comes with the lab, and what they answered."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from mnist_core.data import Source, source
from mnist_core.data.catalogue import Answers
from mnist_core.data.sources import DIGITS
from mnist_core.errors import LabError
from mnist_core.evaluation.digit_map import PIXELS
from mnist_core.runs import Run
from mnist_core.runs.shipped import DEFAULT, run_named, shipped
from pages.shared import notices, resources

# Each is a pass over all digits.
MOST = 4
# As many as fit side by side.
MOST_READERS = 3
_CHOSEN = "reader to be shown"


def pick(chosen: Source, on_change: Callable[[], None] | None = None) -> dict[str, Answers]:
    """Ask for models that know the classes of `chosen`, and give what each says about its digits, by the run's name.

    Args:
        chosen: the data set.
        on_change: called before the page runs again with another choice.
    """
    runs = runs_with_a_model(chosen.classes)
    asked = _ask(
        runs,
        MOST,
        on_change,
        placeholder="none" if runs else "none knows these classes",
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
    runs = runs_with_a_model(chosen.classes)
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
        return {title_of(run_named(resources.store(), run_id)): resources.answers(run_id, chosen.name)}
    except LabError as error:
        notices.problem(error)
        return {}


def has_model(run: Run) -> bool:
    """Whether a run has made a model so far."""
    return run.best_epoch is not None and run.saved_config is not None


def readers() -> dict[str, Run]:
    """Ask which models read a digit and give their runs by id: the newest if none is chosen, the shipped one at first."""
    runs = runs_with_a_model(DIGITS)
    newest = next(iter(runs))
    asked = _ask(
        runs,
        MOST_READERS,
        placeholder=title_of(runs[newest]) if newest == DEFAULT else f"the newest: {title_of(runs[newest])}",
        help="Each reads your digit with the weights of its best epoch. Up to three, side by side; the newest that was "
        "trained here if none is chosen, or at first the one that comes with the lab.",
    )
    # A choice made on another page comes along, and may be longer.
    return {run_id: runs[run_id] for run_id in asked[:MOST_READERS] or [newest]}


def reader() -> Run:
    """Ask which one model reads a person's own digits: the newest that was trained here, or the one with the lab."""
    runs = runs_with_a_model(DIGITS)
    chosen = st.session_state.pop(_CHOSEN, None)
    if chosen in runs:
        st.session_state["reader"] = chosen
    return runs[
        st.selectbox(
            "Run",
            list(runs),
            format_func=lambda run_id: title_of(runs[run_id]),
            key="reader",
            bind="query-params",
            help="Its best epoch reads your digits here, and it is the one that fine-tuning starts from.",
        )
    ]


def choose_reader(run_id: str) -> None:
    """Let `reader` show that run the next time the page is drawn."""
    st.session_state[_CHOSEN] = run_id


def _ask(
    runs: dict[str, Run], most: int, on_change: Callable[[], None] | None = None, *, placeholder: str, help: str
) -> list[str]:
    """The box of models, one and the same choice on every page that has it."""
    asked: list[str] = st.multiselect(
        "Models",
        list(runs),
        format_func=lambda run_id: title_of(runs[run_id]),
        key="model",
        bind="query-params",
        max_selections=most,
        on_change=on_change,
        placeholder=placeholder,
        disabled=not runs,
        help=help,
    )
    return asked


def runs_with_a_model(classes: tuple[str, ...] | None = None) -> dict[str, Run]:
    """The runs that have weights to use, by id, the newest first; the model that comes with the lab is the last.

    Args:
        classes: only those whose model answers with these; None for all.
    """
    runs = [*resources.store().runs(), shipped()]
    return {run.id: run for run in runs if has_model(run) and _knows(run, classes)}


def title_of(run: Run) -> str:
    """A run in a list of models: its name, or else its recipe, and its id."""
    return f"{run.name or run.config.recipe} ({run.id})"


def _knows(run: Run, classes: tuple[str, ...] | None) -> bool:
    config = run.saved_config
    if config is None:
        return False
    try:
        return classes is None or source(config.data).classes == classes
    except LabError:
        # The list of decisions that it was trained with is not readable any more.
        return False
