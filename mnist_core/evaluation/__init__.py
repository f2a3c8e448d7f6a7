"""How good a model is, with the uncertainty of the figure beside it."""

from mnist_core.evaluation.metrics import (
    ClassScores,
    Confusion,
    Scores,
    confusion_matrix,
    per_class,
    score,
    top_k_accuracy,
    wilson_interval,
    worst_confusions,
)

__all__ = [
    "ClassScores",
    "Confusion",
    "Scores",
    "confusion_matrix",
    "per_class",
    "score",
    "top_k_accuracy",
    "wilson_interval",
    "worst_confusions",
]
