"""The effect of a list of decisions: which runs belong together, which are missing, and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from mnist_core.data import decisions, load
from mnist_core.data.decisions import Decision
from mnist_core.errors import NotFound
from mnist_core.runs import Store, effect, schema
from mnist_core.runs.effect import Side
from mnist_core.training.progress import EpochReport


@pytest.fixture
def sides(home: Path) -> tuple[Side, Side]:
    decisions.decide("sample", "careful", int(load("sample").train.indices[0]), Decision("exclude"))
    return effect.sides("sample", "careful", "mlp-128-64")


def finished(store: Store, side: Side, seed: int, accuracy: float) -> None:
    """A run of this side that ended with this accuracy."""
    run = store.create(side.with_seed(seed), tags=(effect.TAG, side.tag))
    epoch = EpochReport(1, 10, 1.0, 0.4, 0.9, accuracy, 1.5, True, np.eye(10, dtype=int), stops_early=False)
    with store.locked(run.id):
        store.start(run.id)
        store.record(run.id, epochs=[epoch], seconds=1.0)
        store.end(run.id, "finished")


def test_the_two_sides_differ_in_their_data_and_nothing_else(sides: tuple[Side, Side]):
    without, with_list = (side.with_seed(2) for side in sides)
    assert with_list.changed({"data": "sample"}) == without
    assert (without.data, with_list.data, without.seed) == ("sample", "sample/careful", 2)


def test_a_tag_is_of_the_decisions_alone_changes_with_each_and_comes_back_when_it_is_undone(sides: tuple[Side, Side]):
    other = int(load("sample").train.indices[1])
    decisions.decide("sample", "careful", other, Decision("keep"))
    changed = effect.sides("sample", "careful", "mlp-128-64")
    assert changed[0].tag == sides[0].tag
    assert changed[1].tag != sides[1].tag
    decisions.undo("sample", "careful", other)
    assert effect.sides("sample", "careful", "mlp-128-64") == sides
    # If settings were in it, the next one to be invented would part all earlier pairs from their sides.
    assert [side.tag for side in effect.sides("sample", "careful", "mlp-512")] == [side.tag for side in sides]


def test_runs_of_another_recipe_or_of_settings_that_were_changed_belong_to_neither_side(
    store: Store, sides: tuple[Side, Side]
):
    for side, other in zip(sides, effect.sides("sample", "careful", "mlp-512"), strict=True):
        finished(store, other, 0, 0.9)
        store.create(side.config.changed({"learning_rate": 0.5}), tags=(effect.TAG, side.tag))
    assert effect.pairs(store.runs(), *sides) == []


def test_a_list_without_decisions_has_its_own_runs_too(store: Store, home: Path):
    decisions.decide("sample", "empty", 0, Decision("keep"))
    decisions.undo("sample", "empty", 0)
    without, with_list = effect.sides("sample", "empty", "mlp-128-64")
    finished(store, without, 0, 0.9)
    assert effect.missing(store.runs(), without, with_list, 1) == [(with_list, 0)]


def test_pairs_from_before_a_setting_existed_are_found_again(store: Store, sides: tuple[Side, Side]):
    for side in sides:
        finished(store, side, 0, 0.9)
    with store._engine.begin() as database:
        for run in store.runs():
            older = json.loads(run.config.model_dump_json())
            del older["best_epoch"]
            database.execute(update(schema.run).where(schema.run.c.id == run.id).values(config=json.dumps(older)))
    assert [pair.is_done for pair in effect.pairs(store.runs(), *sides)] == [True]


def test_what_is_queued_or_done_is_not_trained_again(store: Store, sides: tuple[Side, Side]):
    without, with_list = sides
    assert effect.missing(store.runs(), *sides, 2) == [(without, 0), (with_list, 0), (without, 1), (with_list, 1)]
    store.create(without.with_seed(0), tags=(effect.TAG, without.tag))
    stopped = store.create(with_list.with_seed(0), tags=(effect.TAG, with_list.tag), queued=False)
    assert effect.missing(store.runs(), *sides, 1) == [(with_list, 0)]
    pair = effect.pairs(store.runs(), *sides)[0]
    assert (pair.seed, pair.with_list and pair.with_list.id, pair.is_done) == (0, stopped.id, False)
    assert effect.effect([pair]) is None


def test_finished_pairs_are_compared_seed_by_seed(store: Store, sides: tuple[Side, Side]):
    without, with_list = sides
    for seed, (first, second) in enumerate([(0.90, 0.92), (0.91, 0.93), (0.92, 0.95)]):
        finished(store, without, seed, first)
        finished(store, with_list, seed, second)
    found = effect.effect(effect.pairs(store.runs(), *sides))
    assert found is not None
    assert (found.without, found.with_list) == ((0.90, 0.91, 0.92), (0.92, 0.93, 0.95))
    assert found.difference.mean == pytest.approx(0.07 / 3)
    assert found.difference.can_be_told_apart is True
    assert effect.missing(store.runs(), *sides, 3) == []


def test_an_unknown_recipe_is_refused(home: Path):
    with pytest.raises(NotFound, match="no recipe"):
        effect.sides("sample", "careful", "nothing")
