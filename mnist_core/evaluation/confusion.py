"""Reading a confusion matrix: as shares, as a colour scale needs it, and which pictures are behind a cell."""

from __future__ import annotations

from typing import Literal

import numpy as np

View = Literal["counts", "row", "column"]


def as_shares(confusion: np.ndarray, view: View) -> np.ndarray:
    """A matrix of counts, rows the truth, as what a person asked for; float64 of the same shape.

    Args:
        confusion: (classes, classes) counts.
        view: "counts" leaves them; "row" gives shares of the pictures of a class, "column" of those read as a class, both
            in [0, 1]. A row or column without pictures is NaN.
    """
    counts = confusion.astype(np.float64)
    if view == "counts":
        return counts
    sums = counts.sum(1, keepdims=True) if view == "row" else counts.sum(0, keepdims=True)
    shares: np.ndarray = np.divide(counts, sums, out=np.full_like(counts, np.nan), where=sums > 0)
    return shares


def symlog(values: np.ndarray, linear: float) -> np.ndarray:
    """Values of both signs squeezed so that small ones stay visible beside large ones; 0 stays 0, signs stay.

    Args:
        values: any shape; NaN stays NaN.
        linear: up to about this size the result grows in proportion, beyond it with the logarithm; above 0.
    """
    result: np.ndarray = np.sign(values) * np.log1p(np.abs(values) / linear)
    return result


def in_cell(probabilities: np.ndarray, labels: np.ndarray, truth: int, answer: int) -> np.ndarray:
    """Positions of the pictures of class `truth` that are read as `answer`, the most confident first.

    Args:
        probabilities: (n, classes).
        labels: (n,) the true classes.
        truth: the cell's row.
        answer: its column.
    """
    return _most_confident_first(probabilities, (labels == truth) & (probabilities.argmax(1) == answer))


def mistakes(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Positions of the pictures that are read wrong, the most confident first; the arguments are as for `in_cell`."""
    return _most_confident_first(probabilities, probabilities.argmax(1) != labels)


def _most_confident_first(probabilities: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    positions = np.flatnonzero(chosen)
    order: np.ndarray = positions[np.argsort(-probabilities[positions].max(1), kind="stable")]
    return order
