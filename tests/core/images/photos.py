"""Small photos that the tests make themselves: strokes on paper with shadow, noise and printed lines."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

# Strokes in a square of side 1, each a list of (x, y) from the upper left.
STROKES = {
    "1": [[(0.5, 0), (0.5, 1)]],
    "4": [[(0.55, 0), (0.1, 0.6), (0.9, 0.6)], [(0.65, 0.3), (0.65, 1)]],
    "5": [[(0.2, 0.08), (0.2, 0.45), (0.6, 0.42), (0.75, 0.65), (0.6, 0.95), (0.15, 0.92)], [(0.25, 0), (0.8, 0)]],
    "7": [[(0.15, 0), (0.85, 0), (0.4, 1)]],
    "0": [[(0.5 + 0.4 * np.sin(a), 0.5 - 0.5 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 40)]],
    "-": [[(0.1, 0.5), (0.9, 0.55)]],
}


def write(
    paper: np.ndarray, text: str, left: float, top: float, height: float, pen: int = 5, ink: float = 0.25
) -> None:
    """Draw digits on `paper` in place, each as wide as high less a third, as a pen does: light times `ink` where it went."""
    sheet = Image.new("L", paper.shape[::-1], 0)
    draw = ImageDraw.Draw(sheet)
    for number, each in enumerate(text):
        for stroke in STROKES[each]:
            points = [(left + height * (0.8 * number + 0.65 * x), top + height * y) for x, y in stroke]
            draw.line(points, fill=255, width=pen, joint="curve")
            for x, y in points:
                draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    paper *= 1 - (1 - ink) * np.asarray(sheet, np.float32) / 255


def photo(height: int = 300, width: int = 400) -> np.ndarray:
    """A sheet of white paper, (height, width) floats, before anything is on it."""
    return np.full((height, width), 0.9, np.float32)


def rule(paper: np.ndarray, every: int, thick: int = 2, slope: float = 0.03, ink: float = 0.5) -> None:
    """Print lines on `paper` in place that slope a little, as on a sheet that lies askew."""
    y, x = np.mgrid[: paper.shape[0], : paper.shape[1]]
    paper[(y + slope * x - every / 2) % every < thick] *= ink


def shade(paper: np.ndarray, dark: float = 0.35) -> np.ndarray:
    """The photo under a lamp on the right with the edge of a shadow across it, and with a camera's noise."""
    y, x = np.mgrid[: paper.shape[0], : paper.shape[1]] / max(paper.shape)
    edge = 1 / (1 + np.exp((x + 0.4 * y - 0.55) * 60))
    light = (0.75 + 0.3 * x) * (1 - (1 - dark) * edge)
    noise = np.random.default_rng(0).normal(0, 0.01, paper.shape)
    return np.clip(paper * light + noise, 0, 1).astype(np.float32)
