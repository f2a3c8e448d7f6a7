from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core.config import MLP, TrainConfig
from mnist_core.data import best_available, load, source
from mnist_core.data.idx import GZIP_MAGIC
from mnist_core.errors import BadConfig, BadInput, Busy, Diverged
from mnist_core.runs import Run, Store
from mnist_core.runs.worker import OutOfMemory, _read_ahead, main, work
from mnist_core.training import checkpoint
from mnist_core.training.progress import EpochReport


def kinds(store: Store, run: Run) -> list[str]:
    return [event.kind for event in store.events(run.id)]


def assert_recorded_without_gap_or_double(store: Store, run: Run) -> None:
    done = store.run(run.id)
    assert store.steps(run.id).step.tolist() == list(range(1, done.step + 1))
    assert [row.epoch for row in store.epochs(run.id)] == list(range(1, done.epoch + 1))


def test_a_run_is_trained_to_its_end_with_everything_recorded(any_store: Store, short: TrainConfig):
    seen = []
    run = work(any_store, any_store.create(short).id, on_progress=seen.append)
    assert (run.state, run.step, run.epoch, run.fraction, run.reason) == ("finished", 40, 2, 1.0, "")
    assert (run.device, run.threads, len(run.split_hash), len(run.preview)) == ("cpu", 1, 64, 12)
    assert torch.__version__ in run.machine
    assert len(seen) == 42
    assert kinds(any_store, run) == ["created", "started", "finished"]
    assert_recorded_without_gap_or_double(any_store, run)
    assert [one.kind for one in any_store.checkpoints(run.id)] == ["epoch", "epoch"]
    best = any_store.checkpoint(run.id)
    assert checkpoint.load(best.path, best.sha256)["epoch"] == run.best_epoch


def test_the_steps_of_a_curve_are_those_that_the_training_reported(store: Store, short: TrainConfig):
    seen = []
    run = work(store, store.create(short).id, on_progress=seen.append)
    steps, epochs = store.steps(run.id), store.epochs(run.id)
    points = [report for report in seen if not isinstance(report, EpochReport)]
    assert steps.loss.tolist() == [point.loss for point in points]
    assert steps.learning_rate.tolist() == [point.learning_rate for point in points]
    assert epochs[-1].val_accuracy == seen[-1].val_accuracy
    assert np.array_equal(store.confusion(run.id, epochs[-1].epoch), seen[-1].confusion)


def test_digits_read_ahead_are_learned_from_where_the_run_wants_just_these(store: Store, short: TrainConfig):
    ahead = replace(load("sample"), split_hash="read ahead")
    whole = work(store, store.create(short.changed({"train_size": None, "epochs": 1})).id, ahead=ahead)
    part = work(store, store.create(short).id, ahead=ahead)
    assert whole.split_hash == "read ahead"
    assert part.split_hash == load("sample", train_size=200).split_hash


def test_digits_that_cannot_be_read_do_not_end_a_worker_that_waits(home: Path):
    for part in source("mnist").parts:
        file = home / "data" / "MNIST" / "raw" / part.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(GZIP_MAGIC + b"damaged" + part.unpacked_size.to_bytes(4, "little"))
    assert best_available().name == "mnist"
    assert _read_ahead() is None


def test_a_run_that_is_done_is_not_trained_again(store: Store, short: TrainConfig):
    run = work(store, store.create(short).id)
    with pytest.raises(BadInput, match="finished"):
        work(store, run.id)
    assert store.run(run.id) == run


def test_of_eight_workers_that_start_the_same_run_one_trains_it(
    store: Store, long: TrainConfig, nursery, until: Callable
):
    run = store.create(long)
    workers = [nursery.start(store, run) for _ in range(8)]
    until(lambda: store.run(run.id).step)
    store.request_stop(run.id)
    assert sorted(worker.wait() for worker in workers) == [0, 2, 2, 2, 2, 2, 2, 2]
    assert store.run(run.id).state == "stopped"
    assert kinds(store, run).count("started") == 1


def test_a_run_that_is_being_trained_is_refused_and_unharmed(store: Store, short: TrainConfig):
    run = store.create(short)
    refused = []

    def try_as_well(_report: object) -> None:
        with pytest.raises(Busy) as caught:
            work(store, run.id)
        refused.append(caught)

    assert work(store, run.id, on_progress=try_as_well).state == "finished"
    assert len(refused) == 42


def test_a_stopped_run_keeps_its_model_and_goes_on_to_the_same_weights(store: Store, nursery, until: Callable):
    config = TrainConfig(
        data="sample", train_size=2000, batch_size=8, epochs=4, network=MLP(hidden=(16,), dropout=0.2), threads=1
    )
    uninterrupted = work(store, store.create(config).id)
    run = store.create(config)
    worker = nursery.start(store, run)
    until(lambda: store.run(run.id).step)
    store.request_stop(run.id)
    assert worker.wait() == 0
    stopped = store.run(run.id)
    assert stopped.state == "stopped"
    assert 0 < stopped.step < stopped.total_steps
    last = store.checkpoint(run.id, "last")
    assert checkpoint.load(last.path, last.sha256)["step"] == stopped.step
    store.resume(run.id)
    assert work(store, run.id).state == "finished"
    assert kinds(store, run) == ["created", "started", "stop", "stopped", "queued", "started", "resumed", "finished"]
    for one, other in zip(weights(store, run).values(), weights(store, uninterrupted).values(), strict=True):
        assert torch.equal(one, other)
    assert store.steps(run.id).loss.tolist() == store.steps(uninterrupted.id).loss.tolist()
    assert store.run(run.id).seconds > stopped.seconds


def weights(store: Store, run: Run) -> dict[str, torch.Tensor]:
    last = store.checkpoint(run.id, "last")
    return checkpoint.load(last.path, last.sha256)["network"]


def test_a_worker_asked_to_end_saves_the_model_and_says_so(store: Store, long: TrainConfig, nursery, until: Callable):
    run = store.create(long)
    worker = nursery.start(store, run)
    until(lambda: store.run(run.id).step)
    worker.kill(signal.SIGTERM)
    assert worker.wait() == 75
    read = store.run(run.id)
    assert (read.state, read.can_resume) == ("stopped", True)
    assert read.reason.startswith(f"Interrupted by SIGTERM at step {read.step:,}")
    assert store.checkpoint(run.id, "last").step == read.step
    assert kinds(store, run)[-1] == "interrupted"


def test_a_worker_that_has_waited_loads_no_large_library_while_it_trains(store: Store, short: TrainConfig):
    run = store.create(short)
    code = f"""
import sys
from mnist_core.runs.store import open_store
from mnist_core.runs.worker import warm_up, warm_up_for_the_end, work
warm_up()
warm_up_for_the_end()
before = set(sys.modules)
work(open_store(), {run.id!r})
late = {{name.split(".")[0] for name in set(sys.modules) - before}} & {{"scipy", "sklearn", "pandas", "plotly"}}
sys.exit(f"loaded while training: {{late}}" if late else 0)
"""
    environment = {**os.environ, "MNIST_HOME": str(store.home)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert store.run(run.id).state == "finished"


def test_a_run_goes_on_with_the_threads_it_began_with(store: Store, short: TrainConfig):
    run = store.create(short.changed({"threads": 0}))
    store.describe(run.id, device="cpu", threads=2, machine="another one", split_hash="", total_steps=0)
    assert work(store, run.id).threads == 2
    assert "another one" in next(event.text for event in store.events(run.id) if event.kind == "machine")


def test_a_diverged_run_says_where_and_what_to_try_and_keeps_its_last_checkpoint(store: Store, short: TrainConfig):
    run = store.create(short.changed({"optimizer": "sgd", "learning_rate": 1e6, "epochs": 100}))
    with pytest.raises(Diverged, match=r"step \d+.*learning rate"):
        work(store, run.id)
    read = store.run(run.id)
    assert read.state == "diverged"
    assert "Try a learning rate" in read.reason
    assert not read.can_resume
    for saved in store.checkpoints(run.id):
        checkpoint.load(saved.path, saved.sha256)


@pytest.mark.parametrize(("data", "code"), [("mnist", 2), ("nosuch", 2)])
def test_data_that_is_not_there_is_the_reason_a_run_failed(
    store: Store, short: TrainConfig, data: str, code: int, capsys
):
    run = store.create(short.changed({"data": data}))
    assert main([run.id]) == code
    read = store.run(run.id)
    assert (read.state, read.can_resume) == ("failed", True)
    assert read.reason in capsys.readouterr().err
    assert read.reason


def test_settings_that_do_not_fit_the_data_are_refused_before_anything_is_loaded(store: Store, short: TrainConfig):
    run = store.create(short.changed({"batch_size": 5000}))
    with pytest.raises(BadConfig, match="batch_size"):
        work(store, run.id)
    assert (store.run(run.id).state, store.run(run.id).split_hash) == ("failed", "")


def stop_at_once(_report: object) -> None:
    raise MemoryError


def test_running_out_of_memory_names_the_batch_size(store: Store, short: TrainConfig):
    run = store.create(short)
    with pytest.raises(OutOfMemory, match="smaller batch"):
        work(store, run.id, on_progress=stop_at_once)
    assert "it is 10 now" in store.run(run.id).reason


def test_a_bug_stays_loud_and_leaves_its_traceback(store: Store, short: TrainConfig):
    def broken(_report: object) -> None:
        raise KeyError("no such thing")

    run = store.create(short)
    with pytest.raises(KeyError):
        work(store, run.id, on_progress=broken)
    assert (store.run(run.id).state, store.run(run.id).reason) == ("failed", "KeyError: 'no such thing'")
    log = (store.folder(run.id) / "worker.log").read_text()
    assert "Traceback" in log
    assert "in broken" in log


@pytest.mark.parametrize("arguments", [["../../etc/passwd"], ["20260101-000000-abcdef"]])
def test_a_worker_refuses_a_run_that_is_not_there(home, arguments: list[str], capsys):
    assert main(arguments) == 2
    assert "There is no run" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "31"])
def test_a_worker_refuses_a_bad_checkpoint_interval(
    store: Store, short: TrainConfig, text: str, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("MNIST_CHECKPOINT_SECONDS", text)
    assert main([store.create(short).id]) == 2
    assert text in capsys.readouterr().err


@pytest.mark.fault
def test_a_run_whose_folder_is_removed_ends_without_making_half_of_it_again(
    store: Store, long: TrainConfig, nursery, until: Callable
):
    run = store.create(long)
    folder = store.folder(run.id)
    worker = nursery.start(store, run, MNIST_CHECKPOINT_SECONDS="0.02")
    until(lambda: store.checkpoints(run.id))
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
    assert worker.wait() == 4
    assert not folder.exists()
    assert store.run(run.id).state == "failed"
    assert "removed" in store.run(run.id).reason


@pytest.mark.fault
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(store: Store, short: TrainConfig, damage: str):
    config = short.changed({"epochs": 4})
    uninterrupted = work(store, store.create(config).id)
    run = store.create(config)
    with pytest.raises(KeyError):
        work(store, run.id, on_progress=fail_in_epoch_4)
    newest = store.checkpoint(run.id, "last")
    whole = newest.path.read_bytes()
    if damage == "remove":
        newest.path.unlink()
    else:
        newest.path.write_bytes(whole[:-7] if damage == "cut" else whole[:999] + bytes([whole[999] ^ 1]) + whole[1000:])
    store.resume(run.id)
    assert work(store, run.id).state == "finished"
    told = {event.kind: event.text for event in store.events(run.id)}
    assert f"{newest.path.name} is damaged or gone; going on from step 40" in told["damage"]
    assert_recorded_without_gap_or_double(store, run)
    for name, values in weights(store, run).items():
        assert torch.equal(values, weights(store, uninterrupted)[name])


def fail_in_epoch_4(report: object) -> None:
    if report.epoch == 4:
        raise KeyError("stop")


@pytest.mark.fault
def test_a_run_all_of_whose_checkpoints_are_damaged_begins_again(store: Store, short: TrainConfig):
    run = store.create(short.changed({"epochs": 4}))
    with pytest.raises(KeyError):
        work(store, run.id, on_progress=fail_in_epoch_4)
    for saved in store.checkpoints(run.id):
        saved.path.write_bytes(b"")
    store.resume(run.id)
    assert work(store, run.id).state == "finished"
    assert_recorded_without_gap_or_double(store, run)


@pytest.mark.fault
@pytest.mark.parametrize("room", [8_000, 150_000, 600_000, 2_500_000])
def test_a_full_disk_ends_the_run_and_costs_no_saved_checkpoint(store: Store, nursery, until: Callable, room: int):
    # A checkpoint of this network takes 5 MB, so that it is what does not fit where the database's few pages do.
    config = TrainConfig(data="sample", train_size=600, batch_size=50, epochs=6, network=MLP(hidden=(512,)), threads=1)
    run = store.create(config)
    with pytest.raises(KeyError):
        work(store, run.id, on_progress=fail_in_epoch_4)
    before = store.checkpoints(run.id)
    store.resume(run.id)
    assert nursery.start(store, run, file_bytes=room).wait() == 3
    assert store.checkpoints(run.id) == before
    for saved in before:
        checkpoint.load(saved.path, saved.sha256)
    read = store.run(run.id)
    assert read.state in ("failed", "crashed", "queued")
    if room > 1_000_000:
        assert read.state == "failed"
        assert "MB are free" in read.reason
    if read.state != "queued":
        store.resume(run.id)
    assert work(store, run.id).state == "finished"
    assert_recorded_without_gap_or_double(store, run)
    assert not list(store.folder(run.id).glob("**/.*"))
