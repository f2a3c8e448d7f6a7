"""A picture of a digit becomes what MNIST's makers would have made of it, or is refused with a sentence."""

import contextlib
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.data import load
from mnist_core.errors import BadFile, BadInput, BlankImage, NotFound
from mnist_core.images.prepare import grey_of, prepare, prepare_file, read_grey


def drawn(size=(280, 280), box=(100, 40, 140, 240), paper=255, ink=0, mode="L"):
    picture = Image.new(mode, size, paper)
    ImageDraw.Draw(picture).rectangle(box, fill=ink)
    return picture


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def prepared(picture, kind="PNG", **options):
    return prepare(read_grey(encoded(picture, kind, **options))).digit


def test_a_stroke_fits_the_box_of_20_and_its_centre_of_mass_is_the_middle():
    digit = prepared(drawn(box=(40, 20, 45, 59)))
    rows, columns = np.nonzero(digit > 127)
    assert rows.max() - rows.min() + 1 == 20
    assert columns.max() - columns.min() + 1 == 3
    mass = digit / digit.sum()
    assert (mass.sum(1) * np.arange(28)).sum() == pytest.approx(13.5, abs=0.5)
    # Three pixels have their middle in one of two, half a pixel from that of 28.
    assert (mass.sum(0) * np.arange(28)).sum() == pytest.approx(13.5, abs=0.5 + 1e-6)


def test_black_on_white_and_white_on_black_are_the_same_digit():
    assert np.array_equal(prepared(drawn()), prepared(drawn(paper=0, ink=255)))


def test_small_in_a_corner_and_large_in_the_middle_are_almost_the_same_digit():
    small = prepared(drawn(box=(10, 10, 18, 50))).astype(int)
    assert np.abs(small - prepared(drawn()).astype(int)).mean() < 6


def test_a_transparent_background_is_paper():
    clear = drawn(paper=(0, 0, 0, 0), ink=(0, 0, 0, 255), mode="RGBA")
    assert np.array_equal(prepared(clear), prepared(drawn()))


def test_sixteen_bits_a_pixel_are_scaled_not_cut_off():
    deep = Image.fromarray(np.asarray(drawn(), dtype=np.uint16) * 257)
    assert np.abs(prepared(deep).astype(int) - prepared(drawn())).max() <= 1


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGB", "CMYK"])
def test_every_way_to_store_colours_gives_the_same_digit(mode):
    picture = drawn().convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert np.abs(prepared(picture, kind).astype(int) - prepared(drawn(), kind)).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_the_camera_noted(orientation):
    upright = drawn(box=(60, 40, 100, 240))
    turns = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright if turns[orientation] is None else upright.transpose(turns[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(prepared(stored, exif=exif), prepared(upright))


def test_a_picture_of_28_by_28_is_taken_as_it_is():
    digit = np.zeros((28, 28), np.uint8)
    digit[3:9, 20:22] = 255
    assert np.array_equal(prepared(Image.fromarray(digit)), digit)


def test_an_empty_page_is_never_read():
    for page in (drawn(ink=255), drawn(paper=0, ink=0), drawn(paper=200, ink=190)):
        with pytest.raises(BlankImage, match="Draw a digit"):
            prepared(page)


def test_what_is_not_a_picture_is_refused_with_the_kinds_that_are_read():
    for data in (b"", b"<svg onload=alert(1)>", b"%PDF-1.7", b"GIF89a"):
        with pytest.raises(BadFile):
            read_grey(data)
    with pytest.raises(BadFile, match="PNG, JPEG"):
        read_grey(b"<html>")


def test_a_cut_picture_is_refused():
    data = encoded(Image.effect_noise((200, 200), 80))
    with pytest.raises(BadFile, match="damaged"):
        read_grey(data[: len(data) // 2])


def test_a_picture_of_100_million_pixels_is_refused_before_it_is_decoded():
    data = encoded(Image.new("1", (10_000, 10_000)))
    with pytest.raises(BadFile, match="10000 x 10000"):
        read_grey(data)


def test_a_file_larger_than_the_limit_is_refused():
    with pytest.raises(BadFile, match="bytes"):
        read_grey(bytes(10 * 2**20 + 1))


@pytest.mark.parametrize("size", [(300, 1), (1, 300), (1, 1), (27, 28)])
def test_odd_sizes_are_read_or_refused_but_never_crash(size):
    picture = Image.effect_noise(size, 100)
    with contextlib.suppress(BlankImage):
        assert prepared(picture).shape == (28, 28)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"seven\.png"):
        prepare_file(tmp_path / "seven.png")


CANVASES = {
    "white on black": ((0, 0, 0, 255), (255, 255, 255, 255)),
    "black on white": ((255, 255, 255, 255), (0, 0, 0, 255)),
    "black on nothing": ((0, 0, 0, 0), (0, 0, 0, 255)),
    "white on nothing": ((255, 255, 255, 0), (255, 255, 255, 255)),
    "white on nothing that is black": ((0, 0, 0, 0), (255, 255, 255, 255)),
    "yellow on nothing": ((0, 0, 0, 0), (255, 255, 0, 255)),
}


@pytest.mark.parametrize(("paper", "ink"), CANVASES.values(), ids=CANVASES.keys())
def test_a_canvas_gives_the_same_digit_whatever_its_ink_and_paper(paper, ink):
    pixels = np.asarray(drawn(paper=paper, ink=ink, mode="RGBA"))
    assert np.array_equal(prepare(grey_of(pixels)).digit, prepared(drawn()))


@pytest.mark.parametrize("paper", [(0, 0, 0, 0), (255, 255, 255, 0), (0, 0, 0, 255), (255, 255, 255, 255)])
def test_a_canvas_without_a_stroke_asks_for_a_digit(paper):
    with pytest.raises(BlankImage, match="Draw a digit first"):
        prepare(grey_of(np.full((280, 280, 4), paper, np.uint8)))


def test_pixels_of_another_shape_are_refused():
    with pytest.raises(BadInput, match=r"\(280, 280\)"):
        grey_of(np.zeros((280, 280), np.uint8))


def test_the_strokes_of_a_thin_pen_become_thicker_and_those_of_others_stay():
    def ink(width):
        picture = Image.new("L", (280, 280), 0)
        ImageDraw.Draw(picture).ellipse((60, 40, 220, 240), outline=255, width=width)
        return int(prepared(picture).sum()) / 255

    # A ring of 200 pixels in a box of 20: a pen of 8 pixels would be 0.8 wide, one of 24 is 2.4, MNIST's average.
    assert ink(8) / (8 / 10) > 1.3 * ink(24) / (24 / 10)


@pytest.mark.parametrize("inverted", [False, True])
def test_a_digit_of_mnist_is_ready_whatever_its_strokes_are(inverted: bool) -> None:
    """Also where the soft rims of its strokes are so many that its paper is not mostly of one grey; and it stays as it is."""
    for digit in load("sample").validation.images:
        ready = prepare((255 - digit if inverted else digit) / 255)
        assert ready.light_ink is not inverted
        assert np.abs(ready.digit - digit * (255 / digit.max())).max() <= 1
