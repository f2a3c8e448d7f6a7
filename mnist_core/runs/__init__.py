"""Runs: recorded, queued, trained in their own processes, resumable. Torch is not loaded before a training begins."""

from mnist_core.runs.launcher import LocalLauncher
from mnist_core.runs.run import Checkpoint, Event, Guess, Look, Run, State, Steps
from mnist_core.runs.store import Store, open_store
from mnist_core.training.progress import EpochRow

__all__ = [
    "Checkpoint",
    "EpochRow",
    "Event",
    "Guess",
    "LocalLauncher",
    "Look",
    "Run",
    "State",
    "Steps",
    "Store",
    "open_store",
]
