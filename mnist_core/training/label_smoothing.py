"""What label smoothing does to the training loss."""

from __future__ import annotations

import math


def least_loss(smoothing: float, classes: int) -> float:
    """The smallest cross-entropy that a training picture can cost: the entropy of its smoothed label, in nats.

    Args:
        smoothing: the share of certainty spread over all classes, 0 to less than 1.
        classes: how many there are.
    """
    spread = smoothing / classes
    shares = [1 - smoothing + spread, *[spread] * (classes - 1)]
    return -sum(share * math.log(share) for share in shares if share)
