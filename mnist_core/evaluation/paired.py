"""Two models, or two ways of training one, on the same digits and with the same seeds: which is better, and is it luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# What 95 % and 98 % of Student's t stay within, by degrees of freedom; so few pairs need no SciPy, which is slow to load.
STUDENTS_T = {
    0.95: (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262),
    0.98: (31.821, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821),
}
# With two pairs the interval is nine times as wide as their spread: it would say nothing in many words.
FEWEST_PAIRS = 3
# What most fields plan with.
POWER = 0.8
# What few runs show is as often too large as too small; with fewer pairs than this, a plan made from it fails too often.
FEWEST_PLANNED, MOST_PLANNED = 5, 100


@dataclass(frozen=True)
class Pair:
    """Two models on the same pictures.

    Attributes:
        n: pictures.
        both: read right by both.
        only_a: read right by A and wrong by B, called b in the literature.
        only_b: read wrong by A and right by B, called c.
        p: probability of a difference at least this large between two equally good models (exact McNemar test, two-sided).
    """

    n: int
    both: int
    only_a: int
    only_b: int
    p: float

    @property
    def gain(self) -> float:
        """Accuracy of A less that of B, in [-1, 1]."""
        return (self.only_a - self.only_b) / self.n


def compare(a_right: np.ndarray, b_right: np.ndarray) -> Pair:
    """Compare two models by which of the same pictures each reads right, (n,) bool each.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", 1947.
    """
    only_a, only_b = int((a_right & ~b_right).sum()), int((~a_right & b_right).sum())
    return Pair(len(a_right), int((a_right & b_right).sum()), only_a, only_b, mcnemar(only_a, only_b))


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact test's two-sided p: how likely it is that a fair coin falls at least as unevenly; 1 for no difference."""
    from scipy.stats import binomtest

    differing = only_a + only_b
    return float(binomtest(only_a, differing, 0.5).pvalue) if differing else 1.0


@dataclass(frozen=True)
class PairedDifference:
    """How much a second figure differs from a first one, pair by pair.

    Attributes:
        mean: of the differences, second minus first.
        spread: their standard deviation; None for a single pair.
        interval: the interval of the mean by Student's t; None for fewer than three pairs.
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


def paired_difference(first: Sequence[float], second: Sequence[float], *, confidence: float = 0.95) -> PairedDifference:
    """Compare figures that belong together two by two, at least one pair.

    Args:
        first, second: the figures, pair by pair.
        confidence: of the interval, 0.95 or 0.98.

    Source: Student (W. S. Gosset), "The probable error of a mean", 1908.
    """
    differences = np.subtract(second, first, dtype=np.float64)
    n, mean = len(differences), float(differences.mean())
    spread = float(differences.std(ddof=1)) if n > 1 else None
    if spread is None or n < FEWEST_PAIRS:
        return PairedDifference(mean, spread, None)
    half = _students_t(n - 1, confidence) * spread / math.sqrt(n)
    return PairedDifference(mean, spread, (mean - half, mean + half))


def pairs_needed(effect: float, spread: float, *, confidence: float) -> int | None:
    """How many pairs `paired_difference` needs to tell an effect apart from chance in four cases of five.

    Args:
        effect: the mean difference to be found.
        spread: standard deviation of the single differences.
        confidence: of the interval, 0.95 or 0.98.

    Returns:
        5 to 100, or None if 100 are not enough.

    Source: the power of Student's test, by the noncentral t distribution; J. Cohen, "Statistical power analysis", 1988.
    """
    from scipy.stats import nct, t

    if spread == 0:
        return FEWEST_PLANNED if effect else None
    n = np.arange(FEWEST_PLANNED, MOST_PLANNED + 1)
    enough = nct.sf(t.ppf((1 + confidence) / 2, n - 1), n - 1, abs(effect) / spread * np.sqrt(n)) >= POWER
    return int(n[enough.argmax()]) if enough.any() else None


def _students_t(freedom: int, confidence: float) -> float:
    table = STUDENTS_T[confidence]
    if freedom <= len(table):
        return table[freedom - 1]
    from scipy.stats import t

    return float(t.ppf((1 + confidence) / 2, freedom))
