"""Which models a page judges and on which pictures: asked for, kept in the address, and a way on where it cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from mnist_core.data import source
from mnist_core.errors import LabError, NotFound
from mnist_core.runs import Run
from mnist_core.runs.comparison import are_judged_alike
from mnist_core.runs.shipped import DEFAULT, run_named
from pages.shared import notices, resources, test_split
from pages.shared.live_run import UNDER_WAY
from pages.shared.model_picker import has_model, runs_with_a_model, title_of

if TYPE_CHECKING:
    from mnist_core.runs.model import Judged

SplitName = Literal["validation", "test"]
NONE = ""
DEFAULT_WAITS = (
    "MNIST is not here yet. The model that comes with the lab has learned from it, also from the digits that come with the "
    "lab, so it can be judged only by MNIST's other digits. Get MNIST, or train a network of your own and judge that."
)
_LAST = "last judged run"


def pick() -> Run:
    """Ask for a model; the page ends here, with a way on, if the address names one that cannot be judged."""
    runs = runs_with_a_model()
    remembered = st.session_state.get(_LAST, NONE)
    named = st.query_params.get("run") or (remembered if remembered in runs else next(iter(runs), NONE))
    if named not in runs:
        _explain(named, runs)
        st.stop()
    st.query_params["run"] = st.session_state[_LAST] = st.session_state["judged run"] = named
    st.selectbox(
        "Model",
        list(runs),
        format_func=lambda run_id: title_of(runs[run_id]),
        key="judged run",
        on_change=_follow,
        args=("run", "judged run"),
        help="The run whose best weights are judged. Every run that has finished an epoch is listed, the newest first, then "
        "the model that comes with the lab.",
    )
    return runs[named]


def pick_second(run: Run) -> Run | None:
    """Ask for a second model that is judged by the same pictures; None if there shall be none."""
    others = {
        each.id: each for each in runs_with_a_model().values() if each.id != run.id and are_judged_alike(run, each)
    }
    named = st.query_params.get("second", NONE)
    st.session_state["second judged run"] = named if named in others else NONE
    st.selectbox(
        "Compare with",
        [NONE, *others],
        format_func=lambda run_id: title_of(others[run_id]) if run_id else ("none" if others else "no other model yet"),
        key="second judged run",
        disabled=not others,
        on_change=_follow,
        args=("second", "second judged run"),
        help="A second model's confusion matrix is subtracted from the first one's. Only models that are judged by the same "
        "pictures are listed.",
    )
    if named and named not in others:
        st.warning(_why_not_second(named, run), icon=":material/compare_arrows:")
        st.button("Compare with none", on_click=_leave_out, icon=":material/close:")
    return others.get(named)


def pick_split() -> SplitName:
    """Ask whether the model is judged on validation or on the sealed test split."""
    split: SplitName = st.segmented_control(
        "Judged on",
        ("validation", "test"),
        default="validation",
        required=True,
        key="split",
        bind="query-params",
        help="Make every choice on validation. The test split is sealed: it is looked at only by a button, once, at the end.",
    )
    return split


def judge(run: Run, split: SplitName, *, key: str = "test") -> Judged | None:
    """Judge a run's model, or show the seal of the test split and give None until this session has looked."""
    try:
        if split == "validation":
            return resources.judged(run)
        found = test_split.seen(run)
        test_split.show(run, key=key, of=title_of(run))
    except LabError as error:
        # On a new machine that is how it is to be, and nothing has gone wrong.
        if run.id == DEFAULT and isinstance(error, NotFound):
            st.info(DEFAULT_WAITS, icon=":material/inbox:")
        else:
            notices.problem(error)
        with st.container(horizontal=True):
            if run.id == DEFAULT:
                st.page_link("train/new_run.py", label="Train a network", icon=":material/model_training:")
            else:
                _watch(run)
            st.page_link("data/sources.py", label="See to the data", icon=":material/download:")
        return None
    return found


def say_if_under_way(run: Run) -> None:
    """Say of a run in training that its model will still change, and lead to where it can be watched."""
    with st.container():
        if run.state in UNDER_WAY:
            st.info(
                "This run is still under way: what is judged is its best epoch so far, "
                f"{run.best_epoch} of {run.config.epochs}.",
                icon=":material/model_training:",
            )
            _watch(run)


def _explain(named: str, runs: dict[str, Run]) -> None:
    """Say why the run that the address names cannot be judged, and offer what can be done."""
    try:
        run = resources.store().run(named)
    except LabError as error:
        notices.problem(error)
    else:
        st.info(f"{notices.verbatim(_why_not(run))}", icon=":material/inbox:")
        if run.deleted_at is None:
            _watch(run)
    for newest in list(runs.values())[:1]:
        label = f"Judge {title_of(newest)}"
        st.page_link("judge/evaluate.py", label=label, icon=":material/fact_check:", query_params=_of(newest))
    st.page_link("train/runs.py", label="See the runs there are", icon=":material/arrow_forward:")


def _why_not(run: Run) -> str:
    if run.deleted_at is not None:
        return f"Run {run.id} is in the bin. Restore it on the page Runs to judge its model."
    if run.saved_config is None:
        return f"The settings of run {run.id} cannot be read, so its model cannot be built."
    if run.state in UNDER_WAY:
        return (
            f"Run {run.id} has not finished its first epoch, so there is no model to judge yet. Come back in a moment."
        )
    return f"Run {run.id} ended before its first epoch did, so it has no model to judge."


def _why_not_second(named: str, run: Run) -> str:
    if named == run.id:
        return "A model compared with itself does not differ. Choose another one."
    try:
        other = run_named(resources.store(), named)
    except LabError as error:
        return notices.verbatim(error.what)
    if other.deleted_at is not None or not has_model(other):
        return notices.verbatim(_why_not(other))
    theirs, ours = (notices.verbatim(source(each.config.data).title) for each in (other, run))
    what = "with another validation share" if theirs == ours else f"on {theirs}"
    return (
        f"{notices.verbatim(title_of(other))} was trained {what}, and this model on {ours}: the two are judged by different "
        "pictures, so their matrices cannot be subtracted. Choose a model of the same data."
    )


def _watch(run: Run) -> None:
    st.page_link("train/new_run.py", label="See the run", icon=":material/open_in_full:", query_params=_of(run))


def _of(run: Run) -> dict[str, str]:
    return {"run": run.id}


def _follow(parameter: str, key: str) -> None:
    """Put what was chosen into the address, from where the page reads it."""
    if st.session_state[key]:
        st.query_params[parameter] = st.session_state[key]
    else:
        st.query_params.pop(parameter, None)


def _leave_out() -> None:
    st.query_params.pop("second", None)
