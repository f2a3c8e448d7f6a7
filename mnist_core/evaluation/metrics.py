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


@dataclass(frozen=True)
class ClassScores:
    """How well one class is told from the others; shares in [0, 1] with their 95 % intervals, None where undefined.

    Attributes:
        support: pictures of this class.
        read_as: pictures that were read as this class.
        correct: pictures of this class that were read right.
        precision: of those read as this class, the share that are.
        recall: of those of this class, the share that was read right.
        f1: the harmonic mean of the two.
    """

    support: int
    read_as: int
    correct: int
    precision: float | None
    precision_interval: tuple[float, float] | None
    recall: float | None
    recall_interval: tuple[float, float] | None
    f1: float | None
    f1_interval: tuple[float, float] | None


def per_class(confusion: np.ndarray) -> list[ClassScores]:
    """Precision, recall and F1 of each class from its counts (classes, classes), rows the truth.

    The interval of F1 is that of J = correct / (support + read as - correct), a share as any other, taken through
    F1 = 2 J / (1 + J), which grows with it.
    """
    return [
        _class_scores(int(confusion[i, i]), int(confusion[i].sum()), int(confusion[:, i].sum()))
        for i in range(len(confusion))
    ]


def top_k_accuracy(logits: np.ndarray, labels: np.ndarray, k: int = 2) -> float:
    """Share of pictures whose true class is among the `k` highest of the scores (n, classes); ties count against."""
    true = logits[np.arange(len(labels)), labels]
    return float(((logits >= true[:, None]).sum(1) <= k).mean())


@dataclass(frozen=True)
class Confusion:
    """Pictures of class `truth` that were read as `answer`, and how many."""

    truth: int
    answer: int
    count: int


def worst_confusions(confusion: np.ndarray, most: int = 5) -> list[Confusion]:
    """The commonest mistakes, the commonest first; equal ones in the order of the classes."""
    mistakes = confusion * ~np.eye(len(confusion), dtype=bool)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(order, confusion.shape)
    return [
        Confusion(int(row), int(column), int(confusion[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if mistakes[row, column]
    ]


def _class_scores(correct: int, support: int, read_as: int) -> ClassScores:
    either = support + read_as - correct
    precision, precision_interval = _share(correct, read_as)
    recall, recall_interval = _share(correct, support)
    jaccard, jaccard_interval = _share(correct, either)
    f1 = None if jaccard is None else 2 * jaccard / (1 + jaccard)
    f1_interval = jaccard_interval and (
        2 * jaccard_interval[0] / (1 + jaccard_interval[0]),
        2 * jaccard_interval[1] / (1 + jaccard_interval[1]),
    )
    return ClassScores(
        support, read_as, correct, precision, precision_interval, recall, recall_interval, f1, f1_interval
    )


def _share(correct: int, n: int) -> tuple[float, tuple[float, float]] | tuple[None, None]:
    return (correct / n, wilson_interval(correct, n)) if n else (None, None)


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
