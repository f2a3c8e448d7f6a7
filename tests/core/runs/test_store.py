from __future__ import annotations

import json
import multiprocessing
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from mnist_core.config import TrainConfig
from mnist_core.errors import BadFile, BadInput, Busy, DiskProblem, NotFound
from mnist_core.runs import Checkpoint, Guess, Store, open_store
from mnist_core.training.progress import EpochReport, StepReport


def a_step(step: int, **changes: float) -> StepReport:
    values = {
        "loss": 1 / step,
        "smoothed_loss": 1.0,
        "learning_rate": 0.1,
        "gradient_norm": 2.0,
        "images_per_second": 9.0,
    }
    return StepReport(step=step, epoch=1, batch=step, batches=10, seconds_left=5.0, fraction=0.1, **(values | changes))


def an_epoch(epoch: int, *, accuracy: float = 0.5, is_best: bool = True) -> EpochReport:
    return EpochReport(epoch, 10 * epoch, 1.0, 0.4, 0.9, accuracy, 1.5, is_best, np.eye(10, dtype=int) * epoch, False)


def sql(store: Store, statement: str, *values: object) -> None:
    with sqlite3.connect(store.home / "lab.db") as database:
        database.execute(statement, values)
    database.close()


def test_a_new_run_waits_in_the_queue_with_its_settings(any_store: Store, short: TrainConfig):
    run = any_store.create(short, name="first try", tags=["a", "b", "a"])
    assert (run.state, run.name, run.tags, run.config) == ("queued", "first try", ("a", "b"), short)
    assert datetime.now(UTC) - run.created_at < timedelta(minutes=1)
    assert run == any_store.run(run.id)
    assert any_store.folder(run.id).is_dir()
    assert [event.kind for event in any_store.events(run.id)] == ["created"]


def test_runs_are_listed_newest_first_and_queued_first_in_first_out(any_store: Store, short: TrainConfig):
    ids = [any_store.create(short).id for _ in range(4)]
    assert [run.id for run in any_store.runs()] == ids[::-1]
    assert any_store.queue() == ids
    any_store.request_stop(ids[0])
    assert any_store.run(ids[0]).state == "stopped"
    any_store.resume(ids[0])
    any_store.resume(ids[1])
    assert any_store.queue() == [*ids[1:], ids[0]]


def test_what_a_training_reports_is_read_back(any_store: Store, short: TrainConfig):
    run = any_store.create(short)
    assert any_store.start(run.id)
    any_store.describe(run.id, device="cpu", threads=1, machine="this one", split_hash="ab", total_steps=20)
    reports = [a_step(1), a_step(2, gradient_norm=float("inf")), a_step(3, gradient_norm=float("nan"))]
    guesses = [Guess(7, 0.75)] * 12
    assert not any_store.record(run.id, steps=reports, seconds=1.0, preview=guesses)
    any_store.record(run.id, steps=[a_step(10)], epochs=[an_epoch(1)], seconds=2.5)
    steps = any_store.steps(run.id)
    assert steps.step.tolist() == [1, 2, 3, 10]
    assert steps.loss.tolist() == [1, 1 / 2, 1 / 3, 1 / 10]
    assert str(steps.gradient_norm.tolist()) == "[2.0, inf, nan, 2.0]"
    assert any_store.steps(run.id, after=3).step.tolist() == [10]
    assert len(any_store.steps(run.id, after=10)) == 0
    (epoch,) = any_store.epochs(run.id)
    assert (epoch.epoch, epoch.val_accuracy, epoch.is_best) == (1, 0.5, True)
    matrix = any_store.confusion(run.id, 1)
    assert matrix is not None
    assert np.array_equal(matrix, np.eye(10))
    assert any_store.confusion(run.id, 2) is None
    read = any_store.run(run.id)
    assert (read.step, read.epoch, read.total_steps, read.fraction) == (10, 1, 20, 0.5)
    assert (read.best_epoch, read.best_val_accuracy, read.val_accuracy, read.seconds) == (1, 0.5, 0.5, 2.5)
    assert (read.device, read.threads, read.split_hash, read.preview) == ("cpu", 1, "ab", tuple(guesses))


def test_rewinding_forgets_what_came_after_a_checkpoint(any_store: Store, short: TrainConfig):
    run = any_store.create(short)
    epochs = [an_epoch(1, accuracy=0.5), an_epoch(2, accuracy=0.4, is_best=False), an_epoch(3, accuracy=0.6)]
    any_store.record(run.id, steps=[a_step(i) for i in range(1, 31)], epochs=epochs, seconds=3.0)
    assert any_store.run(run.id).best_epoch == 3
    any_store.rewind(run.id, step=25, epoch=2)
    assert any_store.steps(run.id).step.tolist() == list(range(1, 26))
    assert [epoch.epoch for epoch in any_store.epochs(run.id)] == [1, 2]
    read = any_store.run(run.id)
    assert (read.step, read.epoch, read.best_epoch, read.best_val_accuracy, read.val_accuracy) == (25, 2, 1, 0.5, 0.4)
    any_store.rewind(run.id, step=0, epoch=0)
    assert (len(any_store.steps(run.id)), any_store.epochs(run.id), any_store.run(run.id).best_epoch) == (0, [], None)


def test_the_best_the_last_and_any_epochs_checkpoint_are_found(any_store: Store, short: TrainConfig):
    run = any_store.create(short)
    folder = any_store.folder(run.id) / "checkpoints"
    with pytest.raises(NotFound, match="checkpoint"):
        any_store.checkpoint(run.id)
    between = Checkpoint(folder / "step-5.pt", "between", 5, 0, "0" * 64, 7)
    any_store.add_checkpoint(run.id, between)
    assert any_store.checkpoint(run.id, "best") == any_store.checkpoint(run.id, "last") == between
    saved = [Checkpoint(folder / f"epoch-{i}.pt", "epoch", 10 * i, i, "0" * 64, 7) for i in (1, 2)]
    for i, one in enumerate(saved, start=1):
        any_store.record(run.id, epochs=[an_epoch(i, is_best=i == 1)], seconds=i)
        any_store.add_checkpoint(run.id, one)
    assert any_store.checkpoint(run.id) == any_store.checkpoint(run.id, 1) == saved[0]
    assert any_store.checkpoint(run.id, "last") == saved[1]
    with pytest.raises(NotFound):
        any_store.checkpoint(run.id, 3)
    any_store.drop_checkpoints(run.id, saved)
    assert any_store.checkpoints(run.id) == [between]


def test_looks_at_the_test_split_are_counted_and_listed(any_store: Store, short: TrainConfig):
    run = any_store.create(short)
    any_store.record_test_look(run.id, 0.9, 450, 500)
    any_store.record_test_look(run.id, 0.92, 460, 500)
    assert (any_store.run(run.id).test_looks, any_store.run(run.id).test_accuracy) == (2, 0.92)
    assert [(look.correct, look.n) for look in any_store.test_looks(run.id)] == [(450, 500), (460, 500)]


def test_a_deleted_run_can_be_restored_until_the_bin_is_emptied(any_store: Store, short: TrainConfig):
    run, other = any_store.create(short), any_store.create(short)
    any_store.record(run.id, steps=[a_step(1)], epochs=[an_epoch(1)], seconds=1.0)
    (any_store.folder(run.id) / "mine").write_text("kept")
    for _ in range(2):
        any_store.delete(run.id)
    assert [each.id for each in any_store.runs()] == [other.id] == any_store.queue()
    assert len(any_store.runs(include_deleted=True)) == 2
    assert any_store.run(run.id).deleted_at
    assert any_store.folder(run.id).parent.name == "bin"
    with pytest.raises(BadInput, match="bin"):
        any_store.resume(run.id)
    for _ in range(2):
        any_store.restore(run.id)
    assert (any_store.folder(run.id) / "mine").read_text() == "kept"
    assert any_store.run(run.id).state == "stopped"
    any_store.delete(run.id)
    assert any_store.empty_bin() == 1
    assert [each.id for each in any_store.runs(include_deleted=True)] == [other.id]
    assert not any_store.folder(run.id).exists()
    with pytest.raises(NotFound):
        any_store.run(run.id)


def test_a_run_in_use_is_neither_deleted_nor_resumed(store: Store, short: TrainConfig):
    run = store.create(short)
    with store.locked(run.id):
        store.start(run.id)
        assert store.run(run.id).state == "running"
        for refused in (store.delete, store.resume):
            with pytest.raises(Busy, match="being trained"):
                refused(run.id)
    assert store.run(run.id).state == "crashed"
    store.resume(run.id)
    assert store.run(run.id).state == "queued"


@pytest.mark.parametrize(("fact", "why"), [("finished", "Start a new run"), ("diverged", "lower learning rate")])
def test_a_run_that_ended_for_good_is_not_resumed(store: Store, short: TrainConfig, fact: str, why: str):
    run = store.create(short)
    store.end(run.id, fact)
    with pytest.raises(BadInput, match=why):
        store.resume(run.id)
    assert not store.start(run.id)


def test_asking_a_run_to_stop_is_heard_once_by_its_worker(store: Store, short: TrainConfig):
    run = store.create(short)
    with store.locked(run.id):
        store.start(run.id)
        store.request_stop(run.id)
        store.request_stop(run.id)
        assert store.record(run.id, seconds=1.0)
        store.end(run.id, "stopped")
        store.request_stop(run.id)
    assert [event.kind for event in store.events(run.id)] == ["created", "started", "stop", "stopped"]
    store.resume(run.id)
    store.start(run.id)
    assert not store.record(run.id, seconds=1.0)


@pytest.mark.parametrize(
    "run_id",
    ["", "..", "../../etc/passwd", "20260101-000000-abcde", "20260101-000000-ABCDEF", "20260101-000000-abcdef\n", "' OR 1=1",
     "٢٠٢٦٠١٠١-000000-abcdef", "%2e%2e", "20260101-000000-abcdef/..", "x" * 10_000, "\0", None],
)  # fmt: skip
def test_text_that_is_no_id_never_reaches_the_disk(store: Store, short: TrainConfig, run_id: str):
    before = sorted(store.home.rglob("*"))
    asking = (
        store.run, store.steps, store.epochs, store.events, store.checkpoints, store.folder, store.lock, store.delete,
        store.restore, store.resume, store.request_stop,
    )  # fmt: skip
    for ask in asking:
        with pytest.raises(NotFound, match="no run"):
            ask(run_id)
    with pytest.raises(NotFound):
        store.rename(run_id, "x")
    assert sorted(store.home.rglob("*")) == before


def test_an_unknown_id_is_not_found_and_makes_no_folder(store: Store):
    for ask in (store.run, store.delete, store.resume, store.restore, store.request_stop, store.lock):
        with pytest.raises(NotFound):
            ask("20260101-000000-abcdef")
    assert not (store.home / "runs").exists()


def test_labels_are_cleaned_and_bounded(any_store: Store, short: TrainConfig):
    run = any_store.create(short, name="../../etc\n\x1b[31mred\0 \u202egpj.exe \ud800 é")
    assert run.name == "../../etc [31mred gpj.exe é"
    any_store.rename(run.id, "x" * 80)
    any_store.annotate(run.id, "<script>\nline two\0\n")
    any_store.tag(run.id, ["  good one ", "", "=SUM(1)"])
    read = any_store.run(run.id)
    assert (read.name, read.note, read.tags) == ("x" * 80, "<script>\nline two", ("good one", "=SUM(1)"))
    with pytest.raises(BadInput, match="81 characters"):
        any_store.rename(run.id, "x" * 81)
    with pytest.raises(BadInput, match="4,001 characters"):
        any_store.annotate(run.id, "x" * 4001)
    with pytest.raises(BadInput, match="31 characters"):
        any_store.tag(run.id, ["x" * 31])
    with pytest.raises(BadInput, match="11 tags"):
        any_store.tag(run.id, map(str, range(11)))


@pytest.mark.parametrize("config", ["", "{", "[]", '{"epochs": 0}', '{"from_the_future": 1}', "[" * 100_000])
def test_a_run_whose_settings_cannot_be_read_is_listed_as_damaged_beside_the_others(
    store: Store, short: TrainConfig, config: str
):
    good, bad = store.create(short), store.create(short)
    sql(store, "UPDATE run SET config = ?, tags = '{', preview = 'x' WHERE id = ?", config, bad.id)
    damaged, intact = store.runs()
    assert (damaged.state, intact.state, intact.config) == ("damaged", "queued", short)
    assert "cannot be read" in damaged.reason
    with pytest.raises(BadFile, match=bad.id):
        _ = damaged.config
    store.request_stop(bad.id)
    with pytest.raises(BadInput, match="cannot be resumed"):
        store.resume(bad.id)
    store.delete(bad.id)
    assert [run.id for run in store.runs()] == [good.id]


def test_a_database_of_a_newer_lab_is_refused_with_both_versions(any_store: Store):
    with any_store._engine.begin() as database:
        database.exec_driver_sql("UPDATE lab_version SET version = 7")
    with pytest.raises(BadFile, match="format 7.*formats up to 1"):
        open_store(any_store.url, home=any_store.home)


def test_a_damaged_database_is_said_to_be_damaged(home: Path):
    home.mkdir()
    (home / "lab.db").write_bytes(b"this is no database at all" * 1000)
    with pytest.raises(BadFile, match="damaged"):
        open_store(home=home)


def test_a_database_that_cannot_be_opened_is_a_disk_problem(tmp_path: Path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder" / "lab.db").mkdir(parents=True)
    for home in (tmp_path / "file", tmp_path / "folder"):
        with pytest.raises(DiskProblem):
            open_store(home=home)
    with pytest.raises(DiskProblem, match="cannot be used"):
        open_store("postgresql+psycopg://lab:secret@127.0.0.1:9/none", home=tmp_path / "home")


def test_a_database_password_is_not_shown(tmp_path: Path):
    with pytest.raises(DiskProblem) as caught:
        open_store("postgresql+psycopg://lab:secret@127.0.0.1:9/none", home=tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "nosuchbase://x", "postgresql+nodriver://x/y"])
def test_an_address_that_makes_no_sense_is_refused(url: str, tmp_path: Path):
    with pytest.raises(BadInput, match="MNIST_DB"):
        open_store(url, home=tmp_path)


def _open_and_create(home: str, config: str) -> None:
    store = open_store(home=Path(home))
    store.create(TrainConfig.parse(json.loads(config)))
    store.close()


def test_processes_that_open_a_new_store_at_the_same_time_all_find_it_whole(home: Path, short: TrainConfig):
    context = multiprocessing.get_context("spawn")
    starters = [context.Process(target=_open_and_create, args=(str(home), short.model_dump_json())) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert [starter.exitcode for starter in starters] == [0, 0, 0]
    store = open_store(home=home)
    assert len(store.runs()) == 3
    store.close()
