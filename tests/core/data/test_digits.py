"""Loading and checking data sets: the bundled sample, a tiny one, and the genuine ones where they are present."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data import SOURCES, best_available, check, digits, is_present, lacking, load, source
from mnist_core.data.idx import read_images, read_labels
from mnist_core.errors import BadFile, NotFound

MNIST_TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_without_any_data_the_sample_is_the_best_available():
    assert is_present("sample")
    assert not is_present("mnist")
    assert best_available().name == "sample"


def test_a_data_set_that_is_not_there_says_how_to_get_it():
    with pytest.raises(NotFound, match=r"MNIST is not here: train-images-idx3-ubyte.gz is missing .* data get mnist"):
        load("mnist")


def test_a_tiny_data_set_is_read_packed_and_unpacked_alike(tiny, tmp_path: Path):
    tiny.write_to(tmp_path / "packed" / "Tiny" / "raw")
    tiny.write_to(tmp_path / "unpacked" / "Tiny" / "raw", unpacked=True)
    packed = load("tiny", root=tmp_path / "packed")
    unpacked = load("tiny", root=tmp_path / "unpacked")
    assert is_present("tiny", root=tmp_path / "packed")
    assert is_present("tiny", root=tmp_path / "unpacked")
    assert packed.split_hash == unpacked.split_hash
    assert np.array_equal(packed.train.images, unpacked.train.images)
    assert packed.test.indices.tolist() == list(range(10))


def test_indices_point_into_the_files(tiny, home: Path):
    tiny.write_to(home / "data" / "Tiny" / "raw")
    loaded = load("tiny")
    images = read_images(tiny.files["train-images-idx3-ubyte.gz"], "file")
    labels = read_labels(tiny.files["train-labels-idx1-ubyte.gz"], "file")
    for split in (loaded.train, loaded.validation):
        assert np.array_equal(images[split.indices], split.images)
        assert np.array_equal(labels[split.indices], split.labels)


def test_pictures_stored_by_columns_are_turned_upright(tiny, home: Path, monkeypatch: pytest.MonkeyPatch):
    tiny.write_to(home / "data" / "Tiny" / "raw")
    stored = load("tiny").test.images
    monkeypatch.setitem(SOURCES, "tiny", replace(tiny.source, transposed=True))
    assert np.array_equal(load("tiny").test.images[3], stored[3].T)


def test_a_cut_file_is_noticed_by_its_size_and_refused_when_read(tiny, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    path = raw / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:1000])
    assert not is_present("tiny")
    assert lacking(source("tiny")) == ["train-images-idx3-ubyte.gz"]
    with pytest.raises(BadFile, match=r"train-images-idx3-ubyte.gz is incomplete"):
        load("tiny")


@pytest.mark.parametrize("content", [b"", b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x08"])
def test_a_stump_of_a_file_does_not_count_as_present(tiny, home: Path, content: bytes):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    (raw / "t10k-labels-idx1-ubyte.gz").write_bytes(content)
    assert not is_present("tiny")


def test_labels_of_another_data_set_are_refused(tiny, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    (raw / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(struct.pack(">II", 0x801, 10) + bytes(10)))
    with pytest.raises(BadFile, match=r"has \(10, 0, 0, .* labels of the ten classes"):
        load("tiny")


def test_fewer_labels_than_pictures_are_refused_with_both_counts(tiny, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    (raw / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(struct.pack(">II", 0x801, 19) + bytes(19)))
    with pytest.raises(BadFile, match=r"train-labels-idx1-ubyte.gz announces 19 labels; there must be 20"):
        load("tiny")


def test_every_array_is_writable_as_torch_wants_it(tiny, home: Path):
    tiny.write_to(home / "data" / "Tiny" / "raw")
    for loaded in (load("tiny"), load("sample")):
        for split in (loaded.train, loaded.validation, loaded.test):
            assert split.images.flags.writeable
            assert split.images.flags.c_contiguous
            assert split.labels.flags.writeable


def test_loading_never_holds_three_copies_of_the_pictures():
    load("sample")  # what the first call imports does not count
    tracemalloc.start()
    try:
        loaded = load("sample")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2.4 * sum(split.images.nbytes for split in (loaded.train, loaded.validation, loaded.test))


def test_a_file_too_large_to_be_the_right_one_is_not_even_read(tiny, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    (raw / "t10k-labels-idx1-ubyte.gz").write_bytes(b"\x1f\x8b" + bytes(100_000))
    with pytest.raises(BadFile, match=r"has 100,002 bytes, more than 10 labels can have"):
        load("tiny")


def test_checking_finds_the_one_damaged_file_and_the_one_missing(tiny, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    flipped = bytearray(tiny.files["t10k-images-idx3-ubyte.gz"])
    flipped[500] ^= 1
    (raw / "t10k-images-idx3-ubyte.gz").write_bytes(flipped)
    (raw / "t10k-labels-idx1-ubyte.gz").unlink()
    good, also_good, damaged, missing = check("tiny")
    assert (good.present, good.md5_ok, good.count, good.problem) == (True, True, 20, "")
    assert also_good.problem == ""
    assert (damaged.present, damaged.md5_ok, damaged.count) == (True, False, 0)
    assert "damaged" in damaged.problem
    assert (missing.present, missing.md5_ok) == (False, None)
    assert "missing" in missing.problem


def test_the_sample_checks_out():
    (finding,) = check("sample")
    assert (finding.present, finding.count, finding.problem) == (True, 5000, "")


def test_a_damaged_sample_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = bytearray(digits.SAMPLE.read_bytes())
    content[1000] ^= 1
    (tmp_path / "sample.npz").write_bytes(content)
    monkeypatch.setattr(digits, "SAMPLE", tmp_path / "sample.npz")
    with pytest.raises(BadFile, match=r"bundled sample .* is damaged"):
        load("sample")
    assert "damaged" in check("sample")[0].problem
    (tmp_path / "sample.npz").unlink()
    with pytest.raises(BadFile, match="cannot be read"):
        load("sample")


def test_mnist_has_its_published_counts_mean_and_spread(real_data: Path):
    mnist = load("mnist", root=real_data)
    labels = np.concatenate([mnist.train.labels, mnist.validation.labels])
    assert np.bincount(labels).tolist() == MNIST_TRAIN_COUNTS
    assert np.bincount(mnist.test.labels).tolist() == MNIST_TEST_COUNTS
    assert (len(mnist.train.labels), len(mnist.validation.labels), len(mnist.test.labels)) == (55_000, 5_000, 10_000)
    in_validation = np.bincount(mnist.validation.labels) / 5_000
    assert np.abs(in_validation - np.array(MNIST_TRAIN_COUNTS) / 60_000).max() < 2 / 5_000
    pixels = np.concatenate([mnist.train.images, mnist.validation.images])
    assert round(float(pixels.mean()) / 255, 4) == 0.1307
    assert round(float(pixels.std()) / 255, 4) == 0.3081


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_genuine_files_check_out(real_data: Path, name: str):
    if not is_present(name, root=real_data):
        pytest.skip(f"{name} is not in {real_data}")
    assert [finding.md5_ok for finding in check(name, root=real_data)] == [True] * 4
    assert not any(finding.problem for finding in check(name, root=real_data))


def test_fashion_mnist_has_its_published_mean_and_spread(real_data: Path):
    if not is_present("fashion-mnist", root=real_data):
        pytest.skip(f"fashion-mnist is not in {real_data}")
    fashion = load("fashion-mnist", root=real_data)
    pixels = np.concatenate([fashion.train.images, fashion.validation.images])
    assert round(float(pixels.mean()) / 255, 4) == fashion.source.mean
    assert round(float(pixels.std()) / 255, 4) == fashion.source.std


def test_mnist_is_the_best_available_where_it_is_present(real_data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    assert best_available().name == "mnist"


def test_every_digit_of_the_sample_is_in_mnists_training_file_where_it_says(real_data: Path):
    raw = real_data / "MNIST" / "raw"
    images = read_images((raw / "train-images-idx3-ubyte.gz").read_bytes(), "images")
    labels = read_labels((raw / "train-labels-idx1-ubyte.gz").read_bytes(), "labels")
    sample = load("sample")
    for split in (sample.train, sample.validation, sample.test):
        assert np.array_equal(images[split.indices], split.images)
        assert np.array_equal(labels[split.indices], split.labels)


def test_unpacked_fashion_pictures_are_not_taken_for_mnist(real_data: Path, tmp_path: Path):
    if not is_present("fashion-mnist", root=real_data):
        pytest.skip(f"fashion-mnist is not in {real_data}")
    shutil.copytree(real_data / "MNIST", tmp_path / "MNIST")
    fashion = (real_data / "FashionMNIST" / "raw" / "train-images-idx3-ubyte.gz").read_bytes()
    (tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz").unlink()
    (tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(gzip.decompress(fashion))
    assert "brightness of 0.2860 instead of 0.1307" in check("mnist", root=tmp_path)[0].problem


def test_the_bundled_sample_is_small_and_the_one_that_was_verified():
    content = digits.SAMPLE.read_bytes()
    assert len(content) < 900_000
    assert hashlib.sha256(content).hexdigest() == digits.SAMPLE_SHA256
