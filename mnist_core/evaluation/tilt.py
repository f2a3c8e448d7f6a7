"""Whether a digit stands as upright as digits are written, by a small network that learned it from turned ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).parent / "tilt_detector" / "tilt.safetensors"
PICTURES_AT_A_TIME = 500


def build_tilt_detector() -> nn.Sequential:
    """The untrained network: (n, 1, 28, 28) floats in [0, 1], 0 is paper, to (n, 3) scores, in the order of `tilts`."""
    network = nn.Sequential(
        nn.Conv2d(1, 24, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(24, 40, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1000, 64),
        nn.ReLU(),
        nn.Linear(64, 3),
    )
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


@torch.inference_mode()
def tilts(images: np.ndarray) -> np.ndarray:
    """Of each digit, the probabilities that it is upright, turned clockwise, and turned anticlockwise by about 25 degrees.

    Args:
        images: (n, 28, 28) bytes, 0 is paper, prepared as MNIST's are.

    Returns:
        (n, 3) float32; each row sums to 1.
    """
    detector = _detector()
    batches = torch.as_tensor(images).unsqueeze(1).split(PICTURES_AT_A_TIME)
    scores = torch.cat([detector(batch.float() / 255) for batch in batches])
    result: np.ndarray = scores.softmax(1).numpy()
    return result


@cache
def _detector() -> nn.Sequential:
    network = build_tilt_detector()
    network.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return network.eval()
