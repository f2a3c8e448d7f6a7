"""Whether a picture shows a digit at all, by a small network that learned to tell digits from all kinds of other drawings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).parent / "digit_detector" / "detector.safetensors"
# The detector knows handwritten digits, whatever set they are from; of clothes it knows nothing.
CLASSES = tuple("0123456789")
PICTURES_AT_A_TIME = 500


def build_detector() -> nn.Sequential:
    """The detector's network, untrained: (n, 1, 28, 28) floats in [0, 1], 0 is paper, to (n, 1) log odds of "a digit"."""
    network = nn.Sequential(
        nn.Conv2d(1, 16, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(800, 32),
        nn.ReLU(),
        nn.Linear(32, 1),
    )
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


@torch.inference_mode()
def digit_scores(images: np.ndarray) -> np.ndarray:
    """How much each picture looks like a handwritten digit.

    Args:
        images: (n, 28, 28) bytes, 0 is paper, prepared as MNIST's are.

    Returns:
        (n,) float32 log odds: above 0 more like a digit, below 0 more like something else.
    """
    detector = _detector()
    batches = torch.as_tensor(images).unsqueeze(1).split(PICTURES_AT_A_TIME)
    result: np.ndarray = torch.cat([detector(batch.float() / 255) for batch in batches]).squeeze(1).numpy()
    return result


@cache
def _detector() -> nn.Sequential:
    network = build_detector()
    network.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return network.eval()
