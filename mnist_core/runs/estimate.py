"""How long a run will take, from how fast earlier runs of the same network went on this machine."""

from __future__ import annotations

from mnist_core.config import TrainConfig
from mnist_core.runs.run import Run
from mnist_core.training.plan import Plan

# Settings that change the pace of training; with all of them equal, an earlier run's pace is this one's.
PACE = ("network", "optimizer", "batch_size", "augmentation", "device", "precision", "threads")


def seconds_needed(config: TrainConfig, plan: Plan, earlier: list[Run]) -> tuple[float, bool]:
    """Seconds that a run will take, and whether that is measured (an earlier run's pace) or only a rough guess.

    Args:
        config: the run to come.
        plan: what it amounts to.
        earlier: runs of the store, the newest first.
    """
    for run in earlier:
        if run.saved_config and run.images_per_second and _same_pace(run.saved_config, config):
            return config.epochs * plan.train_count / run.images_per_second, True
    return plan.seconds, False


def _same_pace(first: TrainConfig, second: TrainConfig) -> bool:
    return all(getattr(first, name) == getattr(second, name) for name in PACE)
