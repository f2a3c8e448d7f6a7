"""The strokes of a drawing: from the objects of a Fabric.js canvas to the way that the pen went."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mnist_core.errors import BadInput

Stroke = tuple[tuple[float, float], ...]
# A minute of drawing is some 5,000; a hand-made message could hold millions.
MOST_POINTS = 100_000
# Points on each curve that its extent is measured with: exact to a few hundredths of a pixel.
ON_A_CURVE = np.linspace(0, 1, 33)[:, None]


def strokes_of(objects: Iterable[Mapping[str, Any]]) -> tuple[Stroke, ...]:
    """The pen's way for each stroke, as (x, y) in pixels of the canvas, where the stroke is now.

    A stroke that was moved, scaled or turned after it was drawn keeps the path it was drawn with; where it is now follows
    from its centre, scale and angle. Objects that are not freely drawn are left out.

    Args:
        objects: of `json_data["objects"]`, as Fabric.js 5 to 7 writes them.

    Raises:
        BadInput: they are not what a canvas writes: other keys, places that are no numbers, or far too many points.
    """
    try:
        paths = [each for each in objects if str(each.get("type", "")).lower() == "path" and each.get("path")]
        if sum(len(each["path"]) for each in paths) > MOST_POINTS:
            raise BadInput(
                "The drawing has too many points.", f"Allowed: at most {MOST_POINTS:,}. Start a new drawing."
            )
        # Places that are no numbers are looked for below.
        with np.errstate(invalid="ignore", over="ignore"):
            strokes = tuple(_stroke(each) for each in paths)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadInput("The drawing is not one that the canvas made.", "Start a new drawing.") from error
    if not all(math.isfinite(place) for stroke in strokes for point in stroke for place in point):
        raise BadInput("The drawing has points that lie nowhere.", "Start a new drawing.")
    return strokes


def _stroke(path: Mapping[str, Any]) -> Stroke:
    ends = [np.array(command[-2:], float) for command in path["path"] if len(command) >= 3]
    curve = np.concatenate([ends[0][None], *map(_curve, ends, path["path"][1:])]) if len(ends) > 1 else ends[0][None]
    low, high = curve.min(0), curve.max(0)
    scale = np.array([_scale(path, "X"), _scale(path, "Y")])
    angle = math.radians(float(path.get("angle", 0)))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centre = np.array([float(path["left"]), float(path["top"])])
    if path.get("originX", "left") == "left":
        # Older canvases give the corner of the box around the inked stroke instead of its centre.
        centre += turn @ (((high - low) + float(path.get("strokeWidth", 0))) * np.abs(scale) / 2)
    moved = (np.array(ends) - (low + high) / 2) * scale @ turn.T + centre
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in moved)


def _scale(path: Mapping[str, Any], axis: str) -> float:
    return float(path.get(f"scale{axis}", 1)) * (-1 if path.get(f"flip{axis}") else 1)


def _curve(start: np.ndarray, command: list[Any]) -> np.ndarray:
    """Points from `start` along a line or a curve, as Fabric.js measures it."""
    end = np.array(command[-2:], float)
    if command[0] != "Q":
        return np.stack([start, end])
    bend = np.array(command[1:3], float)
    t = ON_A_CURVE
    # Fabric takes a quadratic curve for a cubic one whose two inner points are the same; its centre depends on that.
    points: np.ndarray = (1 - t) ** 3 * start + 3 * t * (1 - t) * bend + t**3 * end
    return points
