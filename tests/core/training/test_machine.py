"""What a run computes with: how many threads are chosen, and what choosing them leaves as it was."""

import pytest
import torch

from mnist_core.config import CNN, MLP, TrainConfig
from mnist_core.errors import BadConfig
from mnist_core.training import machine
from mnist_core.training.machine import choose_precision, choose_threads


def test_a_number_of_threads_that_a_person_asks_for_is_taken():
    assert choose_threads(TrainConfig(threads=3)) == 3


def test_a_small_network_gets_one_thread_without_trying():
    assert choose_threads(TrainConfig(network=MLP(hidden=(128, 64)))) == 1


def test_a_large_network_gets_one_or_several_and_nothing_else_changes(monkeypatch):
    monkeypatch.setattr(machine, "PROBE_S", 0.0)
    monkeypatch.setattr(machine, "_usable_cores", lambda: 2)
    machine._faster.cache_clear()
    config = TrainConfig(network=CNN(), device="cpu")
    torch.manual_seed(5)
    before = torch.get_num_threads(), torch.get_rng_state()
    chosen = choose_threads(config)
    assert chosen in (1, 2)
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    # Whoever asks again in this process is told the same, so that a run is recorded as it is computed.
    assert choose_threads(config) == chosen
    machine._faster.cache_clear()


@pytest.mark.parametrize(("ratios", "chosen"), [([12.0], 1), ([1.5, 12.0, 12.0, 12.0], 1), ([1.5, 0.6, 12.0, 0.6], 2)])
def test_several_threads_are_given_up_at_once_if_hopeless_and_otherwise_tried_in_turns(monkeypatch, ratios, chosen):
    turns = iter(ratios)
    monkeypatch.setattr(machine, "PROBE_S", 0.0)
    monkeypatch.setattr(machine, "_seconds_of_step", lambda _, __, threads: 1.0 if threads == 1 else next(turns))
    assert machine._faster.__wrapped__(TrainConfig(network=CNN(), device="cpu"), 2) == chosen
    assert next(turns, None) is None


@pytest.mark.parametrize("burst", [[], [12.0, 9.0, 11.0], [0.6, 0.6, 12.0, 0.7, 12.0, 12.0, 12.0]])
def test_several_threads_are_taken_as_soon_as_turns_in_a_row_are_worth_it_though_a_page_was_drawn_before(
    monkeypatch, burst
):
    turns = iter([1.5, *burst, *[0.6] * 4])
    monkeypatch.setattr(machine, "PROBE_S", 60.0)
    monkeypatch.setattr(machine, "TURNS_THAT_CONVINCE", 6)
    monkeypatch.setattr(machine, "_seconds_of_step", lambda _, __, threads: 1.0 if threads == 1 else next(turns, 0.6))
    assert machine._faster.__wrapped__(TrainConfig(network=CNN(), device="cpu"), 2) == 2
    assert next(turns, None) is None


@pytest.mark.parametrize(
    ("settings", "machine_has_it", "chosen"),
    [
        ({"network": CNN()}, True, "bfloat16"),
        ({"network": CNN()}, False, "float32"),
        ({"network": CNN(), "precision": "float32"}, True, "float32"),
        # Layers of neurons, and convolutions that cannot be packed, do not gain by it everywhere.
        ({"network": MLP()}, True, "float32"),
        ({"network": CNN(activation="gelu")}, True, "float32"),
        ({"network": MLP(), "precision": "bfloat16"}, True, "bfloat16"),
    ],
)
def test_bfloat16_is_taken_for_convolutions_where_the_processor_has_it(monkeypatch, settings, machine_has_it, chosen):
    monkeypatch.setattr(machine, "_has_bfloat16", lambda _: machine_has_it)
    assert choose_precision(TrainConfig(**settings), "cpu") == chosen


def test_bfloat16_is_refused_in_words_where_the_processor_does_not_have_it(monkeypatch):
    monkeypatch.setattr(machine, "_has_bfloat16", lambda _: False)
    with pytest.raises(BadConfig, match="precision is 'bfloat16'.*auto, float32"):
        choose_precision(TrainConfig(precision="bfloat16"), "cpu")


def test_where_there_is_one_core_there_is_one_thread(monkeypatch):
    monkeypatch.setattr(machine, "_usable_cores", lambda: 1)
    assert choose_threads(TrainConfig(network=CNN(), device="cpu")) == 1
