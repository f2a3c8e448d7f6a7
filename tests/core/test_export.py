"""A model file alone is enough to predict correctly; a file that is anything else is refused without being run."""

import json
import os
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mnist_core.config import CNN, MLP
from mnist_core.errors import BadConfig, BadFile, NotFound
from mnist_core.evaluation.predictor import Predictor
from mnist_core.export import CARD, ModelCard, load_model, save_model
from mnist_core.models.networks import build

FORMATS = ["pth", "safetensors"]


def model(network=None):
    torch.manual_seed(0)
    network = network or MLP(hidden=(12,), batch_norm=True)
    card = ModelCard(network=network, input_mean=0.3, input_std=0.2, classes=tuple("abcdefghij"), data="sample", seed=4)
    return build(network).eval(), card


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("network", [None, CNN(channels=(3,), hidden=(4,))], ids=["mlp", "cnn"])
def test_a_model_comes_back_with_its_weights_scaling_and_class_names(network, format, tmp_path):
    module, card = model(network)
    module = module.to(memory_format=torch.channels_last)
    path = tmp_path / f"model.{format}"
    save_model(path, module, card, format)
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    predictor = Predictor.from_file(path)
    assert predictor.card == card
    by_hand = module((torch.from_numpy(images[:, None]).float() / 255 - 0.3) / 0.2).softmax(1)
    answers = predictor.answer(images)
    for answer, row in zip(answers, by_hand, strict=True):
        assert answer.label == "abcdefghij"[row.argmax()]
        assert list(answer.probabilities.values()) == pytest.approx(row.tolist(), abs=1e-5)


def test_a_pth_is_a_plain_state_dict_for_everybody_else(tmp_path):
    module, card = model()
    save_model(tmp_path / "model.pth", module, card, "pth")
    state = torch.load(tmp_path / "model.pth", weights_only=True)
    assert list(state) == list(module.state_dict())
    build(card.network).load_state_dict(state)


def test_saving_leaves_the_live_network_as_it_was(tmp_path):
    module, card = model()
    before = {name: weight.clone() for name, weight in module.state_dict().items()}
    save_model(tmp_path / "model.pth", module, card, "pth")
    assert CARD not in getattr(module.state_dict(), "_metadata", {})
    assert all(torch.equal(weight, before[name]) for name, weight in module.state_dict().items())


def test_an_unknown_format_and_a_missing_file_are_named(tmp_path):
    module, card = model()
    with pytest.raises(BadConfig, match="'onnx'.*pth, safetensors"):
        save_model(tmp_path / "model.onnx", module, card, "onnx")
    with pytest.raises(NotFound, match="nothing"):
        load_model(tmp_path / "nothing.pth")
    (tmp_path / "model.joblib").write_bytes(b"x")
    with pytest.raises(BadFile, match="not a model file"):
        load_model(tmp_path / "model.joblib")


@pytest.mark.parametrize("format", FORMATS)
def test_every_cut_of_a_model_file_is_refused(format, tmp_path):
    module, card = model()
    path = tmp_path / f"model.{format}"
    save_model(path, module, card, format)
    whole = path.read_bytes()
    for length in range(0, len(whole), 997):
        path.write_bytes(whole[:length])
        with pytest.raises(BadFile):
            load_model(path)


def test_a_pickle_that_runs_code_never_runs(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'canary'}",)

    for payload in (Bomb(), {"0.weight": Bomb()}, [Bomb()]):
        torch.save(payload, tmp_path / "model.pth")
        with pytest.raises(BadFile, match="loaded safely"):
            load_model(tmp_path / "model.pth")
    assert not (tmp_path / "canary").exists()


def test_an_archive_that_unpacks_to_more_than_it_is_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(50_000_000))
    with pytest.raises(BadFile, match="not written by torch"):
        load_model(tmp_path / "bomb.pth")


def test_weights_that_do_not_fit_the_card_are_refused_by_name(tmp_path):
    module, card = model()
    path = tmp_path / "model.safetensors"
    save_model(path, module, card, "safetensors")
    good = load_file(path)
    metadata = {CARD: card.model_dump_json()}
    some = "1.weight"

    def refused(weights, words):
        save_file(weights, path, metadata)
        with pytest.raises(BadFile, match=words):
            load_model(path)

    refused({name: weight for name, weight in good.items() if name != some}, f"has no tensor '{some}'")
    refused({**good, "extra": torch.zeros(1)}, "unexpected tensor 'extra'")
    refused({**good, some: good[some].half()}, "float16.*float32")
    refused({**good, some: good[some].T.contiguous()}, r"\(784, 12\).*\(12, 784\)")
    refused({**good, some: good[some] * float("nan")}, "not finite")


def test_weights_without_a_card_or_with_a_card_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({"0.weight": torch.zeros(1)}, path)
    with pytest.raises(BadFile, match="no card"):
        load_model(path)
    for card in ("{", "[]", json.dumps({"network": {"kind": "rnn"}})):
        save_file({"0.weight": torch.zeros(1)}, path, {CARD: card})
        with pytest.raises(BadFile, match="card .* cannot be read"):
            load_model(path)
