"""Maps of pixels and of a run's last hidden layer: which digits, whose numbers, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core.config import CNN, MLP, TrainConfig
from mnist_core.data import load
from mnist_core.data.catalogue import Catalogue
from mnist_core.errors import BadFile, BadInput, NotFound
from mnist_core.evaluation import digit_map
from mnist_core.evaluation.digit_map import mapped_rows
from mnist_core.evaluation.embedding import embed
from mnist_core.models.inference import InputScale, last_hidden
from mnist_core.models.networks import build
from mnist_core.runs import Store, maps, open_store
from mnist_core.runs.model import predictor_of
from mnist_core.runs.worker import work


@pytest.fixture(scope="module")
def table() -> Catalogue:
    return Catalogue(load("sample"))


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    store = open_store()
    yield store
    store.close()


def trained(store: Store, **settings: object) -> str:
    run = store.create(TrainConfig(data="sample", epochs=1, train_size=300, **settings))
    work(store, run.id)
    return run.id


def test_every_training_and_validation_digit_of_a_small_data_set_is_on_its_map_and_no_test_digit(table: Catalogue):
    assert mapped_rows(table).tolist() == list(range(4_500))
    assert set(table.split[mapped_rows(table)].tolist()) == {0, 1}


def test_of_a_large_data_set_ten_thousand_digits_are_with_each_split_and_class_by_its_share(real_data, monkeypatch):
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    table = Catalogue(load("mnist"))
    rows = mapped_rows(table)
    assert len(np.unique(rows)) == 10_000
    assert (np.bincount(table.split[rows], minlength=3) == [9_167, 833, 0]).all()
    wanted = np.bincount(table.label[:60_000]) / 6
    assert np.abs(np.bincount(table.label[rows]) - wanted).max() < 4


@pytest.mark.parametrize("network", [MLP(hidden=(12, 7)), MLP(hidden=()), CNN(channels=(4, 6), hidden=(9,))])
def test_the_last_hidden_layer_is_what_a_forward_pass_by_hand_gives_its_last_layer(network, table: Catalogue):
    torch.manual_seed(0)
    module, images = build(network), table.images(range(30))
    seen, answers = last_hidden(module, images, InputScale(0.1, 0.3))
    x = (torch.as_tensor(images).float().unsqueeze(1) / 255 - 0.1) / 0.3
    module.eval()
    with torch.inference_mode():
        for layer in list(module)[:-1]:
            x = layer(x)
        by_hand = torch.softmax(x @ module[-1].weight.T + module[-1].bias, 1)
    assert seen == pytest.approx(x.numpy(), abs=1e-5)
    assert answers == pytest.approx(by_hand.numpy(), abs=1e-5)
    assert not module[-1]._forward_pre_hooks


def test_a_map_of_a_run_is_that_of_its_last_hidden_layer_with_its_answers(store: Store, table: Catalogue):
    run = trained(store, network=MLP(hidden=(32, 8)))
    drawn = maps.draw(store, table, "pca", run)
    predictor, images = predictor_of(store, run), table.images(mapped_rows(table))
    seen, _ = last_hidden(predictor.network, images, predictor.card.scale)
    assert seen.shape == (4_500, 8)
    assert drawn.places == pytest.approx(embed(seen, "pca"), abs=1e-4)
    answers = predictor.probabilities(images)
    assert drawn.predicted.tolist() == answers.argmax(1).tolist()
    assert drawn.confidence == pytest.approx(answers.max(1), abs=1e-6)


def test_a_map_is_kept_and_taken_from_its_file_the_next_time(store: Store, table: Catalogue, monkeypatch):
    first = maps.draw(store, table, "pca")
    assert 0.3 < first.agreement < 0.5
    monkeypatch.setattr(maps, "embed", lambda *_: pytest.fail("it was drawn again"))
    again = maps.draw(store, table, "pca")
    assert (again.places == first.places).all()
    assert again.agreement == first.agreement


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: b"no map", lambda data: data[:-90], lambda data: data[:200]]
)
def test_a_damaged_file_is_drawn_again(damage, store: Store, table: Catalogue):
    first = maps.draw(store, table, "pca")
    file = maps.name_of(store, table, "pca", None).file
    file.write_bytes(damage(file.read_bytes()))
    assert digit_map.read(maps.name_of(store, table, "pca", None)) is None
    assert (maps.draw(store, table, "pca").places == first.places).all()


def test_a_file_with_another_number_of_digits_is_not_taken(store: Store, table: Catalogue):
    name, drawn = maps.name_of(store, table, "pca", None), maps.draw(store, table, "pca")
    digit_map.write(name, digit_map.DigitMap(drawn.places[:9], None, drawn.predicted, drawn.confidence))
    assert digit_map.read(name) is None


def test_each_method_model_and_data_set_has_a_file_of_its_own(store: Store, table: Catalogue):
    run = trained(store, network=MLP(hidden=(8,)))
    names = [maps.name_of(store, table, method, model) for method in ("pca", "tsne") for model in (None, run)]
    assert len({name.file for name in names}) == 4
    assert all(name.file.is_relative_to(digit_map.places.home() / "cache" / "maps") for name in names)


def test_a_run_without_a_model_and_a_damaged_model_are_sentences(store: Store, table: Catalogue):
    with pytest.raises(NotFound, match="nothing"):
        maps.draw(store, table, "pca", "nothing")
    untrained = store.create(TrainConfig(data="sample"))
    with pytest.raises(NotFound, match="no such checkpoint"):
        maps.draw(store, table, "pca", untrained.id)
    run = trained(store, network=MLP(hidden=(8,)))
    store.checkpoint(run).path.write_bytes(b"no model")
    with pytest.raises(BadFile):
        maps.draw(store, table, "pca", run)


def test_a_layer_too_wide_for_the_memory_is_a_sentence(store: Store, table: Catalogue, monkeypatch):
    run = trained(store, network=MLP(hidden=(8,)))
    monkeypatch.setattr(maps, "MOST_FEATURES", 7)
    with pytest.raises(BadInput, match="sees 8 numbers a digit; a map can be drawn of 7"):
        maps.draw(store, table, "pca", run)
