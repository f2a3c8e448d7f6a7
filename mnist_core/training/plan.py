"""What a config amounts to on this machine, known before anything is loaded: pictures, steps, parameters, memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import psutil

from mnist_core.config import TrainConfig
from mnist_core.data import counts, source
from mnist_core.errors import BadConfig
from mnist_core.models.layers import layer_table, multiplications

BYTES = 4  # of a float32
# Gradients, and for Adam two running averages, beside the weights themselves.
COPIES_OF_WEIGHTS = {"sgd": 3, "adam": 4, "adamw": 4}
# Python, torch and the interpreter's own needs, measured with a run of the smallest network.
BASE_BYTES = 300 * 2**20
# A larger batch goes through the network in pieces of so many pictures: memory stays bounded, and its gradient is the same.
# Batch normalisation needs the whole batch.
MOST_AT_ONCE = 1024


@dataclass(frozen=True)
class Plan:
    """The size of a run.

    Attributes:
        train_count: pictures trained on in each epoch.
        validation_count: pictures judged on after each epoch.
        steps_per_epoch: optimiser steps an epoch.
        total_steps: optimiser steps in the whole run, unless it stops early.
        parameters: numbers that the network learns.
        memory_bytes: estimate of the memory that the run needs.
        seconds: rough estimate of the time on a laptop's processor; see `mnist_core.runs.estimate` for a better one.
    """

    train_count: int
    validation_count: int
    steps_per_epoch: int
    total_steps: int
    parameters: int
    memory_bytes: int
    seconds: float


def plan(config: TrainConfig, available_bytes: int | None = None) -> Plan:
    """Work out the size of a run and refuse what cannot work here.

    Args:
        config: the run.
        available_bytes: memory the run may use; by default what this machine has free now.

    Raises:
        NotFound: there is no such data set.
        BadConfig: the batch is larger than the training set, batch normalisation would see single pictures, or the
            network is too large for this machine's memory.
    """
    train_count, validation_count, _ = counts(
        source(config.data),
        train_size=config.train_size,
        validation_share=config.validation_share,
        own_repeat=config.own_repeat,
    )
    if config.batch_size > train_count:
        raise BadConfig(
            f"batch_size is {config.batch_size:,}, but there are only {train_count:,} training pictures.",
            f"Allowed: 1 to {train_count:,}.",
        )
    if config.network.batch_norm and config.batch_size < 2:
        raise BadConfig(
            "batch_size is 1, and batch normalisation needs a batch to average over.", "Allowed: at least 2."
        )
    layers = layer_table(config.network)
    parameters = sum(layer.parameters for layer in layers)
    # Each layer's output is kept for the way back, and its gradient has the same size.
    activations = 2 * sum(math.prod(layer.output) for layer in layers) * at_once(config)
    pictures = (train_count + validation_count) * 784
    needed = BASE_BYTES + BYTES * (COPIES_OF_WEIGHTS[config.optimizer] * parameters + activations) + 2 * pictures
    available = psutil.virtual_memory().available if available_bytes is None else available_bytes
    if needed > available:
        raise BadConfig(
            f"This network needs about {needed / 2**30:.1f} GB of memory to train ({parameters:,} parameters, batches of "
            f"{config.batch_size:,}), and {available / 2**30:.1f} GB are free.",
            "Choose fewer or narrower layers, or a smaller batch.",
        )
    steps = steps_per_epoch(config, train_count)
    return Plan(
        train_count=train_count,
        validation_count=validation_count,
        steps_per_epoch=steps,
        total_steps=steps * config.epochs,
        parameters=parameters,
        memory_bytes=needed,
        seconds=config.epochs * train_count * _seconds_a_picture(config),
    )


def at_once(config: TrainConfig) -> int:
    """Pictures of a batch that go through the network together."""
    return config.batch_size if config.network.batch_norm else min(config.batch_size, MOST_AT_ONCE)


def _seconds_a_picture(config: TrainConfig) -> float:
    """From two recipes measured on two cores in float32: 85,000 pictures a second with mlp-128-64, 10,000 with cnn-32-64.

    The fixed part of a step is shared by its batch, the rest grows with the multiplications.
    """
    step_overhead, per_multiplication = 0.5e-3, 3.5e-11
    return step_overhead / config.batch_size + per_multiplication * multiplications(config.network)


def steps_per_epoch(config: TrainConfig, train_count: int) -> int:
    """Optimiser steps an epoch; the last batch may be smaller than the others.

    Batch normalisation cannot average over a single picture, so a last batch of one is left out with it.
    """
    full, rest = divmod(train_count, config.batch_size)
    smallest = 2 if config.network.batch_norm else 1
    return full + (rest >= smallest)
