"""A model file at work: pictures in, answers out, with the scaling and class names that travel inside the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from torch import nn

from mnist_core.evaluation.metrics import Scores, score
from mnist_core.export import ModelCard, load_model
from mnist_core.models.inference import probabilities, scores


@dataclass(frozen=True)
class Answer:
    """What the model makes of one picture: its first choice, and the probability of each class by name."""

    label: str
    probabilities: dict[str, float]


class Predictor:
    """A trained network with the card that says how to use it.

    Args:
        network: in evaluation mode.
        card: its scaling and class names.
    """

    def __init__(self, network: nn.Module, card: ModelCard) -> None:
        self.network = network
        self.card = card

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Load a `.pth` or `.safetensors` file that the lab exported.

        Raises:
            NotFound, BadFile: as `mnist_core.export.load_model`.
        """
        return cls(*load_model(path))

    def answer(self, images: np.ndarray) -> list[Answer]:
        """Read pictures (n, 28, 28) of bytes, 0 is paper; one answer each, in order."""
        return [
            Answer(self.card.classes[row.argmax()], dict(zip(self.card.classes, map(float, row), strict=True)))
            for row in self.probabilities(images)
        ]

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """The probability of each class, float32 (n, classes), for pictures (n, 28, 28) of bytes."""
        return probabilities(self.network, images, self.card.scale)

    def score(self, images: np.ndarray, labels: np.ndarray) -> Scores:
        """Judge the model on pictures (n, 28, 28) with labels (n,)."""
        return score(scores(self.network, images, self.card.scale).numpy(), labels)
