"""A run, live or ended: progress, curves, mistakes, and what to do next."""

from __future__ import annotations

import streamlit as st

from mnist_core.config import TrainConfig
from mnist_core.data import source, title
from mnist_core.data.sources import DIGITS
from mnist_core.errors import LabError
from mnist_core.models import RECIPES
from mnist_core.models.code import loading_code
from mnist_core.runs import Run
from mnist_core.training.label_smoothing import least_loss
from pages.shared import browse_filters, digit_strip, form, live_run, model_picker, notices, resources, test_split
from pages.shared.attempt import attempt, show_refusal
from pages.shared.live_run import UNDER_WAY
from pages.shared.news import News, follow, part
from pages.shared.plot import Prepared, plot

STATES = {
    "queued": ("waiting in the queue", "gray", ":material/hourglass_empty:"),
    "running": ("training", "blue", ":material/play_arrow:"),
    "stalled": ("not responding", "orange", ":material/pause:"),
    "crashed": ("crashed, can be resumed", "red", ":material/error:"),
    "finished": ("finished", "green", ":material/check:"),
    "failed": ("failed", "red", ":material/error:"),
    "stopped": ("stopped", "gray", ":material/stop:"),
    "diverged": ("diverged", "red", ":material/trending_up:"),
    "damaged": ("damaged", "red", ":material/broken_image:"),
}
LOGARITHMIC = "log loss"


def show(run_id: str) -> None:
    """Draw the run with this id; while it is under way, the browser asks every second for what is new."""
    try:
        run = resources.store().run(run_id)
    except LabError as error:
        notices.problem(error)
        st.page_link("train/runs.py", label="See the runs there are", icon=":material/arrow_forward:")
        return
    every_s = live_run.refresh_seconds(run)
    _live(run_id, every_s is not None)
    if every_s is None and run.saved_config and run.epoch:
        try:
            _what_next(run)
        except LabError as error:
            # The list of decisions that it was trained with cannot be read; what it learned is shown all the same.
            notices.problem(error)


@st.fragment
def _live(run_id: str, under_way: bool) -> None:
    try:
        run = resources.store().run(run_id)
    except LabError:
        # Deleted meanwhile, as the whole page will say.
        st.rerun()
    every_s = live_run.refresh_seconds(run)
    if under_way != (every_s is not None):
        st.rerun()
    show_refusal()
    _header(run)
    # What comes and goes has a place of its own: a chart that moves to another place is built anew, and its zoom is lost.
    with st.container():
        if run.reason:
            st.warning(notices.verbatim(run.reason))
    if not run.saved_config:
        return
    logarithmic = st.session_state.get(LOGARITHMIC, False)
    told = live_run.news(run, logarithmic=logarithmic)
    part("numbers", told.parts["numbers"], live_run.STYLE)
    _curves(run, told)
    _mistakes(told)
    _events(run)
    if every_s:
        follow(live_run.address(run, logarithmic=logarithmic), every_s=every_s, shape=told.shape)


def _header(run: Run) -> None:
    state, colour, icon = STATES[run.state]
    config = run.saved_config
    recipe = RECIPES.get(config.recipe) if config else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(notices.verbatim(run.name or (recipe.title if recipe else "Run")), anchor=False, width="content")
        st.badge(state, color=colour, icon=icon)
        _stop_or_resume(run)
    words = [run.id, f"started {run.created_at:%Y-%m-%d %H:%M} UTC"]
    if config:
        words.insert(1, title(config.data))
    if run.device:
        threads = "1 thread" if run.threads == 1 else f"{run.threads} threads"
        words.append(f"computed on {form.OPTION_TITLES[run.device]}, {threads}{_in_precision(run)}")
    st.caption(" · ".join(words) + ". The address of this page leads back here.")


def _in_precision(run: Run) -> str:
    precision = run.machine.rpartition(", ")[2]
    return f", in {form.OPTION_TITLES[precision]}" if precision in ("float32", "bfloat16") else ""


def _stop_or_resume(run: Run) -> None:
    store = resources.store()
    if run.state in UNDER_WAY:
        st.button(
            "Leave the queue" if run.state == "queued" else "Stop",
            icon=":material/stop:",
            key="stop",
            help="Ends the run and keeps the model so far.",
            on_click=attempt,
            args=(store.request_stop, run.id),
        )
    elif run.can_resume:
        st.button(
            "Resume",
            icon=":material/play_arrow:",
            key="resume",
            help="Goes on from the last checkpoint.",
            on_click=attempt,
            args=(store.resume, run.id),
        )


def _curves(run: Run, told: News) -> None:
    left, right = st.columns(2)
    with left:
        st.toggle(
            "Logarithmic loss",
            key=LOGARITHMIC,
            persist_state="session",
            help="Shows small losses as clearly as large ones.",
        )
        _chart(told, "loss")
        if run.config.label_smoothing:
            st.caption(_on_smoothing(run.config))
    with right:
        st.caption("Accuracy after each epoch. Training pictures are counted while the network still learns from them.")
        _chart(told, "accuracy")


def _chart(told: News, key: str, height: int = 320) -> None:
    chart = told.charts[key]
    plot(Prepared(chart["figure"]), key=key, alt=chart["alt"], height=height)


def _on_smoothing(config: TrainConfig) -> str:
    least = least_loss(config.label_smoothing, len(live_run.classes(config)))
    return (
        f"With label smoothing, even a perfect answer costs {least:.2f} in training. Validation is measured without it, "
        "so its curve lies lower."
    )


def _mistakes(told: News) -> None:
    left, right = st.columns(2)
    if "confusion" in told.charts:
        with left:
            part("mistakes", told.parts["mistakes"])
            _chart(told, "confusion", height=420)
    if "preview" in told.parts:
        with right:
            st.markdown("**Twelve validation pictures**, and what the network makes of them now")
            part("preview", told.parts["preview"], digit_strip.STYLE)


def _events(run: Run) -> None:
    # Filled only once it is opened: what nobody sees need not be sent.
    with st.expander("What happened", key="events", on_change="rerun") as expander:
        if expander.open:
            st.table(
                [
                    {"time (UTC)": f"{event.at:%Y-%m-%d %H:%M:%S}", "event": notices.verbatim(event.text)}
                    for event in resources.store().events(run.id)
                ]
            )


def _what_next(run: Run) -> None:
    st.subheader("What next", anchor=False)
    recipe = RECIPES.get(run.config.recipe)
    if recipe and recipe.claim:
        st.markdown(
            f"Published for this recipe: {recipe.claim}. Here: **{live_run.percent(run.best_val_accuracy)}** on validation."
        )
    st.markdown("Change a setting in the sidebar and start again to compare, or look at all runs side by side.")
    with st.container(horizontal=True):
        mistakes = browse_filters.link_to_mistakes(source(run.config.data), model_picker.title_of(run))
        st.page_link(
            "data/browse.py", label="Look at its mistakes", icon=":material/image_search:", query_params=mistakes
        )
        if source(run.config.data).classes == DIGITS:
            reader = {"model": model_picker.title_of(run)}
            st.page_link("use/draw.py", label="Draw a digit", icon=":material/draw:", query_params=reader)
        st.page_link("judge/evaluate.py", label="Judge it", icon=":material/fact_check:", query_params={"run": run.id})
        st.page_link("train/runs.py", label="Compare runs", icon=":material/stacked_line_chart:")
    test_split.show(run)
    _download(run)


def _download(run: Run) -> None:
    config, chosen = run.config, source(run.config.data)
    standard = config.input == "standard"
    with st.expander("Take the model with you"):
        st.markdown("A plain PyTorch `state_dict`, loaded without this project by:")
        mean, std = (chosen.mean, chosen.std) if standard else (0.0, 1.0)
        st.code(loading_code(config.network, f"{run.id}.pth", mean, std, len(chosen.classes)), language="python")
        with st.container(horizontal=True):
            for format in ("pth", "safetensors"):
                st.download_button(
                    f"Download .{format}",
                    data=lambda format=format: _model_bytes(run.id, format),
                    file_name=f"{run.id}.{format}",
                    mime="application/octet-stream",
                    key=f"download {format}",
                    on_click="ignore",
                )


def _model_bytes(run_id: str, format: str) -> bytes:
    from mnist_core.export import model_bytes
    from mnist_core.runs.model import find_predictor

    predictor = find_predictor(resources.store(), run_id)
    return model_bytes(predictor.network, predictor.card, format)
