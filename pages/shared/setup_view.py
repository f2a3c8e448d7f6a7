"""What the sidebar's settings amount to before they are started: layers, augmented digits, size and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.config import Augmentation, TrainConfig
from mnist_core.models import layer_table, recipe
from mnist_core.runs.estimate import seconds_needed
from pages.shared import charts, notices, resources
from pages.shared.digit_strip import Labelled, digit_strip
from pages.shared.plot import plot

if TYPE_CHECKING:
    from mnist_core.training.plan import Plan

PREVIEWED = 6


def summary(config: TrainConfig, plan: Plan) -> str:
    """The run to come in one line: "109,386 parameters, 55,000 digits, 5 epochs, about 6 s"."""
    seconds, measured = seconds_needed(config, plan, resources.store().runs())
    epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs:,} epochs"
    return (
        f"{plan.parameters:,} parameters, {plan.train_count:,} pictures to learn from, {epochs}, "
        f"about {notices.age(max(seconds, 1))}{'' if measured else ' (a guess until one such run was timed here)'}"
    )


def show(config: TrainConfig, plan: Plan) -> None:
    """Draw the preview."""
    chosen = recipe(config.recipe)
    st.subheader(chosen.title)
    st.write(chosen.summary)
    if chosen.claim:
        st.caption(f"Published: {chosen.claim}.")
    _layers(config)
    _sizes(plan)
    _schedule(config, plan)
    if config.augmentation.is_on():
        _augmented(config)


def _layers(config: TrainConfig) -> None:
    rows = [
        {
            "layer": layer.kind,
            "": layer.detail,
            "gives": " x ".join(map(str, layer.output)),
            "parameters": f"{layer.parameters:,}" if layer.parameters else "",
        }
        for layer in layer_table(config.network)
    ]
    st.markdown("**The network**, from a picture of 1 x 28 x 28 pixels to ten scores")
    st.table(rows)


def _sizes(plan: Plan) -> None:
    columns = st.columns(4)
    columns[0].metric("Learns from", f"{plan.train_count:,}", help="Pictures in the training split.")
    columns[1].metric("Is judged on", f"{plan.validation_count:,}", help="Pictures in the validation split.")
    columns[2].metric("Steps an epoch", f"{plan.steps_per_epoch:,}", help="Batches, each one step of the optimiser.")
    columns[3].metric("Memory", f"{plan.memory_bytes / 2**20:,.0f} MB", help="Estimate of what the run will need.")


def _schedule(config: TrainConfig, plan: Plan) -> None:
    st.markdown(f"**The learning rate** over the {plan.total_steps:,} steps of the run")
    plot(
        charts.learning_rates(config, plan.steps_per_epoch),
        key="schedule",
        alt=f"Learning rate by step: {config.schedule}, {config.learning_rate:g} at its highest.",
        height=220,
    )


def _augmented(config: TrainConfig) -> None:
    st.markdown("**Augmentation**: each digit as it is, and three of the endless ways it will be shown in training")
    digits = resources.digits(config.data).train
    with st.spinner("Bending digits ..."):
        changed = _changed(config.data, config.augmentation)
    for row in (0, 1):
        first = row * PREVIEWED // 2
        cells = []
        for i in range(first, first + PREVIEWED // 2):
            name = str(digits.labels[i])
            cells.append(Labelled(digits.images[i], "as it is", f"a {name} as it is"))
            cells += [Labelled(image, "changed", f"the same {name}, changed at random") for image in changed[i]]
        digit_strip(cells)


@st.cache_data(max_entries=50, show_spinner=False)
def _changed(data: str, strength: Augmentation) -> np.ndarray:
    """Three augmented versions of the first digits of a data set: (PREVIEWED, 3, 28, 28) bytes."""
    import torch

    from mnist_core.images.augmentation import augment

    pictures = torch.from_numpy(resources.digits(data).train.images[:PREVIEWED]).float().repeat_interleave(3, 0)
    changed = augment(pictures.unsqueeze(1) / 255, strength, torch.Generator().manual_seed(0))
    images: np.ndarray = (changed.clamp(0, 1) * 255).round().byte().numpy().reshape(PREVIEWED, 3, 28, 28)
    return images
