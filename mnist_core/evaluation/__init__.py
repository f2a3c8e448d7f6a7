"""How good a model is, with the uncertainty of the figure beside it."""

from mnist_core.evaluation.metrics import Scores, confusion_matrix, score, wilson_interval

__all__ = ["Scores", "confusion_matrix", "score", "wilson_interval"]
