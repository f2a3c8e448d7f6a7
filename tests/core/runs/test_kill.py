from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
import torch

from mnist_core.config import CNN, TrainConfig
from mnist_core.runs import Run, Store
from mnist_core.training import checkpoint

KILLS = 20
KILLS_AT_THE_START = 5


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.parametrize(
    "network",
    [CNN(channels=(4,), hidden=(16,), dropout=0.2), CNN(channels=(4,), hidden=(16,), batch_norm=True)],
    ids=["with chance", "in packed memory"],
)
def test_twenty_kills_at_random_instants_change_no_weight_and_no_point_of_the_curve(
    store: Store, nursery, until: Callable, network: CNN
):
    config = TrainConfig(data="sample", train_size=1200, batch_size=8, epochs=8, network=network, threads=1)
    total = 1200
    whole = store.create(config, name="never killed")
    never_killed = nursery.start(store, whole)
    run = store.create(config, name="killed again and again")
    chance = random.Random(20260728)
    # How far the run is at each kill, so that the test does the same on fast and slow machines; and then some instant in
    # the next tenth of a second, in which steps are taken, rows written, and a checkpoint or two saved and registered.
    far = sorted(chance.uniform(0, 0.85) * total for _ in range(KILLS - KILLS_AT_THE_START))
    for target in [-1.0] * KILLS_AT_THE_START + far:
        worker = nursery.start(store, run, MNIST_CHECKPOINT_SECONDS="0.05")
        until(lambda target=target: store.run(run.id).step > target, 60)
        time.sleep(chance.uniform(0, 0.1))
        worker.kill()
        assert worker.wait() == -9, "it had ended before it could be killed"
        assert store.run(run.id).state in ("crashed", "queued")
    kinds = [event.kind for event in store.events(run.id)]
    assert kinds.count("resumed") >= 5, "nearly all kills hit a worker that was not training yet"
    assert nursery.start(store, run, MNIST_CHECKPOINT_SECONDS="0.05").wait() == 0
    assert never_killed.wait() == 0

    assert store.run(run.id).state == "finished"
    assert_same(
        last_state(store, run), last_state(store, whole), ("network", "optimizer", "random", "running_loss", "best")
    )
    killed, complete = store.steps(run.id), store.steps(whole.id)
    assert killed.step.tolist() == complete.step.tolist()
    assert killed.loss.tolist() == complete.loss.tolist()
    assert killed.smoothed_loss.tolist() == complete.smoothed_loss.tolist()
    for one, other in zip(store.epochs(run.id), store.epochs(whole.id), strict=True):
        assert (one.epoch, one.step, one.train_loss, one.train_accuracy, one.val_loss, one.val_accuracy, one.is_best) == (
            other.epoch, other.step, other.train_loss, other.train_accuracy, other.val_loss, other.val_accuracy, other.is_best
        )  # fmt: skip
    registered = {one.path for one in store.checkpoints(run.id)}
    assert set((store.folder(run.id) / "checkpoints").iterdir()) == registered


def last_state(store: Store, run: Run) -> dict[str, object]:
    last = store.checkpoint(run.id, "last")
    return checkpoint.load(last.path, last.sha256)


def assert_same(one: object, other: object, keys: tuple[object, ...] | None = None) -> None:
    """Equal to the bit, tensors included."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys()
        for key in keys or one:
            assert_same(one[key], other[key])
    elif isinstance(one, list) and isinstance(other, list):
        for first, second in zip(one, other, strict=True):
            assert_same(first, second)
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    else:
        assert one == other
