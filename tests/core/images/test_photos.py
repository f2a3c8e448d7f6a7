"""Photos and scans: under any light and on any paper, the digit is the one that a clean drawing gives."""

import subprocess
import sys

import numpy as np
import pytest

from mnist_core.errors import BadInput, BlankImage
from mnist_core.images import paper
from mnist_core.images.prepare import NARROWED, WIDENED, prepare
from tests.core.images.photos import photo, rule, shade, write


def clean(text="4", **changes):
    page = np.ones((300, 400), np.float32)
    write(page, text, **{"left": 130, "top": 60, "height": 160, "pen": 14, "ink": 0, **changes})
    return page


def alike(one, other):
    """Correlation of two digits: 1 is the same."""
    return np.corrcoef(one.digit.ravel(), other.digit.ravel())[0, 1]


def written(text="4", **changes):
    page = photo()
    write(page, text, **{"left": 130, "top": 60, "height": 160, "pen": 14, **changes})
    return page


@pytest.mark.parametrize("text", ["1", "4", "5", "7", "0"])
def test_row_29_a_shadow_across_the_paper_changes_nothing(text):
    shaded = shade(written(text))
    # The shadow is darker than half of the paper in the light is bright: no one threshold could tell ink from it.
    assert shaded[:, :60].mean() < 0.5 * shaded[:, -60:].mean()
    assert alike(prepare(shaded), prepare(clean(text))) > 0.97


@pytest.mark.parametrize("grey", [0.95, 0.7, 0.45, 0.3], ids=lambda grey: f"row 29: paper of {grey}")
def test_grey_paper_is_still_paper(grey):
    read = prepare(clean() * grey)
    assert not read.light_ink
    assert np.array_equal(read.digit, prepare(clean()).digit)


def test_chalk_on_a_board_is_light_ink():
    board = 0.35 * (1 - clean()) + 0.1
    read = prepare(np.clip(board + np.random.default_rng(0).normal(0, 0.01, board.shape), 0, 1))
    assert read.light_ink
    assert alike(read, prepare(clean())) > 0.97


@pytest.mark.parametrize(("thick", "every"), [(1, 40), (2, 40), (2, 75)])
def test_ruled_paper_leaves_no_line(thick, every):
    page = written()
    rule(page, every, thick)
    assert alike(prepare(shade(page)), prepare(clean())) > 0.95


def test_squared_paper_leaves_no_line():
    page = written()
    rule(page, 50, 2, slope=0)
    rule(page.T, 50, 2, slope=0)
    assert alike(prepare(shade(page)), prepare(clean())) > 0.93


def test_a_stroke_that_crosses_a_line_stays_whole():
    mask = np.zeros((200, 300), bool)
    mask[40:160, 140:150] = True
    crossed = mask.copy()
    crossed[100:103] = True
    crossed[20:23] = True
    assert np.array_equal(paper.without_rules(crossed), mask)


def test_the_bar_of_a_7_that_fills_its_picture_is_no_line():
    sheet = photo(700, 400)
    write(sheet, "7", left=-40, top=30, height=600, pen=20)
    seven = sheet[:, 20:290]
    assert seven[25:35].max() < 0.5
    assert alike(prepare(shade(seven)), prepare(clean("7"))) > 0.9


def test_specks_and_what_the_edge_cuts_are_no_part_of_a_photo_s_digit():
    page = written()
    write(page, "0", left=-60, top=100, height=120, pen=14)
    page[20:24, 20:24] = page[280:283, 350:354] = 0.2
    assert alike(prepare(shade(page)), prepare(clean())) > 0.97


def test_the_bar_of_a_5_that_hangs_in_the_air_stays():
    assert alike(prepare(shade(written("5", pen=8))), prepare(clean("5", pen=8))) > 0.95


@pytest.mark.parametrize("pen", [1, 2, 4, 8])
def test_a_thin_pen_is_widened_to_mnist_s(pen):
    digit = prepare(clean("0", pen=pen)).digit
    ink = digit.astype(float) / 255
    assert ink.max() > 0.95
    # The outline of this 0 is 4.55 times half its height long, less what its corners share.
    assert ink.sum() / (4.55 * 9) == pytest.approx(WIDENED, rel=0.2)


def stroke_width(pen):
    (stage,) = (stage for stage in prepare(clean("0", pen=pen)).stages if stage.name == "stroke width")
    return stage


def test_an_ordinary_pen_is_left_as_it_is():
    assert "kept" in stroke_width(24).note


def test_a_thick_pen_is_narrowed_so_that_a_loop_stays_open():
    stage = stroke_width(56)
    assert f"narrowed to {NARROWED}" in stage.note
    height, width = stage.picture.shape
    assert stage.picture[height // 2, width // 2] == 0


def test_every_stage_can_be_looked_at_in_order():
    read = prepare(shade(written()))
    assert [stage.name for stage in read.stages] == [
        "raw",
        "polarity",
        "light",
        "threshold",
        "lines",
        "crop",
        "stroke width",
        "box",
        "centre",
    ]
    for stage in read.stages:
        assert stage.digit.shape == (28, 28)
        assert 0 <= stage.picture.min() <= stage.picture.max() <= 1
        assert stage.note.endswith(".")
    assert np.array_equal(read.stages[-1].digit, read.digit)


def test_threshold_and_polarity_can_be_set_by_hand():
    faint = clean()
    write(faint, "1", left=20, top=60, height=160, pen=14, ink=0.6)
    assert prepare(faint).digit.any()
    assert np.array_equal(prepare(faint, threshold=0.6).digit, prepare(clean(), threshold=0.6).digit)
    turned = prepare(clean() * 0.5 + 0.5, light_ink=False)
    assert not turned.light_ink
    with pytest.raises(BlankImage):
        prepare(clean(), light_ink=True)


@pytest.mark.parametrize("threshold", [0, 1, -0.5, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(BadInput, match="above 0 and below 1"):
        prepare(clean(), threshold=threshold)


def test_an_empty_photo_is_blank_however_the_light_falls():
    with pytest.raises(BlankImage):
        prepare(shade(photo()))


def test_reading_nothing_does_not_load_opencv():
    """A page that might meet a picture must paint before the library that reads it is there."""
    check = "import sys, mnist_core.images.page, mnist_core.images.prepare; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
