"""What the training loop reports: after every few steps, and after every epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class StepReport:
    """One point of the live curves.

    Attributes:
        step: optimiser steps done, from 1 over the whole run.
        epoch: epoch in progress, from 1.
        batch: batches done in this epoch.
        batches: batches in an epoch.
        loss: cross-entropy of this step's batch, in nats (with label smoothing if the config has it).
        smoothed_loss: running average of the loss over about the last 50 steps.
        learning_rate: as used in this step.
        gradient_norm: length of the whole gradient of this step.
        images_per_second: over about the last two seconds.
        seconds_left: estimate for the rest of the run.
        fraction: share of the run's steps that is done, in [0, 1].
    """

    step: int
    epoch: int
    batch: int
    batches: int
    loss: float
    smoothed_loss: float
    learning_rate: float
    gradient_norm: float
    images_per_second: float
    seconds_left: float
    fraction: float


@dataclass(frozen=True)
class EpochRow:
    """The result of an epoch, as it is recorded.

    Attributes:
        epoch: epochs done, from 1.
        step: optimiser steps done.
        train_loss: mean loss over the epoch's batches, measured while the network was learning.
        train_accuracy: share of them read right, measured in the same way, in [0, 1].
        val_loss: cross-entropy on the validation split after the epoch, in nats, without label smoothing.
        val_accuracy: share of the validation split read right, in [0, 1].
        seconds: time spent on the epoch, its validation included.
        is_best: its weights became the run's model: no earlier epoch had a higher validation accuracy (or the same with a
            lower loss), or the settings take the last epoch.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    is_best: bool


@dataclass(frozen=True)
class EpochReport(EpochRow):
    """The result of an epoch, as the loop reports it.

    Attributes:
        confusion: (classes, classes) counts on the validation split, rows are the truth.
        stops_early: early stopping ends the run here.
    """

    confusion: np.ndarray
    stops_early: bool
