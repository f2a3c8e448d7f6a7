"""Pictures and drawings that no honest person sends, and some that many do: each read by a rule or refused by a sentence."""

import contextlib
import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.errors import BadFile, BadInput, BlankImage, LabError
from mnist_core.images.page import find_digits
from mnist_core.images.picture import check_count, grey_of, read_grey, read_picture, shown_name
from mnist_core.images.prepare import open_picture, prepare
from mnist_core.images.strokes import strokes_of


def drawn(paper=255, ink=0, mode="L", size=(280, 280)):
    picture = Image.new(mode, size, paper)
    ImageDraw.Draw(picture).line([(90, 60), (190, 60), (120, 230)], fill=ink, width=18)
    return picture


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_with(name, body):
    """A small PNG with one more chunk after its header."""
    data = encoded(drawn())
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return data[:33] + chunk + data[33:]


def exif_that_points_to_itself():
    """A JPEG whose camera's note is a directory that names itself as the next one."""
    loop = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 0x0112, 4, 1, 8) + struct.pack("<I", 8)
    return encoded(drawn(), "JPEG", exif=b"Exif\0\0" + loop)


REFUSED = {
    "row 21: 100 million pixels in a small file": (encoded(Image.new("1", (10_000, 10_000))), "10000 x 10000"),
    "row 22: no bytes at all": (b"", "not a picture"),
    "row 23: a PNG cut in half": (encoded(Image.effect_noise((200, 200), 80))[:9_000], "damaged"),
    "row 23: a JPEG cut in half": (encoded(Image.effect_noise((200, 200), 80), "JPEG")[:4_000], "damaged"),
    "row 30: an SVG with a script": (b"<svg xmlns='x'><script>alert(1)</script></svg>", "Allowed: PNG, JPEG"),
    "row 30: HTML named as a picture": (b"<!doctype html><img src=x onerror=alert(1)>", "Allowed: PNG, JPEG"),
    "row 30: a GIF that is a script too": (
        b"GIF89a/*\0\0\0\0*/=1;alert(document.domain);",
        "damaged|not a picture|pixels",
    ),
    "row 31: HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC.*PNG, JPEG.*Save it as JPEG"),
    "row 31: AVIF": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF.*PNG, JPEG"),
    "row 31: TIFF": (encoded(drawn(), "TIFF"), "TIFF.*PNG, JPEG"),
    "row 31: PSD": (b"8BPS\0\1\0\0\0\0\0\0", "PSD.*PNG, JPEG"),
    "row 31: FITS": (b"SIMPLE  =                    T", "FITS.*PNG, JPEG"),
    "row 31: EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS.*PNG, JPEG"),
    "row 31: PDF": (b"%PDF-1.7\n", "PDF.*PNG, JPEG"),
    "row 32: 50 MB of text unpacked from a PNG": (
        png_with(b"zTXt", b"a\0\0" + zlib.compress(bytes(50 * 2**20))),
        "damaged",
    ),
    "row 33: a file of 11 MB": (bytes(11 * 2**20), "11,534,336 bytes"),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_digit_is_refused_at_once_in_one_sentence(data, sentence):
    start = time.process_time()
    with pytest.raises(BadFile, match=sentence):
        prepare(read_grey(data, "picture.png"))
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "size", [(30_000, 1), (1, 1), (27, 28), (1, 300)], ids=lambda size: f"row 22: {size[0]} x {size[1]}"
)
def test_odd_sizes_are_read_or_refused_by_a_sentence(size):
    for grey in (read_grey(encoded(Image.effect_noise(size, 100))), np.zeros(size[::-1], np.float32)):
        try:
            assert prepare(grey).digit.shape == (28, 28)
        except LabError as refusal:
            assert refusal.what.endswith(".")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"], ids=lambda kind: f"row 24: {kind}")
def test_of_an_animation_the_first_frame_is_read_and_that_is_said(kind):
    moving = encoded(drawn(), kind, save_all=True, append_images=[Image.new("L", (280, 280), 90)], lossless=True)
    picture = read_picture(moving)
    assert "first" in picture.notes[0]
    assert "2 frames" in picture.notes[0]
    assert np.array_equal(picture.grey, read_picture(encoded(drawn())).grey)


@pytest.mark.parametrize("mode", ["CMYK", "P", "LA", "1", "YCbCr"], ids=lambda mode: f"row 25: {mode}")
def test_other_ways_to_store_colours_give_the_grey_of_rgb(mode):
    colour = drawn(paper=(235, 225, 200), ink=(30, 40, 120), mode="RGB")
    if mode in ("1", "LA"):
        colour = drawn().convert("RGB")
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    stored = colour.quantize(8) if mode == "P" else colour.convert(mode)
    grey = read_grey(encoded(stored, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {})))
    same = read_grey(encoded(colour, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {})))
    assert np.abs(grey - same).mean() * 255 <= 2


def test_row_26_sixteen_bits_are_scaled_not_cut_off():
    deep = np.full((100, 100), 65_535, np.uint16)
    deep[20:80, 45:55] = 40_000
    assert read_grey(encoded(Image.fromarray(deep)))[50, 50] == pytest.approx(40_000 / 65_535, abs=1e-4)


@pytest.mark.parametrize("hidden", [0, 255], ids=["row 27: clear black", "row 27: clear white"])
def test_a_transparent_background_equals_white_paper(hidden):
    clear = drawn(paper=(hidden, hidden, hidden, 0), ink=(0, 0, 0, 255), mode="RGBA")
    assert np.array_equal(read_grey(encoded(clear)), read_grey(encoded(drawn())))


def test_row_28_what_was_turned_is_said():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = read_picture(encoded(drawn(size=(280, 200)), "JPEG", exif=exif))
    assert picture.grey.shape == (280, 200)
    assert picture.notes == ("It was turned as the camera noted.",)


def test_row_32_a_camera_note_that_points_to_itself_ends():
    start = time.process_time()
    assert prepare(read_grey(exif_that_points_to_itself())).digit.any()
    assert time.process_time() - start < 1


@pytest.mark.parametrize("size", [(60, 40), (41, 1), (1, 5_000), (700, 700)], ids=lambda size: f"{size[0]} x {size[1]}")
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_texture_is_read_or_refused_in_a_second(size, share):
    texture = (np.random.default_rng(0).random(size[::-1]) < share).astype(np.float32)
    start = time.process_time()
    for look in (prepare, find_digits):
        with contextlib.suppress(LabError):
            look(texture)
    assert time.process_time() - start < 1


def test_row_33_at_most_32_files_at_once():
    check_count(32)
    with pytest.raises(BadInput, match=r"200 files.*at most 32"):
        check_count(200)


def test_row_33_a_large_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(11 * 2**20)
    with pytest.raises(BadFile, match=r"large\.png has 11,534,336 bytes"):
        open_picture(path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x.png", "x.png"),
        ("..\\..\\x.png", "x.png"),
        ("CON", "CON"),
        ("a" * 4096 + ".png", f"{'a' * 56} ..."),
        ("seven\0.png", "seven\\u0000.png"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\U0001f600.png", "\U0001f600.png"),
    ],
    ids=[f"row 34: {what}" for what in ("traversal", "backslashes", "device", "4 kB", "NUL", "right to left", "emoji")],
)
def test_a_name_is_only_ever_shown(name, shown):
    assert shown_name(name) == shown
    with pytest.raises(BadFile) as refusal:
        read_grey(b"no picture", name)
    assert refusal.value.what == f"{shown} is not a picture that can be read."


def sheet(paper=(255, 255, 255, 255)):
    return Image.new("RGBA", (280, 280), paper)


def dot():
    picture = sheet()
    ImageDraw.Draw(picture).ellipse((130, 130, 150, 150), fill=(0, 0, 0, 255))
    return picture


def painted_over():
    picture = sheet()
    ImageDraw.Draw(picture).rectangle((6, 6, 274, 274), fill=(0, 0, 0, 255))
    return picture


@pytest.mark.parametrize(
    "canvas",
    [sheet(), sheet((0, 0, 0, 0)), dot(), painted_over(), sheet((0, 0, 0, 255))],
    ids=[f"row 35: {what}" for what in ("empty", "clear", "one dot", "painted over", "all ink")],
)
def test_a_canvas_without_a_digit_asks_for_one(canvas):
    with pytest.raises(BlankImage, match="Draw a digit first"):
        prepare(grey_of(np.asarray(canvas)))


@pytest.mark.parametrize(
    "pixels",
    [
        np.broadcast_to(np.zeros(4, np.uint8), (5_000, 5_000, 4)),
        np.zeros((280, 280, 3), np.uint8),
        np.zeros((280, 280), np.uint8),
        np.zeros((0, 280, 4), np.uint8),
        np.full((280, 280, 4), np.nan),
    ],
    ids=[f"row 36: {what}" for what in ("100 MB", "three channels", "no channels", "empty", "NaN")],
)
def test_pixels_that_no_canvas_makes_are_refused(pixels):
    with pytest.raises(BadInput, match="The drawing"):
        grey_of(pixels)


STROKE = {"type": "path", "left": 0, "top": 0, "path": [["M", 1, 1], ["L", 9, 9]]}


@pytest.mark.parametrize(
    "objects",
    [
        [{**STROKE, "left": float("nan")}],
        [{**STROKE, "path": [["M", 1, float("inf")], ["L", 9, 9]]}],
        [{**STROKE, "path": [["M"], ["L"]]}],
        [{**STROKE, "path": "M 1 1"}],
        [{"type": "path", "path": [["M", 1, 1]]}],
        [{**STROKE, "scaleX": "wide"}],
        [7],
        [{**STROKE, "path": [["L", 1, 1]] * 200_000}],
    ],
    ids=[
        f"row 36: {what}"
        for what in ("NaN", "infinite", "no points", "text", "no place", "no number", "no object", "200,000 points")
    ],
)
def test_strokes_that_no_canvas_makes_are_refused(objects):
    with pytest.raises(BadInput, match="Start a new drawing"):
        strokes_of(objects)
