"""The learning rate at each step, as a plain function of the step, so that a resumed run needs no memory of it."""

from __future__ import annotations

import math

from mnist_core.config import TrainConfig

# One cycle: the share of the run spent going up, and how far below the peak it starts and ends (torch's defaults).
WARM_UP = 0.3
START_DIVISOR = 25.0
END_DIVISOR = 1e4


def learning_rate(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    """The learning rate for optimiser step `step`, counted from 0.

    Source of the one-cycle shape: Smith and Topin, "Super-convergence", 2018; of the cosine: Loshchilov and Hutter,
    "SGDR", 2017 (without restarts).
    """
    peak = config.learning_rate
    total = config.epochs * steps_per_epoch
    match config.schedule:
        case "constant":
            return peak
        case "step":
            return peak * config.schedule_factor ** (step // (config.schedule_epochs * steps_per_epoch))
        case "cosine":
            return _cosine(peak, 0.0, step / total)
        case "one-cycle":
            start = peak / START_DIVISOR
            top = max(WARM_UP * total - 1, 0.0)
            if step < top:
                return _cosine(start, peak, step / top)
            return _cosine(peak, start / END_DIVISOR, (step - top) / max(total - 1 - top, 1.0))


def _cosine(first: float, last: float, share: float) -> float:
    """From `first` to `last` along half a cosine, `share` in [0, 1] of the way."""
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2
