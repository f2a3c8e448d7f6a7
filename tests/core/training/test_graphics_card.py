"""A graphics card computes what the processor does: these tests run where there is one, CUDA or Apple's MPS."""

import numpy as np
import pytest
import torch

from mnist_core.config import CNN, MLP, TrainConfig
from mnist_core.data import load
from mnist_core.models.inference import scores
from mnist_core.models.networks import build, order_of_memory
from mnist_core.training import checkpoint, engine, machine
from mnist_core.training.cuda_graph import record
from mnist_core.training.engine import Training
from mnist_core.training.machine import choose_device, choose_precision, describe
from mnist_core.training.progress import EpochReport, StepReport
from tests.kinds import DEEP, SETTINGS

CARDS = [name for name, here in machine._devices().items() if here and name != "cpu"]
if not CARDS:
    pytest.skip("this machine has no graphics card (CUDA or MPS)", allow_module_level=True)


@pytest.fixture(params=CARDS)
def card(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def digits():
    return load("sample", train_size=640)


def config(**settings: object) -> TrainConfig:
    return TrainConfig.parse({"data": "sample", "train_size": 640, "epochs": 2, "threads": 1, **settings})


def steps(training: Training) -> list[StepReport]:
    return [report for report in training if isinstance(report, StepReport)]


def epochs(training: Training) -> list[EpochReport]:
    return [report for report in training if isinstance(report, EpochReport)]


@pytest.mark.parametrize("kind", [kind for kind in SETTINGS if kind != "neurons"])
def test_losses_and_gradients_of_the_first_steps_are_those_of_the_processor(card, digits, kind):
    here, there = (
        steps(Training(config(precision="float32", epochs=1, **SETTINGS[kind]), digits, device=device))[:5]
        for device in ("cpu", card)
    )
    assert [step.loss for step in there] == pytest.approx([step.loss for step in here], rel=2e-3)
    assert [step.gradient_norm for step in there] == pytest.approx([step.gradient_norm for step in here], rel=1e-2)


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_network_learns_there_as_well_as_on_the_processor(card, digits, kind):
    here, there = (epochs(Training(config(**SETTINGS[kind]), digits, device=device))[-1] for device in ("cpu", card))
    assert there.val_accuracy == pytest.approx(here.val_accuracy, abs=0.1)
    assert there.confusion.sum() == len(digits.validation.labels)


@pytest.mark.parametrize("network", [MLP(hidden=(32,)), CNN(channels=(8, 16)), DEEP])
def test_a_network_reads_there_what_it_reads_on_the_processor(card, digits, network):
    torch.manual_seed(0)
    reader = build(network)
    scale = Training(config(network=network), digits, device="cpu").scale
    here = scores(reader, digits.test.images, scale)
    there = scores(
        reader.to(card).to(memory_format=order_of_memory(card)),  # type: ignore[call-overload]
        digits.test.images,
        scale,
    ).cpu()
    assert there.numpy() == pytest.approx(here.numpy(), abs=1e-2)


@pytest.mark.skipif("cuda" not in CARDS, reason="only steps on CUDA are recorded")
@pytest.mark.parametrize("kind", SETTINGS)
def test_steps_are_recorded_on_cuda_and_played_they_are_those_computed_anew(digits, kind, monkeypatch):
    played = Training(config(**SETTINGS[kind]), digits, device="cuda")
    losses = [step.loss for step in steps(played)]
    assert played._recording
    monkeypatch.setattr(engine, "record", lambda *step: None)
    computed = steps(Training(config(**SETTINGS[kind]), digits, device="cuda"))
    assert losses[:5] == pytest.approx([step.loss for step in computed[:5]], rel=2e-2)
    assert losses[-1] == pytest.approx(computed[-1].loss, abs=0.3)


@pytest.mark.skipif("cuda" not in CARDS, reason="only steps on CUDA are recorded")
def test_after_a_recording_that_failed_the_card_still_computes(digits):
    training = Training(config(**SETTINGS["neurons"]), digits, device="cuda")

    def waits(images, labels):
        return training._computed_slope(images * images.sum().item(), labels)

    training.network.train()
    with pytest.warns(RuntimeWarning, match="recording one failed"):
        assert record(waits, training.network, *next(training.batches.epoch(0))) is None
    assert epochs(training)[-1].val_accuracy > 0.5


def test_all_pictures_lie_on_the_card(card, digits):
    training = Training(config(), digits, device=card)
    assert {training.batches.images.device.type, training.batches.labels.device.type} == {card}
    assert all(weight.device.type == card for weight in training.network.parameters())


def test_a_run_goes_on_from_its_checkpoint_where_it_was(card, digits, tmp_path):
    settings = config(**SETTINGS["deep"])
    whole = steps(Training(settings, digits, device=card))
    first = Training(settings, digits, device=card)
    for report in first:
        if report.step == 12:
            break
    path = tmp_path / "last.ckpt"
    saved = checkpoint.save(first.state_dict(), path)
    second = Training(settings, digits, device=card)
    second.load_state_dict(checkpoint.load(path, saved.sha256))
    rest = steps(second)
    assert [step.step for step in rest] == [step.step for step in whole if step.step > 12]
    # Sums may be taken in another order there, so not to the bit.
    assert rest[0].loss == pytest.approx(whole[12].loss, rel=2e-2)


def test_a_model_that_learned_there_reads_on_a_machine_without_a_card(card, digits, tmp_path):
    training = Training(config(**SETTINGS["deep"]), digits, device=card)
    epochs(training)
    saved = checkpoint.save(training.state_dict(), tmp_path / "last.ckpt")
    reader = build(DEEP)
    reader.load_state_dict(checkpoint.load(tmp_path / "last.ckpt", saved.sha256)["network"])
    answers = scores(reader, digits.validation.images, training.scale).numpy()
    assert np.mean(answers.argmax(1) == training.predict(digits.validation.images).argmax(1)) > 0.99


def test_without_being_told_the_lab_takes_the_card_names_it_and_a_precision_that_it_has(card):
    assert choose_device("auto") == CARDS[0]
    precision = choose_precision(config(device=card), card)
    assert precision == ("bfloat16" if card == "cuda" and torch.cuda.is_bf16_supported(False) else "float32")
    assert f", {card}, {precision}" in describe(card, precision)
