"""Where a pen went is read from what a canvas says, also after the stroke was moved, scaled or turned."""

import numpy as np
import pytest

from mnist_core.images.strokes import strokes_of

# As streamlit-drawable-canvas 0.13 gave it for a mouse that went from (60, 60) over (200, 60) to (120, 220).
SEVEN = {
    "type": "Path", "originX": "center", "originY": "center", "left": 128.3694, "top": 139.6184, "width": 136.7747,
    "height": 160.018, "strokeWidth": 18, "scaleX": 1, "scaleY": 1, "angle": 0, "flipX": False, "flipY": False,
    "path": [
        ["M", 59.982, 59.609375], ["Q", 60, 59.609375, 77.5, 59.609375], ["Q", 95, 59.609375, 112.5, 59.609375],
        ["Q", 130, 59.609375, 147.5, 59.609375], ["Q", 165, 59.609375, 182.5, 59.609375],
        ["Q", 200, 59.609375, 190, 79.609375], ["Q", 180, 99.609375, 170, 119.609375],
        ["Q", 160, 139.609375, 140, 179.609375], ["L", 119.982, 219.627375],
    ],
}  # fmt: skip


def test_a_stroke_as_it_was_drawn_is_where_its_path_says():
    [stroke] = strokes_of([SEVEN])
    ends = [command[-2:] for command in SEVEN["path"]]
    assert np.allclose(stroke, ends, atol=0.05)


def test_a_stroke_that_was_moved_turned_and_scaled_is_where_it_is_now():
    [before] = strokes_of([SEVEN])
    [moved] = strokes_of([SEVEN | {"left": SEVEN["left"] + 30, "top": SEVEN["top"] - 7}])
    assert np.allclose(np.subtract(moved, before), (30, -7), atol=0.01)
    [half] = strokes_of([SEVEN | {"scaleX": 0.5, "scaleY": 0.5}])
    assert np.ptp(half, 0) == pytest.approx(np.ptp(before, 0) / 2, abs=0.02)
    [turned] = strokes_of([SEVEN | {"angle": 90}])
    centre = np.array([SEVEN["left"], SEVEN["top"]])
    # A quarter turn clockwise, with y pointing down: (x, y) goes to (-y, x).
    expected = [(-y, x) for x, y in np.subtract(before, centre)] + centre
    assert np.allclose(turned, expected, atol=0.02)
    [mirrored] = strokes_of([SEVEN | {"flipX": True}])
    assert np.allclose(np.subtract(mirrored, centre)[:, 0], -np.subtract(before, centre)[:, 0], atol=0.02)


def test_an_older_canvas_that_gives_the_corner_of_the_ink_means_the_same():
    corner = {"originX": "left", "originY": "top", "left": 128.3694 - 136.7747 / 2 - 9, "top": 139.6184 - 80.009 - 9}
    assert np.allclose(strokes_of([SEVEN | corner])[0], strokes_of([SEVEN])[0], atol=0.05)


def test_a_dot_is_a_stroke_and_what_is_not_drawn_by_hand_is_not():
    dot = {"type": "path", "originX": "center", "left": 5, "top": 6, "path": [["M", 5, 6], ["L", 5, 6]]}
    assert strokes_of([dot, {"type": "Rect", "left": 1, "top": 1}]) == (((5.0, 6.0), (5.0, 6.0)),)
    assert strokes_of([{"type": "Path", "path": []}]) == ()
