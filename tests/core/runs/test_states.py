"""What is shown of a run, for everything that can happen to its worker."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mnist_core.config import TrainConfig
from mnist_core.runs import Run, Store
from mnist_core.runs import store as store_module

ROOT = Path(__file__).parents[3]
LAST_PID = Path("/proc/sys/kernel/ns_last_pid")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The reader's clock, set by hand."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(store_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def training(store: Store, long: TrainConfig, nursery, until: Callable, clock: SimpleNamespace):
    """A run, and the worker that is training it."""
    run = store.create(long)
    worker = nursery.start(store, run)
    until(lambda: store.run(run.id).step)
    return run, worker


def test_a_run_is_running_while_its_worker_lives_and_crashed_as_soon_as_it_is_killed(store: Store, training, clock):
    run, worker = training
    assert store.run(run.id).state == "running"
    worker.kill()
    killed = time.monotonic()
    while store.run(run.id).state != "crashed":
        assert time.monotonic() - killed < 5
    # It is still a zombie here, for which `os.kill(pid, 0)` answers that all is well.
    os.kill(worker.pid, 0)
    assert worker.wait() == -signal.SIGKILL
    read = store.run(run.id)
    assert (read.state, read.beat_age, read.can_resume) == ("crashed", None, True)


def test_a_paused_worker_is_not_responding_and_never_dead_and_recovers(store: Store, training, clock, until: Callable):
    run, worker = training
    worker.kill(signal.SIGSTOP)
    time.sleep(0.05)
    store.run(run.id)
    clock.now += 14
    assert store.run(run.id).state == "running"
    assert store.run(run.id).beat_age == pytest.approx(14)
    for _ in range(3):
        clock.now += 60
        assert store.run(run.id).state == "stalled"
    assert not store.run(run.id).can_resume
    worker.kill(signal.SIGCONT)
    until(lambda: store.run(run.id).state == "running")


def _start_and_die(store: Store, run: Run, then: str = "") -> str:
    """A process that begins the run and is killed; gives what it printed."""
    code = (
        "import os, signal, time\n"
        "from mnist_core.runs import open_store\n"
        "store = open_store()\n"
        f"lock = store.lock({run.id!r})\n"
        f"assert lock.take() and store.start({run.id!r})\n"
        f"{then}\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MNIST_HOME": str(store.home)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True, check=False
    ).stdout


def test_a_run_is_crashed_although_a_grandchild_has_inherited_the_lock_file(store: Store, short: TrainConfig):
    run = store.create(short)
    fork = (
        "child = os.fork()\nif child == 0: os.closerange(0, 3); time.sleep(60); os._exit(0)\nprint(child, flush=True)"
    )
    grandchild = int(_start_and_die(store, run, fork))
    os.kill(grandchild, 0)
    assert store.run(run.id).state == "crashed"
    os.kill(grandchild, signal.SIGKILL)


def test_a_run_is_crashed_although_its_workers_number_belongs_to_another_process_now(store: Store, short: TrainConfig):
    run = store.create(short)
    pid = int(_start_and_die(store, run, "print(os.getpid(), flush=True)"))
    if not os.access(LAST_PID, os.W_OK):
        pytest.skip("process ids can be chosen by root only")
    for _ in range(20):
        LAST_PID.write_text(str(pid - 1))
        other = subprocess.Popen(["sleep", "60"])
        if other.pid == pid:
            break
        other.kill()
        other.wait()
    reused = other.pid == pid
    state = store.run(run.id).state
    other.kill()
    other.wait()
    assert reused
    assert state == "crashed"


def test_a_run_whose_worker_ends_while_it_is_looked_at_is_not_shown_as_crashed(
    store: Store, short: TrainConfig, monkeypatch: pytest.MonkeyPatch
):
    run = store.create(short)
    store.start(run.id)

    def ended_meanwhile(_path: Path) -> None:
        store.end(run.id, "finished")

    monkeypatch.setattr(store_module, "holder", ended_meanwhile)
    assert store.run(run.id).state == "finished"


def test_a_run_without_a_folder_is_crashed(store: Store, short: TrainConfig):
    run = store.create(short)
    store.start(run.id)
    shutil.rmtree(store.folder(run.id))
    assert store.run(run.id).state == "crashed"
