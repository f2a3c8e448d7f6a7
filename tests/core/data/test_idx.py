"""IDX files written by hand, byte for byte, right and wrong."""

from __future__ import annotations

import gzip
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.data.idx import read_images, read_labels
from mnist_core.errors import BadFile

TWO_PICTURES = (
    b"\x00\x00\x08\x03"  # unsigned bytes in three dimensions
    b"\x00\x00\x00\x02\x00\x00\x00\x1c\x00\x00\x00\x1c" + b"\x00" * 783 + b"\xff" + b"\x07" * 784
)
THREE_LABELS = b"\x00\x00\x08\x01\x00\x00\x00\x03\x05\x00\x09"


def test_pictures_come_back_as_they_were_written():
    images = read_images(TWO_PICTURES, "file")
    assert images.shape == (2, 28, 28)
    assert images.dtype == np.uint8
    assert images[0, 27, 27] == 255
    assert images[0].sum() == 255
    assert (images[1] == 7).all()


def test_labels_come_back_as_they_were_written():
    labels = read_labels(THREE_LABELS, "file")
    assert labels.dtype == np.int64
    assert labels.tolist() == [5, 0, 9]


def test_packed_files_read_like_unpacked_ones():
    assert np.array_equal(read_images(gzip.compress(TWO_PICTURES), "file"), read_images(TWO_PICTURES, "file"))
    assert read_labels(gzip.compress(THREE_LABELS), "file").tolist() == [5, 0, 9]


def test_the_label_of_qmnist_is_the_first_column_of_its_table():
    table = b"\x00\x00\x0c\x02\x00\x00\x00\x02\x00\x00\x00\x08" + struct.pack(
        ">16i", 3, 4, 500_000, 0, 9, 9, 9, 0, 8, 1, 2, 3, 4, 5, 6, 7
    )
    assert read_labels(table, "file").tolist() == [3, 8]
    assert read_labels(gzip.compress(table), "file", count=2).tolist() == [3, 8]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x00\x00\x08\x04" + TWO_PICTURES[4:], "begins with 0x804 instead of 0x803"),
        (b"\x03\x08\x00\x00" + TWO_PICTURES[4:], "bytes are swapped"),
        (THREE_LABELS + bytes(20), "begins with 0x801 instead of 0x803.*It holds labels, not pictures"),
        (b"<!doctype html><html>not here", "looks like a web page"),
        (b"", "ends inside its header"),
        (TWO_PICTURES[:15], "ends inside its header, after 15 bytes"),
        (TWO_PICTURES[:-1], "should have 1,584 bytes by its own header, but it has 1,583"),
        (TWO_PICTURES + b"\x00", "should have 1,584 bytes by its own header, but it has more"),
        (struct.pack(">IIII", 0x803, 0, 28, 28), "announces 0 pictures"),
        (struct.pack(">IIII", 0x803, 2**31, 28, 28), "announces 2,147,483,648 pictures"),
        (struct.pack(">IIII", 0x803, 2, 14, 56) + bytes(1568), "of 14x56 numbers each; only 28x28"),
        (struct.pack(">IIII", 0x803, 60_000, 28, 28) + bytes(7840), "should have 47,040,016 bytes"),
    ],
)
def test_what_is_not_a_file_of_pictures_is_refused_with_the_reason(data: bytes, sentence: str):
    with pytest.raises(BadFile, match=sentence):
        read_images(data, "file")
    if data:
        with pytest.raises(BadFile, match=sentence):
            read_images(gzip.compress(data), "file")


def test_labels_given_as_pictures_and_the_other_way_round_are_recognised():
    with pytest.raises(BadFile, match=r"0x803 instead of 0x801, the mark of labels. It holds pictures"):
        read_labels(TWO_PICTURES, "file")


def test_a_label_outside_the_ten_classes_is_refused():
    with pytest.raises(BadFile, match="2 labels outside 0 to 9; the first of them is 10"):
        read_labels(b"\x00\x00\x08\x01\x00\x00\x00\x03\x0a\x00\xff", "file")


def test_another_count_than_the_published_one_is_refused():
    with pytest.raises(BadFile, match="announces 2 pictures; there must be 60,000"):
        read_images(TWO_PICTURES, "file", count=60_000)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_packed_file_is_called_incomplete(kept: float):
    noise = np.random.default_rng(0).integers(0, 256, 784 * 2, dtype=np.uint8).tobytes()
    packed = gzip.compress(TWO_PICTURES[:16] + noise)
    with pytest.raises(BadFile, match="incomplete"):
        read_images(packed[: int(len(packed) * kept)], "file")


def test_a_wrong_checksum_inside_a_packed_file_is_named():
    packed = bytearray(gzip.compress(TWO_PICTURES))
    packed[-8] ^= 1  # the first byte of the CRC-32 of what was packed
    with pytest.raises(BadFile, match="checksum does not match"):
        read_images(bytes(packed), "file")


def test_a_second_member_after_the_first_is_refused():
    with pytest.raises(BadFile, match="after its end"):
        read_images(gzip.compress(TWO_PICTURES) + gzip.compress(b"more"), "file")


def test_what_only_begins_like_a_packed_file_is_refused():
    with pytest.raises(BadFile, match="cannot be unpacked"):
        read_images(b"\x1f\x8b" + b"\xff" * 100, "file")


def test_a_bomb_is_stopped_at_the_size_that_its_header_has_a_right_to():
    press = zlib.compressobj(9, wbits=31)
    bomb = press.compress(TWO_PICTURES[:16]) + b"".join(press.compress(bytes(1_000_000)) for _ in range(100))
    bomb += press.flush()
    assert len(bomb) < 150_000
    tracemalloc.start()
    with pytest.raises(BadFile, match="should have 1,584 bytes"):
        read_images(bomb, "file")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_an_impossible_count_is_refused_by_arithmetic_alone():
    started = time.perf_counter()
    tracemalloc.start()
    with pytest.raises(BadFile):
        read_images(gzip.compress(struct.pack(">IIII", 0x803, 2**31, 28, 28)), "file")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    assert time.perf_counter() - started < 1


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(
    data=st.sampled_from([TWO_PICTURES, THREE_LABELS, gzip.compress(TWO_PICTURES, mtime=0)]),
    changes=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 255)), max_size=4),
    cut=st.none() | st.integers(0, 60),
    tail=st.binary(max_size=8),
)
def test_a_mutated_file_is_read_or_refused_and_nothing_else(
    data: bytes, changes: list[tuple[int, int]], cut: int | None, tail: bytes
):
    mutated = bytearray(data)
    for at, value in changes:
        mutated[at % len(mutated)] = value
    for read in (read_images, read_labels):
        try:
            read(bytes(mutated[:cut]) + tail, "file")
        except BadFile as error:
            assert str(error).startswith("file ")
