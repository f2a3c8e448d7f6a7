"""Starts training on this computer: keeps workers warm, and gives the queued runs to them one after the other."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import mnist_core
from mnist_core import places
from mnist_core.config import TrainConfig
from mnist_core.data import require
from mnist_core.errors import LabError
from mnist_core.runs.lock import FileLock
from mnist_core.runs.log import open_log, write_log
from mnist_core.runs.queue import Queue, Slots, concurrent_runs
from mnist_core.runs.run import Run
from mnist_core.runs.start import check_start
from mnist_core.runs.store import Store
from mnist_core.training.plan import plan

if TYPE_CHECKING:
    from mnist_core.runs.worker import OnProgress

TEND_SECONDS = 1.0
POLL_SECONDS = 0.1
# A worker takes its place within about a second; one that has not done so after this long never will.
STARTUP_SECONDS = 10.0
LONGEST_PAUSE = 60.0


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    born: float
    settled: bool = False  # it has held a place


class LocalLauncher:
    """Runs of a store on this computer, `concurrent` at a time (default: `MNIST_CONCURRENT`, or one).

    Any number of servers and command lines may each have one for the same store: places and slots are lock files, so
    together they start no more workers than there should be.
    """

    def __init__(self, store: Store, *, concurrent: int | None = None) -> None:
        self.store = store
        self.concurrent = concurrent or concurrent_runs()
        self._places = Slots(store.home, "warm", self.concurrent)
        self._queue = Queue(store, self.concurrent)
        self._children: list[_Child] = []
        self._tending = threading.Lock()
        self._failures = 0
        self._not_before = 0.0

    def submit(self, config: TrainConfig, *, name: str = "", tags: Iterable[str] = ()) -> Run:
        """Put a new run in the queue, where a worker will take it.

        Raises:
            BadInput: it cannot work on this machine, its data are not here, or its labels are too long.
            DiskProblem: it cannot be recorded.
        """
        require(config.data)
        plan(config)
        check_start(self.store, config)
        run = self.store.create(config, name=name, tags=tags)
        self.tend()
        return run

    def train_here(
        self,
        run_id: str,
        *,
        on_progress: OnProgress | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> Run:
        """Train a run in this process, when its turn comes, going on from its last checkpoint if it has one.

        Create it with `store.create(config, queued=False)`, so that no worker takes it first.

        Args:
            run_id: the run.
            on_progress: called with every report of the training.
            on_wait: called ten times a second while other runs come first.

        Raises:
            Busy: another process trains it.
            LabError: as `mnist_core.runs.worker.work`.
        """
        with self.store.locked(run_id) as lock:
            self.store.enqueue(run_id)
            with self._wait_for_slot(run_id, on_wait):
                # Only now, for it loads torch.
                from mnist_core.runs.worker import work

                return work(self.store, run_id, lock=lock, on_progress=on_progress)

    def tend(self) -> None:
        """See that there is a warm or working worker for every slot, and clear away those that have ended."""
        with self._tending:
            self._reap()
            taken = self._places.holders()
            for child in self._children:
                child.settled = child.settled or child.process.pid in taken
            now = time.monotonic()
            coming = sum(not child.settled and now - child.born < STARTUP_SECONDS for child in self._children)
            if now >= self._not_before:
                for _ in range(self.concurrent - len(taken) - coming):
                    self._children.append(_Child(self._spawn(), now))

    def keep(self, stop: threading.Event) -> None:
        """Tend once a second until `stop` is set; the loop of a server's thread."""
        while True:
            try:
                self.tend()
            except (LabError, OSError) as problem:
                # The log is on the same disk; if that is the problem, the next second may be better.
                with contextlib.suppress(OSError):
                    write_log(self._log, f"No worker could be started: {problem}")
            if stop.wait(TEND_SECONDS):
                return

    @property
    def _log(self) -> Path:
        return self.store.home / "worker.log"

    def _wait_for_slot(self, run_id: str, on_wait: Callable[[], None] | None) -> FileLock:
        try:
            while (slot := self._queue.slot_for(run_id)) is None:
                if self._queue.is_behind_others(run_id):
                    self.tend()
                if on_wait:
                    on_wait()
                time.sleep(POLL_SECONDS)
        except BaseException:
            # Whoever presses Ctrl-C here does not want a worker to take the run a moment later.
            self.store.request_stop(run_id)
            raise
        return slot

    def _reap(self) -> None:
        for child in [child for child in self._children if child.process.poll() is not None]:
            self._children.remove(child)
            code = child.process.returncode
            # Workers that cannot even start must not be started again every second.
            broken = code < 0 or code == 1 or (code > 0 and not child.settled)
            broken = broken and time.monotonic() - child.born < STARTUP_SECONDS
            self._failures = self._failures + 1 if broken else 0
            if broken:
                self._not_before = time.monotonic() + min(LONGEST_PAUSE, 2.0**self._failures)

    def _spawn(self) -> subprocess.Popen[bytes]:
        code = str(Path(mnist_core.__file__).parents[1])
        environment = os.environ | {
            "MNIST_HOME": str(self.store.home),
            "MNIST_DATA": str(places.data_folder()),
            "MNIST_DB": self.store.url,
            "MNIST_CONCURRENT": str(self.concurrent),
            "PYTHONPATH": os.pathsep.join(filter(None, [code, os.environ.get("PYTHONPATH")])),
        }
        command = [sys.executable, "-m", "mnist_core.runs.worker", "--wait", "--parent", str(os.getpid())]
        with open_log(self._log) as log:
            return subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
