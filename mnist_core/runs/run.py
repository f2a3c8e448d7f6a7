"""What the store tells about a run: the run itself, its curve, its epochs, its events and its checkpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from mnist_core.config import TrainConfig
from mnist_core.errors import BadFile, NotFound

# What is stored: things that happened. That a run is running is not, for a killed worker could not take it back.
Fact = Literal["queued", "started", "finished", "failed", "stopped", "diverged"]
State = Literal[
    "queued", "running", "stalled", "crashed", "finished", "failed", "stopped", "diverged", "damaged"
]  # fmt: skip
RESUMABLE: tuple[State, ...] = ("crashed", "stopped", "failed")
ALIVE: tuple[State, ...] = ("running", "stalled")

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


def checked_id(run_id: str) -> str:
    """`run_id` itself if it has the form of one; the only gate between text from outside and a path.

    Raises:
        NotFound: it cannot be the id of a run.
    """
    if not isinstance(run_id, str) or not _ID.fullmatch(run_id):
        raise no_such_run(run_id)
    return run_id


def no_such_run(run_id: str) -> NotFound:
    """The error for an id that no run has."""
    return NotFound(f"There is no run {str(run_id)[:80]!r}.", "`python -m mnist_core runs` lists the runs there are.")


class Guess(NamedTuple):
    """What the network makes of one picture: the class, and its probability in [0, 1]."""

    digit: int
    probability: float


@dataclass(frozen=True)
class Run:
    """A run as it was when the store was asked.

    Attributes:
        state: "running" holds its lock; "stalled" too, but has given no sign of life for 15 s; "crashed" was started
            and has no worker any more; "damaged" has settings that this version cannot read.
        reason: why it failed, stopped or diverged, and what to do; empty otherwise.
        seconds: trained so far, without the pauses between stop and resume.
        epoch: the epoch last reported on, from 1; 0 before the first report.
        step: optimiser steps reported, of `total_steps` (0 until it is known).
        beat_age: seconds since this process last saw a sign of life from the worker; None if there is no worker.
        preview: the latest answers for the first twelve validation pictures.
        test_looks: how often the test split was looked at with this run; `test_accuracy` is the latest result.
        deleted_at: when it was moved to the bin.
    """

    id: str
    name: str
    tags: tuple[str, ...]
    note: str
    saved_config: TrainConfig | None
    state: State
    reason: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    deleted_at: datetime | None
    seconds: float
    device: str
    threads: int | None
    machine: str
    split_hash: str
    epoch: int
    step: int
    total_steps: int
    images_per_second: float | None
    seconds_left: float | None
    best_epoch: int | None
    best_val_accuracy: float | None
    val_accuracy: float | None
    test_looks: int
    test_accuracy: float | None
    beat_age: float | None
    preview: tuple[Guess, ...]

    @property
    def config(self) -> TrainConfig:
        """The run's settings.

        Raises:
            BadFile: the run is damaged.
        """
        if self.saved_config is None:
            raise BadFile(f"The settings of run {self.id} cannot be read.", self.reason)
        return self.saved_config

    @property
    def fraction(self) -> float:
        """Share of the run that is done, in [0, 1]."""
        return self.step / self.total_steps if self.total_steps else 0.0

    @property
    def is_alive(self) -> bool:
        """Whether a worker is training it now."""
        return self.state in ALIVE

    @property
    def can_resume(self) -> bool:
        """Whether it can go on from its last checkpoint."""
        return self.state in RESUMABLE and self.deleted_at is None


@dataclass(frozen=True)
class Steps:
    """A run's curve: arrays of equal length, in the order of the steps, about a thousand for a whole run."""

    step: np.ndarray
    loss: np.ndarray
    smoothed_loss: np.ndarray
    learning_rate: np.ndarray
    gradient_norm: np.ndarray
    images_per_second: np.ndarray

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True)
class Event:
    """Something that happened to a run: `kind` is one word, `text` a sentence."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True)
class Look:
    """One look at the test split: `correct` of `n` pictures were read right."""

    at: datetime
    accuracy: float
    correct: int
    n: int


@dataclass(frozen=True)
class Checkpoint:
    """A saved state of a run.

    Attributes:
        kind: "epoch" at the end of an epoch, "between" inside one.
        step: optimiser steps done.
        epoch: epochs done.
        sha256: of the file, in hexadecimal.
    """

    path: Path
    kind: Literal["epoch", "between"]
    step: int
    epoch: int
    sha256: str
    bytes: int
