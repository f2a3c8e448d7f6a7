from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.runs.lock import FileLock, holder

ROOT = Path(__file__).parents[3]
HOLD = """
import os, sys, time
from pathlib import Path
from mnist_core.runs.lock import FileLock
assert FileLock(Path(sys.argv[1])).take()
child = os.fork() if sys.argv[2:] == ["fork"] else None
if child != 0:
    print(child, flush=True)
time.sleep(60)
"""


@pytest.fixture
def hold(tmp_path: Path):
    """Start a process that holds the lock `tmp_path/lock`; gives it and its forked child's id."""
    started = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, tmp_path / "lock", *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_a_lock_has_one_holder_even_among_threads_of_one_process(tmp_path: Path):
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take()
    assert not second.take()
    assert not first.take()
    assert holder(tmp_path / "lock") == os.getpid()
    first.release()
    assert holder(tmp_path / "lock") is None
    assert second.take()
    second.release()


def test_asking_for_our_own_lock_does_not_lose_it(tmp_path: Path, hold: Callable):
    ask = "import sys; from pathlib import Path; from mnist_core.runs.lock import holder; print(holder(Path(sys.argv[1])))"
    with FileLock(tmp_path / "lock") as lock:
        assert lock.take()
        (tmp_path / "link").symlink_to(tmp_path / "lock")
        holder(tmp_path / "lock"), holder(tmp_path / "link"), FileLock(tmp_path / "link").take()
        other = subprocess.run(
            [sys.executable, "-c", ask, tmp_path / "lock"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert other.stdout.strip() == str(os.getpid())


def test_the_holder_in_another_process_is_named_and_keeps_the_lock(tmp_path: Path, hold: Callable):
    process, _ = hold()
    assert holder(tmp_path / "lock") == process.pid
    assert not FileLock(tmp_path / "lock").take()
    assert holder(tmp_path / "lock") == process.pid


def test_a_killed_holder_is_gone_while_it_is_a_zombie_and_its_grandchild_lives(
    tmp_path: Path, hold: Callable, until: Callable
):
    process, grandchild = hold("fork")
    process.kill()
    until(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z")
    assert holder(tmp_path / "lock") is None
    os.kill(int(grandchild), 0)
    with FileLock(tmp_path / "lock") as lock:
        assert lock.take()
    os.kill(int(grandchild), signal.SIGKILL)


def test_a_forked_child_does_not_think_it_holds_its_parents_lock(tmp_path: Path):
    with FileLock(tmp_path / "lock") as lock:
        assert lock.take()
        child = os.fork()
        if child == 0:
            lock.release()
            os._exit(0 if holder(tmp_path / "lock") == os.getppid() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert holder(tmp_path / "lock") == os.getpid()


def test_nobody_holds_a_lock_that_is_not_there(tmp_path: Path):
    assert holder(tmp_path / "nowhere" / "lock") is None
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "nowhere" / "lock").take()


def test_a_lock_whose_file_was_removed_is_not_intact(tmp_path: Path):
    with FileLock(tmp_path / "lock") as lock:
        assert not lock.is_intact()
        assert lock.take()
        assert lock.is_intact()
        (tmp_path / "lock").unlink()
        assert not lock.is_intact()
