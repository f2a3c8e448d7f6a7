"""Runs side by side: which of their settings differ, and whether the same pictures judge them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mnist_core.data.names import parse
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


def are_judged_alike(one: Run, other: Run) -> bool:
    """Whether the models of two runs are judged by the same validation and test pictures.

    A list of decisions or own digits change only what is learned from.

    Raises:
        BadFile: one of the runs is damaged.
    """
    judged_by = [(parse(run.config.data).base, run.config.validation_share) for run in (one, other)]
    return judged_by[0] == judged_by[1]
