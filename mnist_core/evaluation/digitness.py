"""Whether a picture shows a digit at all, by a small network that learned to tell digits from all kinds of other drawings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mnist_core.evaluation.detector import Detector

DETECTOR = Detector(Path(__file__).parent / "digit_detector" / "detector.safetensors", (16, 32), hidden=32, outputs=1)


def digit_scores(images: np.ndarray) -> np.ndarray:
    """How much each picture looks like a handwritten digit, whatever set it is from; of clothes the detector knows nothing.

    Args:
        images: (n, 28, 28) bytes, 0 is paper, prepared as MNIST's are.

    Returns:
        (n,) float32 log odds: above 0 more like a digit, below 0 more like something else.
    """
    scores: np.ndarray = DETECTOR(images).squeeze(1).numpy()
    return scores
