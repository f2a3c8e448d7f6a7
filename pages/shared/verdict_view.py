"""Which of two runs is better, as far as that can be told, and how to find out more."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from mnist_core.errors import LabError
from mnist_core.evaluation.paired import FEWEST_PLANNED
from mnist_core.runs import Run
from mnist_core.runs.estimate import seconds_needed
from mnist_core.runs.groups import Group, groups_among, missing, submit
from mnist_core.runs.versus import Outcome, Versus, outcome, read, versus
from mnist_core.training.plan import plan
from pages.shared import agreement_view, notices, resources
from pages.shared.attempt import attempt
from pages.shared.run_table import PERCENT, name_of


def show(chosen: Sequence[Run], runs: Sequence[Run]) -> None:
    """Compare two chosen runs, or runs of two settings; of more, nothing is said.

    Args:
        chosen: at least two runs, in the order of choosing.
        runs: of the store, the newest first.
    """
    if any(run.saved_config is None for run in chosen):
        return
    pair = list(chosen) if len(chosen) == 2 else [run for run, _ in groups_among(chosen, runs)]
    if len(pair) != 2:
        st.caption("Choose two runs, or runs of two settings, to find out which is better.")
        return
    with st.container(border=True):
        try:
            between = versus(*pair, runs)
            with st.container():
                found = _outcome(between)
        except LabError as error:
            st.info(notices.verbatim(str(error)), icon=":material/balance:")
            return
        if found:
            _say(between, found)
            _offer_seeds(between, found, runs)
            agreement_view.show(between, found)


def _outcome(between: Versus) -> Outcome | None:
    """What the models' answers show, if they were asked; else a button that does."""
    readings = resources.readings()
    asked = all(readings.of(run, between.data) is not None for run in (between.a, between.b))
    if not asked and not _is_wanted(between):
        return None
    digits = resources.digits(between.data, between.validation_share)
    unread = [run for run in between.runs if readings.of(run, between.data) is None]
    if unread:
        bar = st.progress(0.0, text="The models read the validation digits ...")
        for i, run in enumerate(unread):
            readings.keep(run, between.data, read(resources.store(), run, digits))
            bar.progress(
                (i + 1) / len(unread), text=f"{i + 1} of {len(unread)} models have read the validation digits."
            )
        bar.empty()
    answers = {run.id: readings.of(run, between.data) for run in between.runs}
    return outcome(between, digits.validation, {name: each for name, each in answers.items() if each is not None})


def _is_wanted(between: Versus) -> bool:
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        wanted = st.button(
            "Compare digit by digit",
            type="primary",
            icon=":material/balance:",
            key="compare",
            help="Lets both models, and their other seeds, read the validation digits. Then you see which is better, if that "
            "can be told, and on which digits they differ.",
        )
        count = len(between.runs)
        st.caption(f"{count} models read the validation digits, some tenths of a second to a few seconds each.")
    if wanted:
        place.empty()
    return wanted


def _say(between: Versus, found: Outcome) -> None:
    names = [notices.verbatim(name_of(run)) for run in (between.a, between.b)]
    st.markdown(f"**A** {names[0]} · **B** {names[1]}")
    told = found.verdict.says != "cannot_tell"
    box, icon = (st.success, ":material/check:") if told else (st.info, ":material/balance:")
    box(found.sentence, icon=icon)
    columns = st.columns(4)
    columns[0].metric("A", _accuracy(between.seeds_a, found.accuracy_a), help=_about(between.seeds_a))
    columns[1].metric("B", _accuracy(between.seeds_b, found.accuracy_b), help=_about(between.seeds_b))
    difference = found.verdict.difference
    gain = found.pair.gain if difference is None else difference.mean
    spread = "" if difference is None or difference.spread is None else f" ± {100 * difference.spread:.2f}"
    columns[2].metric(
        "A less B, points",
        f"{100 * gain:+.2f}{spread}",
        help="In percentage points. With several seeds in common: the mean over them, and the standard deviation of the "
        "single differences.",
    )
    columns[3].metric(
        "p",
        f"{found.verdict.p:.2g}",
        help="How often two equally good models would differ at least this much, by the exact McNemar test on the digits "
        "that one reads right (more often) and the other does not. Below 0.05 A or B is called better; with several seeds, "
        "which are looked at again and again, below 0.02, and only if their spread allows it too.",
    )


def _accuracy(side: Group, accuracy: float) -> str:
    if side.spread is None:
        return PERCENT % (100 * accuracy)
    return f"{PERCENT % (100 * side.mean)} ± {100 * side.spread:.2f}"


def _about(side: Group) -> str:
    if side.spread is None:
        return "Share of the validation digits read right by the model of the best epoch. One run."
    return f"Mean and standard deviation of the validation accuracies of {len(side.runs)} seeds, best epochs."


def _offer_seeds(between: Versus, found: Outcome, runs: Sequence[Run]) -> None:
    if between.only_seeds_differ or found.verdict.more_seeds is None:
        return
    # Told from one run each: some seeds then show whether it holds for the settings.
    more = found.verdict.more_seeds or (FEWEST_PLANNED - 1 if len(between.runs) == 2 else 0)
    sides = ((between.a, between.seeds_a), (between.b, between.seeds_b))
    to_train, coming = missing(sides, runs, more)
    with st.container():
        if coming:
            st.caption(
                f":material/hourglass_empty: {len(coming)} runs with further seeds are under way; this is drawn anew then."
            )
    if not to_train:
        return
    estimates = [seconds_needed(run.config, plan(run.config), list(runs)) for run, _ in to_train]
    seconds = max(sum(each for each, _ in estimates), 1)
    guess = "" if all(measured for _, measured in estimates) else " (a guess until one such run was timed here)"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Queue {more} more {'seed' if more == 1 else 'seeds'}",
            icon=":material/playlist_add:",
            key="queue seeds",
            help="Trains both settings with further seeds, the same ones for both, tagged like these runs. More seeds tell a "
            "smaller difference from luck.",
            on_click=attempt,
            args=(_submit, to_train),
        )
        count = "1 run" if len(to_train) == 1 else f"{len(to_train)} runs"
        st.caption(f"{count}, about {notices.age(seconds)} in all{guess}.", width="content")


def _submit(to_train: Sequence[tuple[Run, int]]) -> None:
    submit(resources.launcher(), to_train)
