"""Runs side by side: which of their settings differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mnist_core.runs.run import Run


def differing_settings(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """The settings in which the runs differ, by their dotted names, each with one value a run.

    The order is that of `TrainConfig.settings()`. None stands for a setting that the run's kind of network does not have,
    as well as for one that is left open, as in `train_size`. Fewer than two runs never differ.

    Raises:
        BadFile: one of the runs is damaged.
    """
    settings = [run.config.settings() for run in runs]
    names = dict.fromkeys(name for each in settings for name in each)
    rows = {name: [each.get(name) for each in settings] for name in names}
    return {name: values for name, values in rows.items() if any(value != values[0] for value in values)}
