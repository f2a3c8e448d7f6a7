"""The published recipes reach their published accuracy on all 70,000 digits."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_core.models import recipe
from mnist_core.runs import LocalLauncher, open_store
from mnist_core.runs.model import look_at_test


@pytest.mark.slow
@pytest.mark.parametrize(("name", "floor"), [("mlp-128-64", 0.969), ("mlp-512", 0.972), ("cnn-32-64", 0.985)])
def test_a_recipe_reaches_its_floor_on_the_test_split(
    name: str, floor: float, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    store = open_store()
    run = store.create(recipe(name).config, queued=False)
    LocalLauncher(store).train_here(run.id)
    judged = look_at_test(store, run.id)
    assert judged.scores.n == 10_000
    assert judged.scores.accuracy >= floor
