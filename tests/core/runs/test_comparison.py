from __future__ import annotations

import pytest
from sqlalchemy import update

from mnist_core.config import CNN, MLP, TrainConfig
from mnist_core.errors import BadFile
from mnist_core.runs import Store, schema
from mnist_core.runs.comparison import are_judged_alike, differing_settings


def test_only_the_settings_that_differ_are_told_in_the_order_of_the_form(store: Store) -> None:
    runs = [store.create(TrainConfig(epochs=epochs, learning_rate=rate)) for epochs, rate in ((5, 1e-3), (9, 1e-2))]
    assert differing_settings(runs) == {"learning_rate": [1e-3, 1e-2], "epochs": [5, 9]}


def test_one_value_apart_among_many_runs_is_enough(store: Store) -> None:
    runs = [store.create(TrainConfig(seed=seed)) for seed in (0, 0, 7)]
    assert differing_settings(runs) == {"seed": [0, 0, 7]}


def test_a_setting_that_one_kind_of_network_lacks_is_none_there(store: Store) -> None:
    runs = [store.create(TrainConfig(network=network)) for network in (MLP(hidden=(64,)), CNN(channels=(8, 16)))]
    differing = differing_settings(runs)
    assert differing["network.kind"] == ["mlp", "cnn"]
    assert differing["network.channels"] == [None, (8, 16)]
    assert "network.hidden" not in differing


def test_equal_runs_a_single_one_and_none_at_all_differ_in_nothing(store: Store) -> None:
    run = store.create(TrainConfig())
    assert differing_settings([run, store.create(TrainConfig())]) == {}
    assert differing_settings([run]) == {}
    assert differing_settings([]) == {}


def test_a_damaged_run_cannot_be_compared(store: Store) -> None:
    run = store.create(TrainConfig())
    with store._engine.begin() as database:
        database.execute(update(schema.run).values(config="{"))
    with pytest.raises(BadFile, match="cannot be read"):
        differing_settings([store.run(run.id)])


def test_runs_are_judged_alike_if_their_validation_and_test_pictures_are_the_same(store: Store) -> None:
    run = store.create(TrainConfig(data="sample"))
    alike = TrainConfig(data="sample", train_size=100, seed=3), TrainConfig(data="sample+own")
    apart = TrainConfig(data="mnist"), TrainConfig(data="sample", validation_share=0.3)
    assert [are_judged_alike(run, store.create(config)) for config in alike] == [True, True]
    assert [are_judged_alike(run, store.create(config)) for config in apart] == [False, False]
