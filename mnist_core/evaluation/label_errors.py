"""Which labels are probably wrong, by confident learning, from what networks say that never saw the digit they judge."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Ranking:
    """Digits by how doubtful their labels are.

    Attributes:
        order: (n,) int64, the positions of all digits: those counted as errors first, in both groups the most suspicious.
        suspicion: (n,) float64 in [0, 1] by position; above 0.5 another class fits better than the given one.
        suggested: (n,) int64 by position, the most probable class, which for most digits is the given one.
        is_error: (n,) bool by position, whether confident learning counts the label as wrong.
    """

    order: np.ndarray
    suspicion: np.ndarray
    suggested: np.ndarray
    is_error: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Positions of the digits whose labels are counted as wrong, the most suspicious first."""
        return self.order[: int(self.is_error.sum())]


def rank(labels: np.ndarray, probabilities: np.ndarray) -> Ranking:
    """Rank labels by confident learning.

    Each class has its own bar, the mean probability that its members get, because networks are surer of some classes than
    of others. How often digits labelled i pass the bar of j tells how many labels of each kind are wrong; so many are
    counted as errors. The suspicion is one minus cleanlab's normalised margin after taking the bars off.

    Args:
        labels: (n,) whole numbers from 0; a class may have no members.
        probabilities: (n, classes), each row sums to 1, from models that were not trained with the digit of the row.

    Source: Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", 2021; cleanlab.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels, wide = labels.astype(np.int64), probabilities.astype(np.float64)
    quality = get_label_quality_scores(labels, wide, method="normalized_margin", adjust_pred_probs=True)
    is_error = np.zeros(len(labels), dtype=bool)
    if len(np.unique(labels)) > 1:  # with one class there is nothing to confuse it with, and cleanlab refuses
        with warnings.catch_warnings():
            # It keeps the last digits of every class, and says so where a class has no others.
            warnings.filterwarnings("ignore", "May not flag all label issues")
            is_error = find_label_issues(labels, wide, n_jobs=1)
    return Ranking(
        order=np.lexsort((quality, ~is_error)),
        suspicion=1 - quality,
        suggested=probabilities.argmax(1),
        is_error=is_error,
    )
