"""Fine-tuning a network on a person's own digits: the button, its progress, and both numbers before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.data import own
from mnist_core.data.own import OwnDigit
from mnist_core.errors import LabError
from mnist_core.evaluation import wilson_interval
from mnist_core.evaluation.verdict import LEVEL
from mnist_core.runs import Run
from mnist_core.runs.start import fine_tuning
from pages.shared import model_picker, notices, resources
from pages.shared.attempt import attempt
from pages.shared.live_run import EVERY_S, UNDER_WAY
from pages.shared.refreshing import refreshing
from pages.shared.run_view import STATES

if TYPE_CHECKING:
    from mnist_core.runs.tuning import Change, Tuning

QUEUED = "fine-tuning"
STYLE = """
<style>
.lab-tuning { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.lab-tuning :is(th, td) { padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top; }
.lab-tuning th[scope=row] { font-weight: 400; }
.lab-tuning td b { display: block; white-space: nowrap; }
.lab-tuning td { font-size: .875rem; }
.lab-tuning tbody tr { border-top: 1px solid color-mix(in srgb, currentColor 30%, transparent); }
</style>
"""


def offer(run: Run) -> None:
    """Offer to fine-tune a run on the person's own digits; while that goes on, show how far it is."""
    queued = st.session_state.get(QUEUED)
    under_way = bool(queued) and _is_under_way(queued)
    st.button(
        "Fine-tune it on my digits",
        icon=":material/tune:",
        key="tune",
        disabled=under_way,
        on_click=attempt,
        args=(_queue, run),
        help="Queues a run that starts with this one's weights and learns from its own data with your digits among "
        "them, so that nothing is forgotten: one picture in ten is yours, at a third of its learning rate. About half a "
        "minute; then both are compared on what neither has learned from.",
    )
    if queued:
        refreshing(_follow, EVERY_S if under_way else None)(queued, under_way)


def show(run: Run, digits: list[OwnDigit]) -> None:
    """Of a fine-tuned run, say what it reads before and after; nothing of others.

    Raises:
        LabError: a model or the data are gone or damaged.
    """
    from mnist_core.runs.tuning import origin_of

    before = origin_of(resources.store(), run)
    if before is None:
        return
    st.markdown(
        f"**Before and after fine-tuning** {notices.verbatim(model_picker.title_of(before))}",
        help="Both networks are asked about the same digits, none of which either has learned from.",
    )
    found = _tuning(before.id, run.id, run.best_epoch, own.version(), before, run, digits)
    rows = _row(f"Your digits that neither has learned from: {len(found.mine.after):,}", found.mine)
    rows += _row(f"{found.data}: {len(found.others.after):,} validation digits", found.others)
    st.html(
        f'{STYLE}<table class="lab-tuning"><thead><tr><th scope="col">Read right</th><th scope="col">before</th>'
        f'<th scope="col">after</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    st.markdown(" ".join([said_of_mine(found.mine), said_of_others(found.others)]))


@st.cache_resource(max_entries=8, show_spinner="Both networks read the same digits ...")
def _tuning(
    before_id: str, after_id: str, epoch: int, as_of: str, _before: Run, _after: Run, _digits: list[OwnDigit]
) -> Tuning:
    from mnist_core.runs.tuning import tuning

    return tuning(resources.store(), _before, _after, _digits)


def said_of_mine(mine: Change) -> str:
    """What the person's own digits say, in a sentence or two."""
    n = len(mine.after)
    if not n:
        return "There is none of your digits that neither has learned from. Draw some more: they count here at once."
    pair = mine.pair
    if pair.only_a == pair.only_b == 0:
        return f"Of yours, both read the same {pair.both} right."
    turned = f"{pair.only_a} that were misread are read right now, {pair.only_b} the other way round"
    if pair.p < LEVEL:
        return f"Of yours, {turned}: more than chance explains."
    return (
        f"Of yours, {turned}: so few **cannot be told apart from chance** (p = {pair.p:.2g}). Draw more: each new one "
        "counts here."
    )


def said_of_others(others: Change) -> str:
    """Whether something was forgotten, in a sentence."""
    pair = others.pair
    if pair.gain >= 0 or pair.p >= LEVEL:
        return "Of the others, nothing that can be measured was forgotten."
    return f"Of the others, a little was forgotten: {100 * pair.gain:+.2f} points."


def _row(title: str, change: Change) -> str:
    return f'<tr><th scope="row">{title}</th>{_cell(change.before)}{_cell(change.after)}</tr>'


def _cell(right: np.ndarray) -> str:
    n, correct = len(right), int(right.sum())
    if not n:
        return "<td>none yet</td>"
    low, high = wilson_interval(correct, n)
    return f"<td><b>{correct:,} of {n:,}</b>{100 * correct / n:.1f} % ({100 * low:.1f} to {100 * high:.1f})</td>"


def _follow(run_id: str, was_under_way: bool) -> None:
    try:
        run = resources.store().run(run_id)
    except LabError as error:
        notices.problem(error)
        return
    if run.state in UNDER_WAY:
        left = f", about {notices.age(run.seconds_left)} left" if run.seconds_left else ""
        st.progress(run.fraction, text=f"Fine-tuning: {STATES[run.state][0]}, {100 * run.fraction:.0f} %{left}")
        with st.container(horizontal=True):
            st.button(
                "Stop",
                icon=":material/stop:",
                key="stop tuning",
                on_click=attempt,
                args=(resources.store().request_stop, run_id),
                help="Ends the run and keeps the model so far.",
            )
            _watch(run_id)
        return
    if was_under_way:
        # What it has become is what the person waited for.
        model_picker.choose_reader(run_id)
        st.rerun()
    if run.state != "finished":
        st.warning(notices.verbatim(f"Fine-tuning {STATES[run.state][0]}. {run.reason}"), icon=":material/error:")
    _watch(run_id)


def _watch(run_id: str) -> None:
    st.page_link(
        "train/new_run.py",
        label=f"Watch {run_id}",
        icon=":material/play_arrow:",
        query_params={"run": run_id},
        width="content",
    )


def _is_under_way(run_id: str) -> bool:
    try:
        return resources.store().run(run_id).state in UNDER_WAY
    except LabError:
        return False


def _queue(run: Run) -> None:
    name = f"{run.name or run.config.recipe}, my digits"
    st.session_state[QUEUED] = resources.launcher().submit(fine_tuning(run), name=name[:80]).id
