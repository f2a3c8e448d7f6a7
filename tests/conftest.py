"""Every test gets a home folder of its own; tests that need the genuine data sets ask for `real_data`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("MNIST_DATA") or Path(__file__).parents[1] / ".." / "shared" / "data").resolve()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own MNIST_HOME, without data and without runs."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MNIST_HOME", str(folder))
    monkeypatch.delenv("MNIST_DATA", raising=False)
    monkeypatch.delenv("MNIST_DB", raising=False)
    return folder


@pytest.fixture(autouse=True)
def ordinary_floats() -> Iterator[None]:
    """A test that trains in this process sets it up for training; the next one gets its small numbers back."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """A data folder with the genuine files of MNIST (and perhaps others), to read only."""
    if not (REAL_DATA / "MNIST" / "raw" / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip(f"the genuine MNIST files are not in {REAL_DATA}; name their folder with MNIST_DATA")
    return REAL_DATA
