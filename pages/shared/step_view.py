"""One step between file and network on the page: the picture with its values on hover, shape, type, range, and why."""

from __future__ import annotations

import numpy as np
import streamlit as st
from annotated_types import Le

from mnist_core.config import Augmentation, field_of
from mnist_core.images.steps import Step
from pages.shared import charts
from pages.shared.plot import plot

# Strong enough that the change is seen at a glance.
SHOWN = {"shift": 2.0, "rotation": 15.0, "scale": 0.1, "elastic": 1.5, "stroke": 1.0}


def keep_within(count: int) -> None:
    """Take the number of a digit back to the last one, when a smaller split was chosen after it."""
    if st.session_state.get("digit_number", 0) >= count:
        st.session_state["digit_number"] = count - 1


def augmented(image: np.ndarray) -> np.ndarray | None:
    """Ask whether and how strongly to change the digit, and give it changed: (28, 28) float32 in [0, 1], or None."""
    if not st.toggle("Augment it, too", key="augment", help="Adds the step that makes each epoch see another version."):
        return None
    strengths = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, strength in SHOWN.items():
            field = field_of(f"augmentation.{name}")
            strengths[name] = st.number_input(
                field.title,
                min_value=0.0,
                max_value=next(float(limit.le) for limit in field.metadata if isinstance(limit, Le)),
                value=strength,
                step=0.1 if name == "scale" else 1.0,
                key=f"strength_{name}",
                width=170,
                help=field.description,
            )
        if st.button("Roll again", icon=":material/casino:", help="Draws other random changes of the same strengths."):
            st.session_state["roll"] = st.session_state.get("roll", 0) + 1
    return _changed(image, Augmentation(**strengths), st.session_state.get("roll", 0))


def show(step: Step) -> None:
    """Show the step beside its facts."""
    picture, facts = st.columns([1, 2], vertical_alignment="center")
    low, high = float(step.values.min()), float(step.values.max())
    with picture:
        alt = f"The 28 x 28 values of the digit, {step.name.lower()}, from {low:g} to {high:g}; each is told on hover"
        plot(charts.pixels(step.picture, low, high), f"step {step.name}", alt=alt, height=200)
    with facts:
        st.markdown(f"**{step.name}**")
        st.markdown(
            f"shape `{list(step.values.shape)}` · type `{step.values.dtype}` · from `{low:.4g}` to `{high:.4g}` · mean "
            f"`{step.values.mean():.4g}` · standard deviation `{step.values.std():.4g}`"
        )
        st.markdown(step.why)


@st.cache_data(max_entries=50, show_spinner="Bending the digit ...")
def _changed(image: np.ndarray, strength: Augmentation, seed: int) -> np.ndarray:
    import torch

    from mnist_core.images.augmentation import augment

    pixels = torch.from_numpy(image).float()[None, None] / 255
    changed: np.ndarray = augment(pixels, strength, torch.Generator().manual_seed(seed))[0, 0].numpy()
    return changed
