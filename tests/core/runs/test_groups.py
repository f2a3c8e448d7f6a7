"""Runs of the same settings with other seeds: found among others, summed up, and queued."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.config import TrainConfig
from mnist_core.runs import LocalLauncher, Run, Store
from mnist_core.runs.groups import group_of, groups_among, missing, submit
from mnist_core.training.progress import EpochReport


def finished(store: Store, accuracy: float = 0.9, *, name: str = "", splits: str = "", **settings: object) -> Run:
    """A run on record that has ended, without any training."""
    config = TrainConfig(data="sample").changed(settings)
    run = store.create(config, name=name, tags=("grid",))
    store.start(run.id)
    store.describe(run.id, device="cpu", threads=1, machine="", split_hash=splits, total_steps=8)
    result = EpochReport(1, 4, 1, 0.5, 1, accuracy, 1, True, np.eye(10, dtype=int), False)
    store.record(run.id, epochs=[result], seconds=1.0)
    store.end(run.id, "finished")
    return store.run(run.id)


def test_a_group_is_all_that_differs_in_nothing_but_the_seed(store: Store) -> None:
    accuracies = (0.90, 0.92, 0.97)
    runs = [finished(store, accuracy, seed=seed) for seed, accuracy in enumerate(accuracies)]
    finished(store, seed=3, learning_rate=0.01)
    finished(store, seed=4, splits="other digits")
    store.create(TrainConfig(data="sample", seed=5))
    group = group_of(runs[0], store.runs())
    assert list(group.runs) == [0, 1, 2]
    assert group.mean == pytest.approx(0.93)
    # The squares of 3, 1 and 4 points, divided by n - 1.
    assert group.spread == pytest.approx((26 / 2) ** 0.5 / 100)


def test_a_seed_counts_once_and_a_single_run_has_no_spread(store: Store) -> None:
    first, again = finished(store, 0.90), finished(store, 0.91)
    assert group_of(first, store.runs()).accuracies == [0.90]
    assert group_of(again, store.runs()).accuracies == [0.91]
    assert group_of(first, store.runs()).spread is None


def test_chosen_runs_fall_into_groups_by_their_settings(store: Store) -> None:
    one, other = finished(store, seed=0), finished(store, seed=1)
    apart, waiting = finished(store, epochs=9), store.create(TrainConfig(data="sample"))
    found = groups_among([one, apart, other, waiting], store.runs())
    assert [(run.id, list(group.runs)) for run, group in found] == [(one.id, [0, 1]), (apart.id, [0])]


def test_seeds_that_one_side_lacks_come_first_and_those_under_way_are_not_queued_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = [finished(store, name="small, seed 0", seed=0), finished(store, name="small, seed 4", seed=4)]
    b = finished(store, seed=0, epochs=9)
    sides = [(run, group_of(run, store.runs())) for run in (a[0], b)]
    wanted, coming = missing(sides, store.runs(), 2)
    assert [(run.id, seed) for run, seed in wanted] == [(b.id, 4), (a[0].id, 1), (b.id, 1)]
    assert coming == []
    monkeypatch.setattr(LocalLauncher, "tend", lambda self: None)  # nobody trains them
    queued = submit(LocalLauncher(store), wanted)
    assert [(run.name, run.tags, run.config.seed, run.config.epochs) for run in queued] == [
        ("", ("grid",), 4, 9),
        ("small, seed 1", ("grid",), 1, 5),
        ("", ("grid",), 1, 9),
    ]
    wanted, coming = missing(sides, store.runs(), 2)
    assert (wanted, {run.id for run in coming}) == ([], {run.id for run in queued})
