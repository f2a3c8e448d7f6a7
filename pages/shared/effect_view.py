"""What a list of decisions changes: the runs with and without it, seed by seed, and what can be said from them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from mnist_core.data import Source
from mnist_core.errors import LabError
from mnist_core.models import RECIPES
from mnist_core.runs import Run, effect
from mnist_core.runs.effect import Effect, Pair, Side
from mnist_core.runs.estimate import seconds_needed
from mnist_core.training.plan import plan
from pages.shared import notices, resources
from pages.shared.attempt import attempt
from pages.shared.live_run import UNDER_WAY
from pages.shared.refreshing import refreshing
from pages.shared.run_table import PERCENT
from pages.shared.run_view import STATES

EVERY_S = 1.0
MOST_SEEDS = 5


def show(source: Source, name: str) -> None:
    """Ask for a recipe and a number of seeds, offer to train what is missing, and show what there is."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        recipe = st.selectbox(
            "Recipe",
            list(RECIPES),
            format_func=lambda each: RECIPES[each].title,
            key="recipe",
            bind="query-params",
            width=260,
            help="Both sides are trained with these settings. A network that memorises more suffers more from wrong labels.",
        )
        seeds = st.number_input(
            "Seeds",
            min_value=1,
            max_value=MOST_SEEDS,
            value=3,
            key="seeds",
            bind="query-params",
            width=120,
            help="Each seed is one run with the list and one without. More seeds tell a smaller difference from chance and "
            "take longer in proportion.",
        )
    try:
        without, with_list = effect.sides(source.name, name, recipe)
        runs = resources.store().runs()
    except LabError as error:
        notices.problem(error)
        return
    wanted = effect.missing(runs, without, with_list, seeds)
    with st.container():
        _offer(wanted, runs)
    pairs = [pair for pair in effect.pairs(runs, without, with_list) if pair.seed < seeds]
    under_way = any(run.state in UNDER_WAY for run in _runs(pairs))
    if not pairs:
        _say_if_older(runs, source, name)
    else:
        refreshing(_live, EVERY_S if under_way else None)(without, with_list, seeds, _states(pairs))


def _offer(wanted: Sequence[tuple[Side, int]], runs: list[Run]) -> None:
    if not wanted:
        return
    try:
        estimates = [seconds_needed(side.config, plan(side.config), runs) for side, _ in wanted]
    except LabError as error:
        notices.problem(error)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Measure the effect",
            type="primary",
            icon=":material/compare_arrows:",
            key="measure",
            help="Queues the runs that are still missing, with and without the list, with the same seeds.",
            on_click=attempt,
            args=(_submit, wanted),
        )
        count = "1 run" if len(wanted) == 1 else f"{len(wanted)} runs"
        seconds = max(sum(each for each, _ in estimates), 1)
        guess = "" if all(measured for _, measured in estimates) else " (a guess until one such run was timed here)"
        st.caption(f"{count}, about {notices.age(seconds)} in all{guess}.", width="content")


def _submit(wanted: Sequence[tuple[Side, int]]) -> None:
    effect.submit(resources.launcher(), wanted)


def _live(without: Side, with_list: Side, seeds: int, states: dict[str, str]) -> None:
    try:
        runs = resources.store().runs()
    except LabError as error:
        notices.problem(error)
        return
    pairs = [pair for pair in effect.pairs(runs, without, with_list) if pair.seed < seeds]
    if _states(pairs) != states:
        st.rerun()
    done = [pair for pair in pairs if pair.is_done]
    stuck = [run for run in _runs(pairs) if run.state not in (*UNDER_WAY, "finished")]
    with st.container():
        if any(run.state in UNDER_WAY for run in _runs(pairs)):
            fraction = sum(run.fraction for run in _runs(pairs)) / (2 * len(pairs))
            st.progress(min(fraction, 1.0), text=f"{len(done)} of {len(pairs)} pairs of runs are done.")
        if stuck:
            st.warning(
                f"{len(stuck)} of these runs did not finish. The button above trains them anew, or resume them on the page "
                "Runs.",
                icon=":material/error:",
            )
    _table(pairs)
    st.page_link(
        "train/runs.py",
        label="See these runs",
        icon=":material/stacked_line_chart:",
        query_params={"find": effect.TAG},
    )
    _conclude(pairs, with_list)


def _table(pairs: Sequence[Pair]) -> None:
    st.dataframe(
        {
            "Seed": [pair.seed for pair in pairs],
            "Without the list": [_result(pair.without) for pair in pairs],
            "With the list": [_result(pair.with_list) for pair in pairs],
            "Gain in points": [_gain(pair) for pair in pairs],
        },
        hide_index=True,
        key="effect",
        alt="Validation accuracy without and with the list, seed by seed",
    )


def _result(run: Run | None) -> str:
    if run is None:
        return "not trained"
    if run.state == "finished" and run.best_val_accuracy is not None:
        return f"{100 * run.best_val_accuracy:.2f} %"
    if run.state == "running":
        return f"training, {run.fraction:.0%}".replace("%", " %")
    return STATES[run.state][0]


def _gain(pair: Pair) -> str:
    found = effect.effect([pair])
    return _points(found.difference.mean) if found else ""


def _conclude(pairs: Sequence[Pair], with_list: Side) -> None:
    found = effect.effect(pairs)
    if found is None:
        return
    if _trained_with_other_labels(pairs, with_list):
        st.warning("The list was changed while these runs waited, so they say nothing about it as it is now.")
        return
    columns = st.columns(3)
    columns[0].metric("Without the list", _percent(_mean(found.without)), help="Mean validation accuracy, best epochs.")
    columns[1].metric("With the list", _percent(_mean(found.with_list)), help="Mean validation accuracy, best epochs.")
    spread = found.difference.spread
    columns[2].metric(
        "Difference",
        _points(found.difference.mean) + ("" if spread is None else f" ± {100 * spread:.2f}"),
        help="Mean over the seeds, in percentage points, with the standard deviation of the single differences.",
    )
    st.markdown(verdict(found))
    st.caption(
        "Both sides are judged by the same validation digits, whose labels the list does not touch. Chance means here the "
        "luck of initial weights and batch order."
    )


def verdict(found: Effect) -> str:
    """What can be said, in a sentence or two."""
    difference = found.difference
    if difference.interval is None:
        n = len(found.without)
        return (
            f"With {n} {'seed' if n == 1 else 'seeds'} **it cannot be told yet** whether this is more than chance. "
            "Choose at least 3 seeds."
        )
    low, high = (f"{100 * bound:+.2f}" for bound in difference.interval)
    between = f"The 95 % interval of the difference is {low} to {high} percentage points"
    if not difference.can_be_told_apart:
        return f"{between}: it includes 0, so the difference **cannot be told apart from chance**."
    better = "better" if difference.mean > 0 else "worse"
    return f"{between}: networks trained with the list are **{better}, by more than chance explains**."


def _trained_with_other_labels(pairs: Sequence[Pair], with_list: Side) -> bool:
    hashes = {pair.with_list.split_hash for pair in pairs if pair.is_done and pair.with_list}
    return hashes != {resources.digits(with_list.config.data).split_hash}


def _say_if_older(runs: list[Run], source: Source, name: str) -> None:
    data = f"{source.name}/{name}"
    older = [run for run in runs if effect.TAG in run.tags and run.saved_config and run.saved_config.data == data]
    if older:
        st.caption(f"{len(older)} earlier runs used this list, but with other decisions or another recipe.")
        st.page_link(
            "train/runs.py", label="See them", icon=":material/stacked_line_chart:", query_params={"find": data}
        )


def _runs(pairs: Sequence[Pair]) -> list[Run]:
    return [run for pair in pairs for run in (pair.without, pair.with_list) if run is not None]


def _states(pairs: Sequence[Pair]) -> dict[str, str]:
    return {run.id: run.state for run in _runs(pairs)}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _percent(share: float) -> str:
    return PERCENT % (100 * share)


def _points(share: float) -> str:
    return f"{100 * share:+.2f}"
