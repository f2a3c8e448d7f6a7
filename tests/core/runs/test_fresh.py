"""Beside the figure of MNIST's test split stands that of QMNIST's further digits, where those are here."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data import Split, load, source
from mnist_core.evaluation import score
from mnist_core.runs import open_store
from mnist_core.runs.model import judge
from tests.models import untrained


def write_qmnist(folder: Path, train: Split, test: Split) -> None:
    """QMNIST's four files, unpacked: its labels are tables of eight numbers a picture, of which the first is the class."""
    folder.mkdir(parents=True)
    for name, split in (("train", train), ("test", test)):
        n = len(split)
        table = np.zeros((n, 8), ">i4")
        table[:, 0] = split.labels
        pictures = struct.pack(">IIII", 0x803, n, 28, 28) + split.images.tobytes()
        (folder / f"qmnist-{name}-images-idx3-ubyte").write_bytes(pictures)
        (folder / f"qmnist-{name}-labels-idx2-int").write_bytes(struct.pack(">III", 0xC02, n, 8) + table.tobytes())


def test_of_qmnist_only_the_digits_that_mnist_does_not_have_are_fresh(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    monkeypatch.setenv("MNIST_DATA", str(folder))
    folder.mkdir()
    (folder / "MNIST").symlink_to(real_data / "MNIST")
    digits = load("mnist")
    predictor = untrained("mlp-128-64", "mnist")
    assert judge(open_store(), predictor, "mnist", "test").fresh is None

    further = digits.train.taken(np.arange(50_000))
    of_60_000 = np.arange(source("qmnist").train_count + source("qmnist").validation_count) % len(digits.train)
    both = Split(
        np.concatenate([digits.test.images, further.images]),
        np.concatenate([digits.test.labels, further.labels]),
        np.arange(60_000),
    )
    write_qmnist(folder / "QMNIST" / "raw", digits.train.taken(of_60_000), both)
    found = judge(open_store(), predictor, "mnist", "test").fresh
    assert found is not None
    expected = score(predictor.logits(further.images), further.labels)
    assert (found.n, found.correct) == (50_000, expected.correct)
    assert judge(open_store(), predictor, "mnist", "val").fresh is None
