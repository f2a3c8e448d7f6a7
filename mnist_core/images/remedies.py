"""What can be done for a digit of 28x28 pixels that is not as MNIST's are: one function for each fault.

All take and give (28, 28) bytes, 0 is paper. OpenCV is imported when the first picture comes.
"""

from __future__ import annotations

import numpy as np

from mnist_core.images.prepare import finish

SIDE = 28
# What is fainter than this share of the strongest ink is taken for the soft edge of a stroke.
EDGE = 0.05
STROKE = 0.25
# Strokes that are fainter all along than this are none.
FAINTEST = 0.12
# A speck has no more pixels than this.
LARGEST_SPECK = 4
# A pixel that differs from the middle one of its nine by more than this, of 255, and has few like it, is a speck on a stroke.
ODD = 100
# Digits are redrawn on a grid of eight times the side, with room to turn in.
FINER = 8
MARGIN = 6


def inverted(digit: np.ndarray) -> np.ndarray:
    """Ink for paper and paper for ink."""
    turned: np.ndarray = 255 - digit
    return turned


def specks(digit: np.ndarray) -> np.ndarray:
    """Which pixels are specks: (28, 28) booleans, true for small spots of ink that touch no larger one."""
    import cv2

    ink = digit >= STROKE * max(1, int(digit.max(initial=0)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] <= LARGEST_SPECK
    if count > 1:
        small[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())] = False
    found: np.ndarray = small[labels] & ink
    return found


def without_specks(digit: np.ndarray) -> np.ndarray:
    """Spots taken away, holes and bumps of single pixels levelled."""
    import cv2

    clean = np.where(specks(digit), 0, digit).astype(np.uint8)
    middle = cv2.medianBlur(np.pad(clean, 1), 3)[1:-1, 1:-1]
    near = np.abs(clean.astype(np.int16) - middle) > ODD
    # The end of a fine stroke differs from the middle of its nine, too, but not alone.
    alike = cv2.filter2D(near.astype(np.float32), -1, np.ones((3, 3), np.float32), borderType=cv2.BORDER_CONSTANT)
    level: np.ndarray = np.where(near & (alike <= 1.5), middle, clean)
    return np.where(specks(level), 0, level).astype(np.uint8)


def fitted(digit: np.ndarray) -> np.ndarray:
    """Scaled to 20 pixels at its longest and put in the middle by its centre of mass, as MNIST's makers did."""
    return _prepared(_redrawn(digit), digit)


def centred(digit: np.ndarray) -> np.ndarray:
    """Moved by whole pixels so that its centre of mass is in the middle; what would leave the picture is lost."""
    total = max(1.0, float(digit.sum()))
    middle = (SIDE - 1) / 2
    rows, columns = (
        round(middle - float((np.arange(SIDE) * digit.sum(axis, dtype=np.float64)).sum()) / total) for axis in (1, 0)
    )
    moved = np.zeros_like(digit)
    to, of = zip(*((_span(step), _span(-step)) for step in (rows, columns)), strict=True)
    moved[to] = digit[of]
    return moved


def widened(digit: np.ndarray, pixels: float) -> np.ndarray:
    """Strokes made wider by so many pixels, or thinner where it is negative; then fitted."""
    import cv2

    drawn = _redrawn(digit).astype(np.uint8)
    # To each side goes half of it.
    reach = 2 * round(abs(pixels) * FINER / 2) + 1
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    return _prepared((cv2.dilate(drawn, pen) if pixels > 0 else cv2.erode(drawn, pen)) > 0, digit)


def rotated(digit: np.ndarray, degrees: float) -> np.ndarray:
    """Turned, anticlockwise for positive angles; then fitted."""
    import cv2

    drawn = _redrawn(digit).astype(np.float32)
    middle = (len(drawn) - 1) / 2
    spin = cv2.getRotationMatrix2D((middle, middle), degrees, 1)
    return _prepared(cv2.warpAffine(drawn, spin, drawn.shape, flags=cv2.INTER_LINEAR) >= 0.5, digit)


def _redrawn(digit: np.ndarray) -> np.ndarray:
    """The strokes on a finer grid with room around them, as booleans: what a pen drew, sharp again."""
    import cv2

    ink = digit.astype(np.float32) / max(1, int(digit.max(initial=0)))
    # Where a stroke is faint all along, half of its own strength is its edge; a trace of ink is none.
    around = cv2.GaussianBlur(cv2.dilate(ink, np.ones((5, 5), np.uint8)), (0, 0), 1)
    even = np.pad(np.clip(ink / np.maximum(around, FAINTEST), 0, 1), MARGIN)
    side = (SIDE + 2 * MARGIN) * FINER
    drawn: np.ndarray = cv2.resize(even, (side, side), interpolation=cv2.INTER_CUBIC) >= 0.5
    return drawn


def _prepared(drawn: np.ndarray, digit: np.ndarray) -> np.ndarray:
    """A fine drawing as MNIST's makers would have prepared it; the digit as it was, if nothing is left of it."""
    return finish(drawn.astype(np.float32), drawn)[-1].digit if drawn.any() else digit


def _span(step: int) -> slice:
    return slice(max(0, step), SIDE + min(0, step))
