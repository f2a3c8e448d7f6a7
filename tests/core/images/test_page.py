"""Several digits in one picture: each is found where it is, and the text is read line by line."""

import numpy as np
import pytest

from mnist_core.errors import BlankImage
from mnist_core.images.page import find_digits
from mnist_core.images.prepare import prepare
from tests.core.images.photos import STROKES, photo, rule, shade, write

DIGITS = [each for each in STROKES if each != "-"]


def alone(text):
    page = np.ones((300, 300), np.float32)
    write(page, text, left=80, top=60, height=150, pen=16, ink=0)
    return prepare(page).digit


KNOWN = np.stack([alone(each) for each in DIGITS]).reshape(len(DIGITS), -1).astype(float)
KNOWN = (KNOWN - KNOWN.mean(1, keepdims=True)) / np.linalg.norm(
    KNOWN - KNOWN.mean(1, keepdims=True), axis=1, keepdims=True
)


def read(images):
    """A small honest model: how well each picture matches the digits that the tests can draw."""
    flat = images.reshape(len(images), -1).astype(float)
    flat = flat - flat.mean(1, keepdims=True)
    match = np.exp(12 * flat / np.linalg.norm(flat, axis=1, keepdims=True) @ KNOWN.T)
    # What matches nothing is nothing for sure.
    return match / (match.sum(1, keepdims=True) + np.exp(9))


def text_of(grey, **settings):
    page = find_digits(grey, read, **settings)
    answers = [DIGITS[k] for k in read(np.stack([each.digit for each in page.digits])).argmax(1)]
    return page.lines(answers)


def test_lines_are_read_from_top_to_bottom_and_each_from_left_to_right():
    page = photo()
    write(page, "404", left=60, top=40, height=70)
    write(page, "5107", left=40, top=170, height=70)
    assert text_of(page) == ["404", "5107"]
    assert text_of(shade(page)) == ["404", "5107"]


def test_a_box_is_where_the_digit_is_in_the_picture():
    page = photo()
    write(page, "0", left=100, top=50, height=80)
    (found,) = find_digits(shade(page)).digits
    # The 0 spans 0.1 to 0.9 of 0.65 heights, and the pen goes 2.5 pixels beyond.
    assert found.box == pytest.approx((102.7, 47.5, 149.3, 132.5), abs=2)


def test_boxes_of_a_large_photo_are_in_its_own_pixels():
    page = photo(1500, 3000)
    write(page, "40", left=700, top=500, height=400, pen=30)
    first, second = find_digits(shade(page)).digits
    assert first.box == pytest.approx((711, 485, 949, 915), abs=8)
    assert second.box[0] > first.box[2]


def test_writing_that_slopes_stays_in_its_line():
    page = photo(400, 700)
    for number, digit in enumerate("4570415"):
        write(page, digit, left=40 + 90 * number, top=200 - 18 * number, height=60)
        write(page, digit, left=40 + 90 * number, top=310 - 18 * number, height=60)
    assert text_of(page) == ["4570415", "4570415"]


def test_ruled_paper_and_dashes_are_no_digits():
    page = photo(300, 600)
    write(page, "404", left=40, top=30, height=70)
    write(page, "-", left=215, top=50, height=50)
    write(page, "1000", left=270, top=30, height=70)
    write(page, "717", left=40, top=160, height=70)
    rule(page, 64, 2)
    assert text_of(shade(page)) == ["4041000", "717"]


def test_digits_that_touch_are_cut_where_the_parts_are_surest():
    page = photo()
    write(page, "4", left=60, top=80, height=100, pen=7)
    write(page, "0", left=118, top=80, height=100, pen=7)
    write(page, "0", left=176, top=80, height=100, pen=7)
    touching = shade(page)
    assert len(find_digits(touching).digits) == 1
    assert text_of(touching) == ["400"]


def test_what_the_edge_cuts_and_specks_are_left_out():
    page = photo()
    write(page, "47", left=100, top=100, height=90)
    write(page, "5", left=100, top=-60, height=90)
    page[250:253, 300:303] = 0.2
    assert text_of(shade(page)) == ["47"]


def test_a_page_without_a_digit_says_so():
    with pytest.raises(BlankImage, match="Draw a digit first"):
        find_digits(shade(photo()), read)
