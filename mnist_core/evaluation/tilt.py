"""Whether a digit stands as upright as digits are written, by a small network that learned it from turned ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mnist_core.evaluation.detector import Detector

DETECTOR = Detector(Path(__file__).parent / "tilt_detector" / "tilt.safetensors", (24, 40), hidden=64, outputs=3)


def tilts(images: np.ndarray) -> np.ndarray:
    """Of each digit, the probabilities that it is upright, turned clockwise, and turned anticlockwise by about 25 degrees.

    Args:
        images: (n, 28, 28) bytes, 0 is paper, prepared as MNIST's are.

    Returns:
        (n, 3) float32; each row sums to 1.
    """
    shares: np.ndarray = DETECTOR(images).softmax(1).numpy()
    return shares
