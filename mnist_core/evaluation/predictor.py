"""A model file at work: pictures in, answers out, with the scaling and class names that travel inside the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import nn

from mnist_core.data.sources import DIGITS
from mnist_core.evaluation.conformal import prediction_sets
from mnist_core.evaluation.digitness import digit_scores
from mnist_core.export import ModelCard, load_model
from mnist_core.models.inference import probabilities, scores
from mnist_core.models.networks import folded

# Of the coverages a model has thresholds for, the one that single answers come with.
COVERAGE = "99"
# Threads wait for one another: beside a run that trains, as many as there are cores took five times as long as half of them.
THREADS = max(1, (os.cpu_count() or 1) // 2)


@dataclass(frozen=True)
class Answer:
    """What the model makes of one picture.

    Attributes:
        label: its first choice.
        probabilities: of each class, by name.
        set: the classes among which the truth is in 99 of 100 cases; None for a model without fitted trust.
        is_digit: whether it looks like a digit at all; None for a model without fitted trust, or of other things.
    """

    label: str
    probabilities: dict[str, float]
    set: tuple[str, ...] | None
    is_digit: bool | None


class Predictor:
    """A trained network with the card that says how to use it.

    Args:
        network: in evaluation mode, and done with learning: what changes in its weights later is not seen.
        card: its scaling and class names.
    """

    def __init__(self, network: nn.Sequential, card: ModelCard) -> None:
        # The same arithmetic in another order of the numbers in memory, which convolutions are twice as fast with.
        self.network: nn.Sequential = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.card = card
        # The network itself is kept as it learned, to be exported and to go on from.
        self._reader = folded(self.network)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Load a `.pth` or `.safetensors` file that the lab exported.

        Raises:
            NotFound, BadFile: as `mnist_core.export.load_model`.
        """
        return cls(*load_model(path))

    def answer(self, images: np.ndarray) -> list[Answer]:
        """Read pictures (n, 28, 28) of bytes, 0 is paper; one answer each, in order."""
        shares = self.probabilities(images)
        sets = None if self.card.trust is None else prediction_sets(shares, self.card.trust.thresholds[COVERAGE])
        are_digits = self.are_digits(images)
        return [
            Answer(
                label=self.card.classes[row.argmax()],
                probabilities=dict(zip(self.card.classes, map(float, row), strict=True)),
                set=None if sets is None else tuple(self.card.classes[c] for c in np.flatnonzero(sets[i])),
                is_digit=None if are_digits is None else bool(are_digits[i]),
            )
            for i, row in enumerate(shares)
        ]

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """The probability of each class, float32 (n, classes), for pictures (n, 28, 28) of bytes.

        As sure as the model has been found to be right on validation pictures, where its trust was fitted.
        """
        with _few_threads():
            return probabilities(self._reader, images, self.card.scale, self.card.temperature)

    def are_digits(self, images: np.ndarray) -> np.ndarray | None:
        """Whether each of the pictures (n, 28, 28) of bytes looks like a digit at all: (n,) bool.

        Of real digits it refuses about one in a hundred. None for a model that nobody has fitted this for.
        """
        threshold = self.card.trust and self.card.trust.digit_threshold
        scores = None if threshold is None else self.digit_scores(images)
        return None if scores is None else scores >= threshold

    def digit_scores(self, images: np.ndarray) -> np.ndarray | None:
        """How much each picture looks like a digit: (n,) log odds; None for a model of other things."""
        if self.card.classes != DIGITS:
            return None
        with _few_threads():
            return digit_scores(images)

    def logits(self, images: np.ndarray) -> np.ndarray:
        """The network's own scores of each class, float32 (n, classes), before any softmax."""
        with _few_threads():
            result: np.ndarray = scores(self._reader, images, self.card.scale).numpy()
        return result


@contextmanager
def _few_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(min(before, THREADS))
    try:
        yield
    finally:
        torch.set_num_threads(before)
