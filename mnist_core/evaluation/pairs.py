"""Whether one model is better than another, judged by the pictures on which they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
