"""What a test of a page without a browser starts from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from mnist_core.config import TrainConfig
from mnist_core.runs import LocalLauncher, Store, open_store
from mnist_core.runs.worker import work


@pytest.fixture(autouse=True)
def fresh_caches(home: Path) -> None:
    """The page opens the store of this test's home, not that of the test before."""
    st.cache_resource.clear()


@pytest.fixture
def run_id(home: Path) -> str:
    """A finished run with a model."""
    store = open_store()
    run = store.create(TrainConfig(data="sample", epochs=2), name="mine_1")
    work(store, run.id)
    store.close()
    return run.id


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queued runs stay queued: the test looks at what is queued, and trains itself where it matters."""
    monkeypatch.setattr(LocalLauncher, "tend", lambda self: None)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The store of the test's own home."""
    store = open_store()
    yield store
    store.close()
