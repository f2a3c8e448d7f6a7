"""Ink told from paper: which of both is dark, uneven light evened out, a threshold, and printed lines taken away.

Every function is pure. OpenCV is imported when the first picture comes, because pages that only might meet one import this.
"""

from __future__ import annotations

import math

import numpy as np

# Ink fainter than this share of the strongest is paper texture or noise of the camera, not a stroke.
FAINTEST_STROKE = 0.25
# In a photo, a stroke must somewhere reach this share of the strongest ink; its ends may be as faint as the one above.
SURE_STROKE = 0.5
# Less contrast than this (paper 0, black 1) is an empty page; print that shines through reaches about 0.1.
FAINTEST_INK = 0.12
# And so is what stands out from the noise by less than this many of its standard deviations.
LEAST_SIGNAL = 6
NOISE_PARTS, SMALLEST_PART = 8, 100
# The median difference of two normal values, as a share of their standard deviation: 0.674 times the root of 2.
MEDIAN_DIFFERENCE = 0.954
# A drawing's paper is all one grey; a photo's never is. Levels of 255 that smoothing and compression may add.
FLAT_LEVELS = 3 / 255
FLAT_SHARE = 0.9
# The light is measured on a picture of about this many pixels a side: shadows are large, strokes shall vanish.
LIGHT_SIDE = 256
# Strokes up to this share of the picture's shorter side are bridged when the light of the paper is measured.
WIDEST_STROKE = 0.12
# The strongest ink is what this share of the pixels reaches, so that no single pixel decides.
STRONGEST_SHARE = 0.0005
# A ruled line runs out of the picture and along at least this share of it; upright more, for digits have upright stems.
SHORTEST_ACROSS, SHORTEST_DOWN = 0.4, 0.8
# Where a line bends, the rest of it is found when the first part is gone.
PASSES = 3
SHORTEST_REST = 0.15
# No paper has more lines than this across a picture; a woven ground has.
MOST_RULES = 200
# Up to this share of the pen's width, it is a line beyond doubt.
FINE_RULE = 0.75


def paper_grey(grey: np.ndarray) -> float:
    """The grey that the picture's edge mostly shows."""
    return float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def is_flat(grey: np.ndarray) -> bool:
    """Whether the paper is all one grey, as on a canvas or in a drawing program, and not a photo's."""
    away = np.abs(grey - paper_grey(grey))
    paper = away < away.max(initial=0) / 2
    return bool((away[paper] <= FLAT_LEVELS).mean() >= FLAT_SHARE) if paper.any() else True


def has_light_ink(grey: np.ndarray, *, flat: bool | None = None) -> bool:
    """Whether the ink is lighter than the paper: what stands out from its surroundings most strongly decides.

    Args:
        grey: (height, width) floats in [0, 1], 0 is black.
        flat: whether its paper is all one grey; None looks.
    """
    import cv2

    if is_flat(grey) if flat is None else flat:
        away = grey - paper_grey(grey)
    else:
        small = _small(grey)
        side = min(small.shape)
        around = cv2.medianBlur(_bytes(small), _odd(side / 4)).astype(np.float32) / 255
        away = small - around
    return bool(np.vdot(away * away, away) > 0)


def even_out(grey: np.ndarray) -> np.ndarray:
    """The light taken out of a photo of dark ink: each grey as a share of the paper's around it.

    The paper's own brightness is found by closing (strokes narrower than an eighth of the picture vanish) and a median,
    which keeps the edge of a shadow where it is.
    """
    import cv2

    small = _small(grey)
    side = min(small.shape)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_odd(side * WIDEST_STROKE),) * 2)
    paper = cv2.morphologyEx(_bytes(small), cv2.MORPH_CLOSE, kernel)
    paper = cv2.GaussianBlur(cv2.medianBlur(paper, _odd(side / 8)), (0, 0), 1)
    light = cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    evened: np.ndarray = grey / np.maximum(light, 1 / 255)
    return evened


def strongest(ink: np.ndarray) -> float:
    """The strength of the strongest ink, where paper is 0; a few odd pixels do not count."""
    rank = max(1, int(ink.size * STRONGEST_SHARE))
    return float(np.partition(ink, ink.size - rank, axis=None)[-rank])


def noise(ink: np.ndarray) -> float:
    """How much the paper's pixels differ by chance where they do most, as in a shadow: a standard deviation, paper is 0.

    From the usual difference between neighbours in each of 8x8 parts of the picture, so that strokes do not count.
    """
    parts = [
        np.median(np.abs(np.diff(part, axis=1)))
        for rows in np.array_split(ink, NOISE_PARTS)
        for part in np.array_split(rows, NOISE_PARTS, axis=1)
        if part.size >= SMALLEST_PART and part.shape[1] > 1
    ]
    return float(max(parts, default=0.0)) / MEDIAN_DIFFERENCE


def strokes(ink: np.ndarray, threshold: float | None = None, *, flat: bool = True) -> np.ndarray:
    """Which pixels are ink: (height, width) booleans.

    In a photo a stroke also must somewhere be clearly darker than that (hysteresis), which texture, print that shines
    through and faint ruled lines are not.

    Args:
        ink: (height, width) floats, paper 0 and the strongest ink 1.
        threshold: ink from here on is a stroke; None is a quarter.
        flat: whether it is a drawing and not a photo.
    """
    import cv2

    low = FAINTEST_STROKE if threshold is None else threshold
    mask = ink >= low
    if flat or threshold is not None:
        return mask
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    sure = np.unique(labels[ink >= SURE_STROKE])
    found: np.ndarray = np.isin(labels, sure[sure > 0])
    return found


def stroke_width(mask: np.ndarray) -> float:
    """The usual width of the strokes in pixels; 0 without any.

    In a stroke of one width the mean distance to its edge is a quarter of it.
    """
    import cv2

    if not mask.any():
        return 0.0
    distance = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)
    # Distances are counted from the nearest pixel's middle, half a pixel beyond the edge.
    return max(1.0, 4 * float(distance[distance > 0].mean() - 0.5))


def without_rules(mask: np.ndarray) -> np.ndarray:
    """The strokes without ruled or squared paper's lines.

    A line is what is thin across, runs out of the picture and along much of it. Only where it is thin is it taken away, so
    a stroke that crosses it stays whole (as staff lines are removed from music).

    Args:
        mask: (height, width) booleans.
    """
    if min(mask.shape) < 32 or not mask.any():
        return mask
    pen = stroke_width(mask)
    for _ in range(PASSES):
        across = _rules(mask, pen, SHORTEST_ACROSS)
        down = _rules(np.ascontiguousarray(mask.T), pen, SHORTEST_DOWN).T
        if not (across.any() or down.any()):
            break
        mask = mask & ~across & ~down
    return mask


def _rules(mask: np.ndarray, pen: float, shortest: float) -> np.ndarray:
    """Which pixels belong to lines that run from left to right and nothing else."""
    import cv2

    width = mask.shape[1]
    ink = mask.astype(np.uint8)
    thickest = max(2, round(1.3 * pen))
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((thickest + 1, 1), np.uint8))
    thin = (ink > 0) & (thick == 0)
    gap = _odd(max(2 * pen, 0.03 * width))
    bridged = cv2.morphologyEx(thin.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bridged, connectivity=8)
    left, across, tall = stats[:, 0], stats[:, 2], stats[:, 3]
    rim = max(2, 0.02 * width)
    from_left, to_right = left <= rim, left + across >= width - rim
    long = (across >= shortest * width) & (from_left | to_right) & (tall <= 0.15 * across + 2 * thickest)
    long[0] = False
    fine = np.bincount(labels[thin], minlength=len(stats)) <= FINE_RULE * pen * across
    # As wide as the pen and all across: one may be the bar of a 7 that fills the picture, two or more are paper; and then
    # what a broad stroke leaves of another one may be short.
    through = long & from_left & to_right
    several = through.sum() > 1
    short = (across >= SHORTEST_REST * width) & (from_left | to_right) & (tall <= 2 * thickest) & several
    short[0] = False
    found = np.flatnonzero((long | short) & fine | through & several)
    lines = np.zeros_like(mask)
    if len(found) > MOST_RULES:
        return lines
    margin = 2 * thickest
    for label in found:
        strip = slice(max(0, stats[label, 1] - margin), stats[label, 1] + tall[label] + margin)
        lines[strip] |= _rule(ink[strip], (labels[strip] == label) & thin[strip])
    return lines


def _rule(ink: np.ndarray, thin: np.ndarray) -> np.ndarray:
    """The pixels of one line: near a smooth curve through its thin places, where nothing thicker crosses it."""
    import cv2

    height, width = ink.shape
    y, x = np.nonzero(thin)
    thickness = float(np.median(np.bincount(x)[np.unique(x)]))
    near = max(1.5, thickness)
    powers = np.vander((x - x.mean()) / width, 3)
    keep = np.ones(len(x), bool)
    for _ in range(5):
        span = np.ptp(powers[keep, 1])
        # Short pieces are level or straight; only a long line shows how it bends.
        terms = powers[:, 0 if span > 0.7 else 1 if span > 0.02 else 2 :]
        curve = np.linalg.lstsq(terms[keep], y[keep], rcond=None)[0]
        away = np.abs(terms @ curve - y)
        # Bars of digits lie beside the line: the farther half goes first.
        keep = away <= max(near, float(np.median(away[keep])))
    middle = np.polyval(curve, (np.arange(width) - x.mean()) / width)
    tall = np.ones((round(thickness) + 2, 1), np.uint8)
    slim = (ink > 0) & (cv2.morphologyEx(ink, cv2.MORPH_OPEN, tall) == 0)
    line: np.ndarray = slim & (np.abs(np.arange(height)[:, None] - middle) <= near + 0.5)
    return line


def _small(grey: np.ndarray) -> np.ndarray:
    import cv2

    scale = LIGHT_SIDE / max(grey.shape)
    if scale >= 1:
        return grey.astype(np.float32)
    size = [max(1, round(length * scale)) for length in grey.shape[::-1]]
    return cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA)


def _bytes(grey: np.ndarray) -> np.ndarray:
    return np.round(grey * 255).astype(np.uint8)


def _odd(length: float) -> int:
    return max(3, 2 * math.floor(length / 2) + 1)
