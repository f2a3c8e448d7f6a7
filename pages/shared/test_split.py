"""The sealed test split of a run: the button that looks at it, how often that was done, and what many looks do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.errors import LabError, NotFound
from mnist_core.evaluation import wilson_interval
from mnist_core.runs import Run
from mnist_core.runs.shipped import looks_of, weights_hash
from pages.shared import notices, resources

if TYPE_CHECKING:
    from mnist_core.runs.model import Judged

WHAT_LOOKS_DO = (
    "Each look that leads to another choice makes the figure a little too good, because the choice then fits these "
    "pictures too. Choose on validation; look here once, at the end. Looks are counted."
)
_SEEN = "looks at the test split"  # what this session has seen: (run, weights) -> Judged, the latest last
MOST_SEEN = 4


def seen(run: Run) -> Judged | None:
    """The result of this session's latest look with the run's best model; None if it has not looked.

    Raises:
        NotFound: the model is gone.
    """
    return st.session_state.get(_SEEN, {}).get((run.id, weights_hash(resources.store(), run.id)))


def show(run: Run, *, key: str = "test", of: str = "") -> None:
    """Draw the box with the latest figure, the number of looks beside it, and the button for another look.

    Args:
        run: one that has a model.
        key: of the button, unique on the page.
        of: the model's name, where the page shows more than one.
    """
    with st.container(border=True):
        about = f" of {notices.verbatim(of)}" if of else ""
        st.markdown(f"**The test split**{about} is sealed: pictures that neither training nor any choice has seen.")
        looks = looks_of(resources.store(), run.id)
        if looks:
            low, high = (notices.percent(bound) for bound in wilson_interval(looks[-1].correct, looks[-1].n))
            st.metric(
                "Test accuracy",
                notices.percent(looks[-1].accuracy),
                help=f"The share of the test pictures read right: {looks[-1].correct:,} of {looks[-1].n:,}; 95 % interval "
                f"{low} to {high}.",
            )
            st.caption(
                f"95 % interval {low} to {high} · looked at {len(looks)} {'time' if len(looks) == 1 else 'times'}"
            )
        _show_fresh(run)
        st.caption(WHAT_LOOKS_DO)
        if st.button(
            "Look at the test set",
            key=key,
            icon=":material/visibility:",
            help="Judges the best model on the test pictures and counts one look. What was seen stays for this session.",
        ):
            with st.spinner("Judging the model on the test split ..."):
                try:
                    _look(run)
                except LabError as error:
                    notices.problem(error)
                    return
            st.rerun()


def _show_fresh(run: Run) -> None:
    try:
        latest = seen(run)
    except NotFound:
        return
    if latest is None or latest.fresh is None:
        return
    low, high = (notices.percent(bound) for bound in latest.fresh.interval)
    st.metric(
        f"On {latest.fresh.n:,} fresh digits",
        notices.percent(latest.fresh.accuracy),
        help="Further test digits of QMNIST, which nobody has tuned a network on: how far the test accuracy can be believed.",
    )
    st.caption(f"95 % interval {low} to {high}")


def _look(run: Run) -> None:
    from mnist_core.runs.model import look_at_test

    store, config = resources.store(), run.config
    weights = weights_hash(store, run.id)
    judged = look_at_test(store, run.id, resources.digits(config.data, config.validation_share))
    earlier = {of: each for of, each in st.session_state.get(_SEEN, {}).items() if of != (run.id, weights)}
    st.session_state[_SEEN] = dict([*earlier.items(), ((run.id, weights), judged)][-MOST_SEEN:])
