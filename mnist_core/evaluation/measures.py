"""What can be measured on a digit of 28x28 pixels, and what is usual among MNIST's training digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.images.remedies import EDGE, SIDE, specks

# What is a stroke when its width is measured: half covered.
HALF = 0.5
# The frame around the digit, where MNIST's have next to nothing.
FRAME = 3


@dataclass(frozen=True)
class Measures:
    """Of one digit; lengths in pixels of 28x28.

    Attributes:
        paper: how bright the picture's edge is, from 0 (paper) to 1 (full ink).
        specks: small spots of ink apart from the strokes.
        specks_in_frame: those of them within three pixels of the picture's edge.
        longest_side: of the box around all ink, specks left out.
        off_centre: distance of the centre of mass from the picture's middle.
        cut: pixels of ink on the picture's edge.
        stroke_width: ink by length: twice the area by its outline.
        mean_ink: mean of all pixels, as a share of full ink.
    """

    paper: float
    specks: int
    specks_in_frame: int
    longest_side: int
    off_centre: float
    cut: int
    stroke_width: float
    mean_ink: float


# The middle 98 of 100 of MNIST's training digits lie in these; tests/core/evaluation/test_measures.py measures them again.
USUAL: dict[str, tuple[float, float]] = {
    "specks": (0, 1),
    "longest_side": (20, 20),
    "off_centre": (0.1, 1.4),
    "cut": (0, 2),
    "stroke_width": (1.1, 3.6),
    "mean_ink": (0.05, 0.25),
}


def measure(digit: np.ndarray) -> Measures:
    """Measure a digit of (28, 28) bytes, 0 is paper; of one without ink, lengths are 0."""
    import cv2

    ink = digit.astype(np.float32) / max(1, int(digit.max(initial=0)))
    spots = specks(digit)
    count, labels = cv2.connectedComponents(spots.astype(np.uint8), connectivity=8)
    inside = slice(FRAME, SIDE - FRAME)
    outer = labels.copy()
    outer[inside, inside] = 0
    ring = np.concatenate([ink[0], ink[-1], ink[1:-1, 0], ink[1:-1, -1]])
    main = np.where(cv2.dilate(spots.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, 0, ink)
    if main.max(initial=0) < EDGE:
        main = ink
    traces = main >= EDGE
    rows, columns = np.flatnonzero(traces.any(1)), np.flatnonzero(traces.any(0))
    strokes = np.pad(main >= HALF, 1)
    outline = int((strokes[1:] != strokes[:-1]).sum() + (strokes[:, 1:] != strokes[:, :-1]).sum())
    return Measures(
        paper=float(np.median(digit[[0, -1]]) + np.median(digit[:, [0, -1]])) / 2 / 255,
        specks=count - 1,
        specks_in_frame=len(np.unique(outer)) - 1,
        longest_side=int(max(np.ptp(rows), np.ptp(columns))) + 1 if len(rows) else 0,
        off_centre=_off_centre(np.where(traces, np.maximum(main, HALF), 0)),
        cut=int((ring >= 0.25).sum()),
        stroke_width=2 * int(strokes.sum()) / outline if outline else 0.0,
        mean_ink=float(digit.mean()) / 255,
    )


def _off_centre(ink: np.ndarray) -> float:
    total = float(ink.sum())
    if not total:
        return 0.0
    along = np.arange(SIDE) - (SIDE - 1) / 2
    return float(np.hypot((ink.sum(1) * along).sum(), (ink.sum(0) * along).sum())) / total
