"""Accuracy, loss and confusion matrix of a set of answers; plain numpy, no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# The value that a standard normal variable stays within 95 % of the time.
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Scores:
    """What a model did on one set of pictures.

    Attributes:
        n: number of pictures.
        correct: how many were read right.
        loss: mean cross-entropy in nats.
        confusion: (classes, classes) counts, rows are the truth and columns the answer.
    """

    n: int
    correct: int
    loss: float
    confusion: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share read right, in [0, 1]."""
        return self.correct / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.correct, self.n)


def score(logits: np.ndarray, labels: np.ndarray) -> Scores:
    """Judge the scores (n, classes) that a model gave against the true labels (n,)."""
    answers = logits.argmax(1)
    return Scores(
        n=len(labels),
        correct=int((answers == labels).sum()),
        loss=cross_entropy(logits, labels),
        confusion=confusion_matrix(labels, answers, logits.shape[1]),
    )


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -log(probability of the true class), in nats, computed in double precision."""
    wide = logits.astype(np.float64)
    highest = wide.max(1, keepdims=True)
    log_sum = highest[:, 0] + np.log(np.exp(wide - highest).sum(1))
    return float((log_sum - wide[np.arange(len(labels)), labels]).mean())


def confusion_matrix(truth: np.ndarray, answers: np.ndarray, classes: int = 10) -> np.ndarray:
    """Counts (classes, classes): row i, column j is how often an i was read as a j."""
    return np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes)


def wilson_interval(correct: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Interval in which the true share lies with 95 % confidence, having seen `correct` of `n`.

    Stays within [0, 1] and is right for shares near 1, where the textbook plus-or-minus is not.

    Raises:
        ValueError: n is 0, or correct is not between 0 and n.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if not 0 <= correct <= n or n == 0:
        raise ValueError(f"{correct} correct of {n}")
    share = correct / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
