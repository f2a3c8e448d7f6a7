"""The sidebar: every setting of a run, grouped, from a recipe's values to a validated TrainConfig."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st
from annotated_types import Le, Lt

from mnist_core.config import TrainConfig, field_of
from mnist_core.data import best_available, title, trainable_names
from mnist_core.data.names import WITH_OWN
from mnist_core.models import RECIPES, parameter_count
from pages.shared import model_picker

NETWORK_TITLES = {"mlp": "MLP: layers of neurons", "cnn": "CNN: filters, then neurons"}
OPTION_TITLES = {
    "relu": "ReLU",
    "gelu": "GELU",
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "unit": "pixels in [0, 1]",
    "standard": "mean 0, spread 1",
    "one-cycle": "one cycle",
    "auto": "chosen for you (auto)",
    "cpu": "the processor (CPU)",
    "cuda": "the graphics card (CUDA)",
    "mps": "Apple's graphics (MPS)",
    "float32": "32 bits (float32)",
    "bfloat16": "16 bits (bfloat16)",
}
# Typed rather than slid: they span many powers of ten, or are lists, or may be empty.
TYPED = ("learning_rate", "weight_decay", "network.hidden", "network.channels", "train_size", "validation_share")
PLACEHOLDERS = {"train_size": "all", "validation_share": "the data set's usual share"}


def settings() -> dict[str, Any]:
    """Draw the sidebar and return what it says, by the settings' dotted names; nothing is checked yet."""
    with st.sidebar:
        name = st.radio(
            "Recipe",
            list(RECIPES),
            captions=[
                f"{each.title}, {parameter_count(each.config.network):,} parameters" for each in RECIPES.values()
            ],
            key="recipe",
            bind="query-params",
            help="A published set of settings to start from. Choosing one fills in everything below; change what you like.",
        )
        recipe = RECIPES[name].config
        chosen: dict[str, Any] = {"recipe": name, "data": _data()}
        _network(recipe, chosen)
        _start(chosen)
        with st.expander("Learning", expanded=True):
            for setting in ("epochs", "batch_size", "optimizer", "learning_rate"):
                _ask(setting, recipe, chosen)
            with st.container():
                if chosen["optimizer"] == "sgd":
                    _ask("momentum", recipe, chosen)
                    _ask("nesterov", recipe, chosen)
            _ask("schedule", recipe, chosen)
            if chosen["schedule"] == "step":
                _ask("schedule_epochs", recipe, chosen)
                _ask("schedule_factor", recipe, chosen)
        with st.expander("Against memorising"):
            for setting in ("weight_decay", "label_smoothing", "early_stopping", "best_epoch"):
                _ask(setting, recipe, chosen)
        with st.expander("Augmentation"):
            for setting in ("shift", "rotation", "scale", "elastic", "stroke"):
                _ask(f"augmentation.{setting}", recipe, chosen)
        with st.expander("Pictures and machine"):
            for setting in ("input", "train_size", "validation_share", "seed", "device", "precision", "threads"):
                _ask(setting, recipe, chosen)
            if chosen["data"].endswith(WITH_OWN):
                _ask("own_repeat", recipe, chosen)
    return chosen


def config_from(chosen: dict[str, Any]) -> TrainConfig:
    """The config that the sidebar describes.

    Raises:
        BadConfig: a value is outside its range.
    """
    return RECIPES[chosen["recipe"]].config.changed(chosen)


def _data() -> str:
    here = trainable_names()
    return st.selectbox(
        "Data",
        here,
        index=here.index(best_available().name),
        format_func=title,
        key="data",
        bind="query-params",
        help=field_of("data").description.split(";")[0] + ". The page 'Get data' has more.",
    )


def _start(chosen: dict[str, Any]) -> None:
    field = field_of("start_from")
    runs = model_picker.runs_with_a_model()
    chosen["start_from"] = st.selectbox(
        field.title,
        ["", *runs],
        format_func=lambda run_id: model_picker.title_of(runs[run_id]) if run_id else "random weights",
        key="start_from",
        help=field.description.replace("Id of an", "An")
        .replace(", or 'default' for", " or")
        .replace("Empty", "'random weights'"),
        persist_state="session",
    )


def _network(recipe: TrainConfig, chosen: dict[str, Any]) -> None:
    with st.expander("Network", expanded=chosen["recipe"].startswith("own")):
        kind = recipe.network.kind
        st.caption(NETWORK_TITLES[kind])
        shared = ("hidden", "activation", "dropout", "batch_norm")
        for setting in ("channels", "depth", "kernel", "padding", "head", *shared) if kind == "cnn" else shared:
            _ask(f"network.{setting}", recipe, chosen)


def _ask(setting: str, recipe: TrainConfig, chosen: dict[str, Any]) -> None:
    """Draw the control that suits a setting, and note its value."""
    field = field_of(setting, recipe.network.kind)
    value = recipe.settings()[setting]
    # Each recipe keeps its own changes while a person looks at another one.
    shared: dict[str, Any] = {
        "label": field.title,
        "key": f"{recipe.recipe} {setting}",
        "help": field.description,
        "persist_state": "session",
    }
    options = [option for option in get_args(field.annotation) if not isinstance(option, type)]
    if setting in TYPED:
        chosen[setting] = st.text_input(value=_as_text(value), placeholder=PLACEHOLDERS.get(setting), **shared)
    elif isinstance(value, bool):
        chosen[setting] = st.toggle(value=value, **shared)
    elif options:
        chosen[setting] = st.selectbox(
            options=options,
            index=options.index(value),
            format_func=lambda option: OPTION_TITLES.get(option, str(option)),
            **shared,
        )
    elif isinstance(value, float):
        chosen[setting] = st.slider(
            min_value=0.0, max_value=_highest(field.metadata), value=value, step=_step(setting), **shared
        )
    else:
        # No limits here: a value out of range is refused by the one validator, in words.
        chosen[setting] = st.number_input(value=value, step=1, **shared)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"


def _highest(metadata: list[Any]) -> float:
    for limit in metadata:
        if isinstance(limit, Le):
            return float(limit.le)
        if isinstance(limit, Lt):
            return float(limit.lt) - 0.01
    return 1.0


def _step(setting: str) -> float:
    return {
        "augmentation.rotation": 1.0,
        "augmentation.shift": 0.5,
        "augmentation.elastic": 0.25,
        "augmentation.stroke": 0.25,
    }.get(setting, 0.01)
