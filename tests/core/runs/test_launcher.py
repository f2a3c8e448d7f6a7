from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.config import TrainConfig
from mnist_core.errors import BadConfig, BadInput, Busy
from mnist_core.runs import LocalLauncher, Store
from mnist_core.runs import log as log_module
from mnist_core.runs.log import write_log
from mnist_core.runs.queue import Slots

ROOT = Path(__file__).parents[3]


def test_waiting_workers_take_the_runs_first_in_first_out_one_at_a_time(store: Store, short: TrainConfig, nursery):
    runs = [store.create(short) for _ in range(3)]
    store.request_stop(runs[0].id)
    store.resume(runs[0].id)
    for _ in range(3):
        assert nursery.start(store).wait() == 0
    first, second, third = (store.run(runs[i].id) for i in (1, 2, 0))
    assert [run.state for run in (first, second, third)] == ["finished"] * 3
    assert first.ended_at < second.started_at < second.ended_at < third.started_at


def test_no_more_workers_wait_than_may_train(store: Store, nursery, until: Callable, short: TrainConfig):
    first = nursery.start(store)
    until(lambda: Slots(store.home, "warm", 1).holders() == [first.pid])
    assert nursery.start(store).wait() == 0
    run = store.create(short)
    assert first.wait() == 0
    assert store.run(run.id).state == "finished"


def test_a_run_waits_for_the_slot_that_another_holds(store: Store, short: TrainConfig, nursery, until: Callable):
    run = store.create(short)
    with Slots(store.home, "train", 1).take() or pytest.fail("no slot"):
        worker = nursery.start(store)
        until(lambda: Slots(store.home, "warm", 1).holders())
        time.sleep(0.3)
        assert store.run(run.id).state == "queued"
    assert worker.wait() == 0
    assert store.run(run.id).state == "finished"


def test_two_runs_train_at_a_time_where_that_is_allowed(store: Store, long: TrainConfig, nursery, until: Callable):
    runs = [store.create(long) for _ in range(3)]
    workers = [nursery.start(store, MNIST_CONCURRENT="2") for _ in range(2)]
    until(lambda: [store.run(run.id).state for run in runs[:2]] == ["running"] * 2)
    assert store.run(runs[2].id).state == "queued"
    for run in runs:
        store.request_stop(run.id)
    assert [worker.wait() for worker in workers] == [0, 0]


def test_a_worker_killed_in_its_run_does_not_hold_up_the_queue(
    store: Store, long: TrainConfig, short: TrainConfig, nursery, until: Callable
):
    run, next_one = store.create(long), store.create(short)
    worker = nursery.start(store)
    until(lambda: store.run(run.id).step)
    worker.kill()
    worker.wait()
    assert nursery.start(store).wait() == 0
    assert (store.run(run.id).state, store.run(next_one.id).state) == ("crashed", "finished")


def test_workers_pass_over_a_run_that_someone_has_reserved(store: Store, short: TrainConfig, nursery):
    reserved, free = store.create(short), store.create(short)
    with store.locked(reserved.id):
        assert nursery.start(store).wait() == 0
        assert (store.run(reserved.id).state, store.run(free.id).state) == ("queued", "finished")


def test_the_command_line_trains_in_its_own_process_when_the_slot_is_free(store: Store, short: TrainConfig):
    launcher = LocalLauncher(store)
    run = store.create(short, queued=False)
    assert run.state == "stopped"
    waited, seen = [], []
    slot = Slots(store.home, "train", 1).take()
    assert slot

    def on_wait() -> None:
        waited.append(store.run(run.id).state)
        if len(waited) == 3:
            slot.release()

    assert launcher.train_here(run.id, on_progress=seen.append, on_wait=on_wait).state == "finished"
    assert waited == ["queued"] * 3
    assert len(seen) == 42
    with pytest.raises(BadInput, match="finished"):
        launcher.train_here(run.id)


def test_the_command_line_waits_for_the_runs_before_its_own(store: Store, short: TrainConfig, nursery):
    earlier = store.create(short)
    run = store.create(short, queued=False)
    launcher = LocalLauncher(store)
    launcher._not_before = time.monotonic() + 1000  # the worker comes from the nursery instead
    workers = []

    def on_wait() -> None:
        if not workers:
            workers.append(nursery.start(store))

    done = launcher.train_here(run.id, on_wait=on_wait)
    assert workers[0].wait() == 0
    assert store.run(earlier.id).ended_at < done.started_at


def test_a_command_line_that_is_interrupted_while_it_waits_takes_its_run_out_of_the_queue(
    store: Store, short: TrainConfig
):
    run = store.create(short, queued=False)

    def press_ctrl_c() -> None:
        raise KeyboardInterrupt

    with Slots(store.home, "train", 1).take() or pytest.fail("no slot"), pytest.raises(KeyboardInterrupt):
        LocalLauncher(store).train_here(run.id, on_wait=press_ctrl_c)
    assert (store.run(run.id).state, store.queue()) == ("stopped", [])


def test_a_run_in_training_is_busy_for_the_command_line(store: Store, short: TrainConfig):
    run = store.create(short)
    with store.locked(run.id), pytest.raises(Busy):
        LocalLauncher(store).train_here(run.id)


def test_a_config_that_cannot_work_is_refused_and_not_recorded(store: Store, short: TrainConfig):
    with pytest.raises(BadConfig, match="batch_size"):
        LocalLauncher(store).submit(short.changed({"batch_size": 5000}))
    assert store.runs() == []


@pytest.mark.parametrize("text", ["0", "-1", "65", "two", "1.5", "²", "9" * 50])
def test_a_senseless_number_of_concurrent_runs_is_refused(store: Store, text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MNIST_CONCURRENT", text)
    with pytest.raises(BadInput, match="MNIST_CONCURRENT"):
        LocalLauncher(store)


def test_a_started_server_trains_what_is_submitted_and_leaves_no_zombies(
    store: Store, short: TrainConfig, until: Callable
):
    launcher, stop = LocalLauncher(store), threading.Event()
    server = threading.Thread(target=launcher.keep, args=(stop,))
    server.start()
    until(launcher._places.holders)
    child = launcher._children[0].process
    run = launcher.submit(short, name="from the page")
    until(lambda: store.run(run.id).state == "finished", 30)
    # The next worker comes by itself, and the one that is done is cleared away.
    until(lambda: launcher._places.holders() not in ([], [child.pid]))
    until(lambda: child.returncode == 0)
    stop.set()
    server.join()
    for left in launcher._children:
        left.process.kill()
        left.process.wait()


@pytest.mark.parametrize("ends", ["at once", "after the first"])
def test_runs_in_the_queue_are_trained_though_the_command_that_put_them_there_has_ended(
    store: Store, short: TrainConfig, until: Callable, ends: str
):
    runs = [store.create(short).id for _ in range(2)]
    code = (
        "import sys, time\n"
        "from mnist_core.runs import LocalLauncher, open_store\n"
        "store = open_store()\n"
        "LocalLauncher(store).tend()\n"
        "while sys.argv[1:] and store.run(sys.argv[1]).state != 'finished': time.sleep(0.02)\n"
        # Long enough for the worker to have ended too, which may not leave the next run to a process that goes as well.
        "time.sleep(1 if sys.argv[1:] else 0)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MNIST_HOME": str(store.home)}
    watched = runs[:1] if ends == "after the first" else []
    subprocess.run([sys.executable, "-c", code, *watched], env=environment, check=True)
    for run in runs:
        until(lambda run=run: store.run(run).state == "finished", 40)
    # Nobody is left behind to wait for more.
    until(lambda: not Slots(store.home, "warm", 1).holders())


def test_a_waiting_worker_ends_with_its_server_and_a_working_one_does_not(
    store: Store, long: TrainConfig, until: Callable
):
    code = (
        "import time\n"
        "from mnist_core.runs import LocalLauncher, open_store\n"
        "launcher = LocalLauncher(open_store(), concurrent=2)\n"
        "while True: launcher.tend(); time.sleep(0.2)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MNIST_HOME": str(store.home)}
    server = subprocess.Popen([sys.executable, "-c", code], env=environment)
    places = Slots(store.home, "warm", 2)
    until(lambda: len(places.holders()) == 2)
    run = store.create(long)
    until(lambda: store.run(run.id).step, 30)
    server.kill()
    server.wait()
    until(lambda: len(places.holders()) <= 1)
    assert store.run(run.id).state == "running"
    store.request_stop(run.id)
    until(lambda: store.run(run.id).state == "stopped")


def test_workers_that_cannot_start_are_not_started_again_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, until: Callable
):
    started = []

    def broken(_launcher: LocalLauncher) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"]))
        return started[-1]

    monkeypatch.setattr(LocalLauncher, "_spawn", broken)
    launcher = LocalLauncher(store)
    launcher.tend()
    started[0].wait()
    for _ in range(5):
        launcher.tend()
    assert len(started) == 1
    launcher._not_before = 0.0
    launcher.tend()
    assert len(started) == 2
    started[1].wait()
    launcher.tend()
    assert launcher._not_before - time.monotonic() > 2


def test_a_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_module, "MOST_BYTES", 1000)
    for i in range(100):
        write_log(tmp_path / "log", f"line {i} " + "x" * 100)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "log.1"]
    assert all(file.stat().st_size < 1300 for file in tmp_path.iterdir())
    assert "line 99" in (tmp_path / "log").read_text()
