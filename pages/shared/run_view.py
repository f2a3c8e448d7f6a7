"""A run, live or ended: progress, curves, mistakes, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import streamlit as st

from mnist_core.config import TrainConfig
from mnist_core.data import names, source, title
from mnist_core.data.sources import DIGITS
from mnist_core.errors import LabError
from mnist_core.models import RECIPES
from mnist_core.models.code import loading_code
from mnist_core.runs import EpochRow, Run, Steps
from mnist_core.training.label_smoothing import least_loss
from pages.shared import browse_filters, charts, form, model_picker, notices, resources, test_split
from pages.shared.attempt import attempt, show_refusal
from pages.shared.digit_strip import Labelled, digit_strip
from pages.shared.plot import Prepared, plot, prepared
from pages.shared.refreshing import refreshing

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
UNDER_WAY = ("queued", "running", "stalled")
LOGARITHMIC = "log loss"
EVERY_S = 1.0
# Until the first point is there, more often, so that a person who has just pressed Start sees it at once; not for long, as
# a run may wait in the queue behind others, which this would slow down.
EVERY_S_AT_FIRST = 0.3
AT_FIRST_S = 5.0


def show(run_id: str) -> None:
    """Draw the run with this id; while it is under way, again every second."""
    try:
        run = resources.store().run(run_id)
    except LabError as error:
        notices.problem(error)
        st.page_link("train/runs.py", label="See the runs there are", icon=":material/arrow_forward:")
        return
    every_s = refresh_seconds(run)
    refreshing(_live, every_s)(run_id, every_s)
    if every_s is None and run.saved_config and run.epoch:
        try:
            _what_next(run)
        except LabError as error:
            # The list of decisions that it was trained with cannot be read; what it learned is shown all the same.
            notices.problem(error)


def refresh_seconds(run: Run) -> float | None:
    """After how long a run's page has something new to show; None once it has ended."""
    if run.state not in UNDER_WAY:
        return None
    age = (datetime.now(UTC) - run.created_at).total_seconds()
    return EVERY_S_AT_FIRST if not run.step and age < AT_FIRST_S else EVERY_S


def _live(run_id: str, every_s: float | None) -> None:
    run = resources.store().run(run_id)
    if refresh_seconds(run) != every_s:
        st.rerun()
    # Before anything is sent: otherwise the browser draws what is there while the rest is worked out here, and together they
    # keep the run that is being watched from its processor.
    drawn = _drawn(run) if run.saved_config else None
    show_refusal()
    _header(run)
    # What comes and goes has a place of its own: a chart that moves to another place is built anew, and its zoom is lost.
    with st.container():
        if run.reason:
            st.warning(notices.verbatim(run.reason))
    if drawn is None:
        return
    with st.container():
        _progress(run)
    _curves(run, drawn)
    _mistakes(run, drawn)
    _events(run)


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


def _progress(run: Run) -> None:
    config = run.config
    if run.state == "queued":
        ahead = resources.store().queue().index(run.id) if run.id in resources.store().queue() else 0
        st.progress(run.fraction, text="Next in the queue." if ahead == 0 else f"{ahead} runs come first.")
        return
    epoch = min(run.epoch, config.epochs)
    words = [f"Epoch {epoch} of {config.epochs}", f"step {run.step:,} of {run.total_steps:,}"]
    if run.is_alive and run.images_per_second:
        words.append(f"{run.images_per_second:,.0f} pictures a second")
    if run.is_alive and run.seconds_left is not None:
        words.append(f"{notices.age(run.seconds_left)} left")
    else:
        words.append(f"{notices.age(run.seconds)} of training")
    st.progress(run.fraction, text=" · ".join(words))
    with st.container():
        if run.is_alive:
            notices.stale(run.beat_age)
    columns = st.columns(3)
    columns[0].metric("Validation accuracy", _percent(run.val_accuracy), help="After the latest epoch.")
    columns[1].metric(
        "Best epoch",
        f"{run.best_epoch}: {_percent(run.best_val_accuracy)}" if run.best_epoch else "none yet",
        help="The weights of this epoch are the run's model.",
    )
    columns[2].metric("Time", notices.age(run.seconds), help="Spent on training, without pauses.")


@dataclass(frozen=True)
class _Drawn:
    """What a run has recorded, and the figures of it."""

    steps: Steps
    epochs: list[EpochRow]
    matrix: np.ndarray | None
    loss: Prepared
    accuracy: Prepared
    confusion: Prepared | None


def _drawn(run: Run) -> _Drawn:
    store = resources.store()
    steps, epochs = store.steps(run.id), store.epochs(run.id)
    matrix = store.confusion(run.id, epochs[-1].epoch) if epochs else None
    logarithmic = st.session_state.get(LOGARITHMIC, False)
    loss = charts.loss_curves(steps, epochs, run.total_steps, logarithmic=logarithmic)
    accuracy = charts.accuracy_curves(epochs, run.config.epochs)
    return _Drawn(
        steps,
        epochs,
        matrix,
        loss=prepared(loss.update_layout(uirevision=run.id)),
        accuracy=prepared(accuracy.update_layout(uirevision=run.id)),
        confusion=None if matrix is None else prepared(charts.confusion(matrix, _classes(run.config))),
    )


def _curves(run: Run, drawn: _Drawn) -> None:
    steps, epochs = drawn.steps, drawn.epochs
    left, right = st.columns(2)
    with left:
        st.toggle(
            "Logarithmic loss",
            key=LOGARITHMIC,
            persist_state="session",
            help="Shows small losses as clearly as large ones.",
        )
        now = f"; the smoothed loss is now {steps.smoothed_loss[-1]:.3f}" if len(steps) else ", no step yet"
        plot(drawn.loss, key="loss", alt=f"Loss by step{now}.")
        if run.config.label_smoothing:
            st.caption(_on_smoothing(run.config))
    with right:
        st.caption("Accuracy after each epoch. Training pictures are counted while the network still learns from them.")
        last = f"; validation is now {_percent(epochs[-1].val_accuracy)}" if epochs else ""
        plot(drawn.accuracy, key="accuracy", alt=f"Accuracy by epoch{last}.")


def _on_smoothing(config: TrainConfig) -> str:
    least = least_loss(config.label_smoothing, len(_classes(config)))
    return (
        f"With label smoothing, even a perfect answer costs {least:.2f} in training. Validation is measured without it, "
        "so its curve lies lower."
    )


def _mistakes(run: Run, drawn: _Drawn) -> None:
    left, right = st.columns(2)
    if drawn.matrix is not None and drawn.confusion:
        with left:
            wrong = int(drawn.matrix.sum() - drawn.matrix.trace())
            epoch = drawn.epochs[-1].epoch
            st.markdown(f"**Read as what**, validation pictures after epoch {epoch}: {wrong:,} mistakes")
            plot(drawn.confusion, key="confusion", alt=f"Confusion matrix with {wrong} mistakes.", height=420)
    if run.preview:
        with right:
            st.markdown("**Twelve validation pictures**, and what the network makes of them now")
            _preview(run, _classes(run.config))


def _preview(run: Run, classes: tuple[str, ...]) -> None:
    try:
        pictures = resources.digits(run.config.data, run.config.validation_share).validation
    except LabError as error:
        notices.problem(error)
        return
    cells = []
    for i, guess in enumerate(run.preview):
        truth, read = classes[pictures.labels[i]], classes[guess.digit]
        wrong = truth != read
        caption = f"{read} · {guess.probability:.0%}" + (f"\nis {truth}" if wrong else "")
        alt = f"{truth} read as {read} with {guess.probability:.0%}"
        cells.append(Labelled(pictures.images[i], caption, alt, wrong))
    digit_strip(cells)


def _events(run: Run) -> None:
    # Filled only once it is opened: what nobody sees need not be sent each second.
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
            f"Published for this recipe: {recipe.claim}. Here: **{_percent(run.best_val_accuracy)}** on validation."
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


def _classes(config: TrainConfig) -> tuple[str, ...]:
    # Of the published data set: a list of decisions or own digits added to it may be gone, and change no class.
    return source(names.parse(config.data).base).classes


def _percent(share: float | None) -> str:
    return "none yet" if share is None else notices.percent(share)
