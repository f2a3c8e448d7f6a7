"""Whether a model's confidence can be believed: of the answers given with 90 %, are 90 % right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 15
# Far outside what any trained network needs; a search that ends here has found that the model knows nothing.
COLDEST, HOTTEST = 0.05, 20.0


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence beside accuracy, bin by bin; bins without pictures have NaN.

    Attributes:
        edges: (bins + 1,) from 0 to 1.
        confidence: (bins,) mean confidence of the answers in the bin.
        accuracy: (bins,) share of them that is right.
        count: (bins,) how many there are.
        ece: expected calibration error, the mean distance of the two over all answers, in [0, 1].
    """

    edges: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray
    ece: float


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities (n, classes), float64, from scores (n, classes); a higher temperature makes them more even."""
    wide = logits.astype(np.float64) / temperature
    shares = np.exp(wide - wide.max(1, keepdims=True))
    result: np.ndarray = shares / shares.sum(1, keepdims=True)
    return result


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> Reliability:
    """Sort answers into bins of equal width by their confidence, and compare it with how many are right.

    Args:
        probabilities: (n, classes), each row sums to 1.
        labels: (n,) the true classes.
        bins: a confidence on an edge belongs to the bin below it.

    Source: Guo et al., "On calibration of modern neural networks", 2017.
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean_confidence = np.bincount(place, weights=confidence, minlength=bins) / count
        accuracy = np.bincount(place, weights=right, minlength=bins) / count
    distance = np.where(count > 0, np.abs(mean_confidence - accuracy), 0.0)
    return Reliability(edges, mean_confidence, accuracy, count, float((count * distance).sum() / len(labels)))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature that makes the true classes of validation pictures as probable as it can, from 0.05 to 20.

    It changes no answer, only how sure the model says it is.

    Args:
        logits: (n, classes) scores of pictures that the model did not learn from.
        labels: (n,) their classes.

    Source: Guo et al., "On calibration of modern neural networks", 2017.
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(labels))
    wide = logits.astype(np.float64)
    wide -= wide.max(1, keepdims=True)

    def loss(log_temperature: float) -> float:
        scaled = wide / np.exp(log_temperature)
        return float((np.log(np.exp(scaled).sum(1)) - scaled[rows, labels]).mean())

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))
