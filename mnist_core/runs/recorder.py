"""Writes a training's reports to the store, twice a second and from a thread, with the worker's sign of life.

The training loop only appends to a list: it never waits for the database, except before a checkpoint is registered.
And a worker whose single step takes a minute still shows that it is alive.
"""

from __future__ import annotations

import contextlib
import threading
import time
from types import TracebackType
from typing import Self

from mnist_core.errors import LabError
from mnist_core.runs.lock import FileLock
from mnist_core.runs.run import Guess
from mnist_core.runs.store import Store
from mnist_core.training.progress import EpochReport, StepReport

BEAT_SECONDS = 0.5
# The first beat comes sooner, so that the first point of the curve is there at once.
FIRST_BEAT_SECONDS = 0.1


class RunGone(LabError):
    """The run's folder was removed while it was trained, so there is nowhere to go on."""

    exit_code = 4


class Recorder:
    """Collects reports; a context, in which the beat goes on and at whose end everything is written.

    Args:
        store: where to write.
        run_id: the run.
        lock: the run's lock, held.
        seconds: trained so far, in earlier parts of the run.
    """

    def __init__(self, store: Store, run_id: str, lock: FileLock, seconds: float) -> None:
        self.stop_requested = False
        self._store = store
        self._run_id = run_id
        self._lock = lock
        self._begun = time.monotonic() - seconds
        self._steps: list[StepReport] = []
        self._epochs: list[EpochReport] = []
        self._preview: list[Guess] | None = None
        self._writing = threading.Lock()
        self._ended = threading.Event()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._beat, name="recorder", daemon=True)

    def add(self, report: StepReport | EpochReport) -> None:
        """Take a report, to be written soon.

        Raises:
            RunGone: the run's folder is not there any more.
            LabError: what was reported before could not be written.
        """
        if self._problem is not None:
            raise self._problem
        if isinstance(report, StepReport):
            self._steps.append(report)
        else:
            self._epochs.append(report)

    def show(self, preview: list[Guess]) -> None:
        """Take the latest answers for the preview pictures."""
        self._preview = preview

    def write(self) -> None:
        """Write all there is, now.

        Raises:
            RunGone: the run's folder is not there any more.
            LabError: it could not be written; the reports are kept for the next time.
        """
        with self._writing:
            self.check_folder()
            steps, epochs = self._steps[:], self._epochs[:]
            preview, self._preview = self._preview, None
            self.stop_requested = self._store.record(
                self._run_id, steps=steps, epochs=epochs, seconds=time.monotonic() - self._begun, preview=preview
            )
            del self._steps[: len(steps)], self._epochs[: len(epochs)]

    def check_folder(self) -> None:
        """Raise RunGone if the run's folder was removed or replaced."""
        if not self._lock.is_intact():
            raise RunGone(f"The folder of run {self._run_id} is gone, so its training ends here.")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        # An error on its way out says more than a second one about the last half second of the curve.
        with contextlib.suppress(LabError) if error else contextlib.nullcontext():
            self.write()

    def _beat(self) -> None:
        pause = FIRST_BEAT_SECONDS
        while not self._ended.wait(pause):
            pause = BEAT_SECONDS
            try:
                self.write()
            except Exception as problem:
                self._problem = problem  # raised in the training's own thread, by `add`
                return
