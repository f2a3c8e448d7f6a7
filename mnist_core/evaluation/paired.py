"""Two ways of doing the same thing compared seed by seed, and whether their difference can be told from chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# What 95 % of Student's t stay within, by degrees of freedom; the normal distribution's value is close enough beyond.
T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
# With two pairs the interval is nine times as wide as their spread: it would say nothing in many words.
FEWEST_PAIRS = 3


@dataclass(frozen=True)
class PairedDifference:
    """How much a second figure differs from a first one, pair by pair.

    Attributes:
        mean: of the differences, second minus first.
        spread: their standard deviation; None for a single pair.
        interval: the 95 % interval of the mean by Student's t; None for fewer than three pairs.
    """

    mean: float
    spread: float | None
    interval: tuple[float, float] | None

    @property
    def can_be_told_apart(self) -> bool | None:
        """Whether 0 lies outside the interval; None while there are too few pairs to say."""
        if self.interval is None:
            return None
        low, high = self.interval
        return low > 0 or high < 0


def paired_difference(first: Sequence[float], second: Sequence[float]) -> PairedDifference:
    """Compare figures that belong together two by two, at least one pair.

    Source: Student (W. S. Gosset), "The probable error of a mean", 1908.
    """
    differences = np.subtract(second, first, dtype=np.float64)
    n, mean = len(differences), float(differences.mean())
    spread = float(differences.std(ddof=1)) if n > 1 else None
    if spread is None or n < FEWEST_PAIRS:
        return PairedDifference(mean, spread, None)
    half = T_95[min(n - 1, len(T_95)) - 1] * spread / math.sqrt(n)
    return PairedDifference(mean, spread, (mean - half, mean + half))
