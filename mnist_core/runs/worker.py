"""Trains a run from the store: as a process of its own, or inside the command line's.

    python -m mnist_core.runs.worker RUN_ID      train this run
    python -m mnist_core.runs.worker --wait      load torch and digits, wait for the next run in the queue, train it, end

Exit codes: 0 done or stopped, 1 a bug or out of memory, 2 bad input, 3 disk, 4 the run's folder is gone, 5 diverged,
75 interrupted; after all but 2, 4 and 5 the run can go on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from mnist_core.errors import BadConfig, BadInput, DiskProblem, Diverged, LabError
from mnist_core.runs.launcher import LocalLauncher
from mnist_core.runs.lock import FileLock
from mnist_core.runs.log import write_log
from mnist_core.runs.queue import Queue, Slots, concurrent_runs
from mnist_core.runs.recorder import Recorder, RunGone
from mnist_core.runs.run import Guess, Run
from mnist_core.runs.start import take_start
from mnist_core.runs.store import Store, open_store
from mnist_core.training.progress import EpochReport, StepReport

if TYPE_CHECKING:
    import numpy as np

    from mnist_core.config import TrainConfig
    from mnist_core.data import Digits
    from mnist_core.runs.checkpoints import Checkpoints
    from mnist_core.training.engine import Training

CHECKPOINT_SECONDS = 30.0
PREVIEW_SECONDS = 1.0
PREVIEW_PICTURES = 12
POLL_SECONDS = 0.1
# A worker comes with its server, whose first page is painted meanwhile: torch has so long to wait, unless a run does.
PAINT_SECONDS = 0.7
# The next worker loads torch while this one trains: late enough not to disturb a short run, soon enough to be warm when
# a person stops this run and starts another.
RELIEF_SECONDS = 5.0
NICENESS = 5
# How torch says it, on a processor and on a card.
NO_MEMORY = ("can't allocate memory", "out of memory")
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)

OnProgress = Callable[[StepReport | EpochReport], None]


class Interrupted(LabError):
    """The process was asked to end; the model so far is saved and the run can go on later."""

    exit_code = 75


class OutOfMemory(LabError):
    """The network, its batch and its gradients do not fit in memory."""


def work(
    store: Store,
    run_id: str,
    *,
    lock: FileLock | None = None,
    on_progress: OnProgress | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ahead: Digits | None = None,
) -> Run:
    """Train a waiting or crashed run to its end in this process, going on from its newest checkpoint.

    Args:
        store: where the run is and where everything is recorded.
        run_id: the run.
        lock: the run's lock, if the caller holds it already.
        on_progress: called with every report of the training.
        checkpoint_seconds: at least this often a checkpoint is written inside an epoch.
        ahead: a published data set, read whole beforehand; it is used if it is what the run learns from.

    Returns:
        The run, finished or stopped.

    Raises:
        Busy: another process trains it.
        BadInput: it is neither waiting nor crashed, or its settings or data cannot be used.
        Diverged, DiskProblem, OutOfMemory, RunGone: why it ended; recorded with the run.
        Interrupted: SIGTERM or SIGINT came; the model so far is saved.
        Exception: a bug, recorded as the reason, with its traceback in the run's worker.log.
    """
    with store.locked(run_id) if lock is None else contextlib.nullcontext(lock) as held:
        run = store.run(run_id)
        if not store.start(run_id):
            raise BadInput(f"Run {run_id} is {run.state}, so there is nothing to train.", "Resume it first.")
        try:
            _train(store, run, held, on_progress, checkpoint_seconds, ahead)
        except RunGone:
            with contextlib.suppress(LabError):
                store.end(run_id, "failed", "The run's folder was removed while it was trained.")
            raise
        except Interrupted as error:
            store.end(run_id, "stopped", str(error), kind="interrupted")
            raise
        except Exception as error:
            told = _told(error, store, run)
            reason = str(told) if told else f"{type(error).__name__}: {error}"
            # On a full disk this may fail too; the run then shows as crashed, which is true as well.
            with contextlib.suppress(LabError):
                store.end(run_id, "diverged" if isinstance(error, Diverged) else "failed", reason)
            with contextlib.suppress(OSError):
                write_log(store.folder(run_id) / "worker.log", f"{run_id} failed\n{traceback.format_exc()}")
            if told is None or told is error:
                raise
            raise told from error
        return store.run(run_id)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker's command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_core.runs.worker", description="Train one run of the digit lab."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("run", nargs="?", help="id of the run to train")
    what.add_argument("--wait", action="store_true", help="train the next run of the queue")
    parser.add_argument(
        "--parent", type=int, default=os.getppid(), help="with --wait: end when this process has ended and no run waits"
    )
    chosen = parser.parse_args(arguments)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        seconds = _checkpoint_seconds()
        store = open_store()
        if chosen.wait:
            _wait(store, chosen.parent, seconds)
        else:
            work(store, chosen.run, checkpoint_seconds=seconds)
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def warm_up() -> None:
    """Load all that a training needs, which takes seconds: torch, most of all."""
    import mnist_core.runs.checkpoints
    import mnist_core.runs.model  # noqa: F401


def warm_up_for_the_end() -> None:
    """Load what only the end of a run needs, where its trust is fitted: a quarter of a second no start should wait for."""
    import scipy.optimize  # noqa: F401


def _wait(store: Store, parent: int, checkpoint_seconds: float) -> None:
    """Be one of the warm workers until there is a run to train, then train it."""
    concurrent = concurrent_runs()
    place = Slots(store.home, "warm", concurrent).take()
    if place is None:
        return
    with place:
        painted = time.monotonic() + PAINT_SECONDS
        while time.monotonic() < painted and not store.queue():
            time.sleep(POLL_SECONDS)
        warm_up()
        ahead = None if store.queue() else _read_ahead()
        if not store.queue():
            warm_up_for_the_end()
        queue = Queue(store, concurrent)
        # A command line puts a run in the queue and ends: what waits is trained, whoever started this process has gone.
        while os.getppid() == parent or store.queue():
            with queue.next_run() as taken:
                if taken:
                    run_id, lock = taken
                    relief = threading.Timer(RELIEF_SECONDS, place.release)
                    relief.daemon = True
                    relief.start()
                    try:
                        work(store, run_id, lock=lock, checkpoint_seconds=checkpoint_seconds, ahead=ahead)
                    finally:
                        # Whoever started this process may be about to end. If it is a server and starts a worker as well,
                        # one of the two finds the place taken and leaves.
                        place.release()
                        if store.queue():
                            LocalLauncher(store).tend()
                    return
            time.sleep(POLL_SECONDS)


def _read_ahead() -> Digits | None:
    """The digits that most runs learn from; None if they cannot be read, which a run that needs them will tell."""
    from mnist_core import data

    try:
        return data.load(data.best_available().name)
    except LabError:
        return None


def _train(
    store: Store,
    run: Run,
    lock: FileLock,
    on_progress: OnProgress | None,
    checkpoint_seconds: float,
    ahead: Digits | None,
) -> None:
    """Train the run from where it is to its end, a request to stop or a signal, and record how it ended."""
    from mnist_core.runs.checkpoints import Checkpoints
    from mnist_core.runs.model import trusted_predictor_of

    with _interruptible() as interruption:
        training, digits = _prepare(store, run, ahead)
        checkpoints = Checkpoints(store, run.id, training, checkpoint_seconds)
        begin = checkpoints.restore()
        if begin is None and run.config.start_from:
            store.note_event(run.id, "start", take_start(store, run.config, training))
        if begin:
            store.note_event(run.id, "resumed", f"Going on from step {begin.step:,} of {training.total_steps:,}.")
        stopped = False
        with Recorder(store, run.id, lock, run.seconds) as recorder:
            for report in _recorded(training, digits.validation.images[:PREVIEW_PICTURES], recorder, checkpoints):
                if on_progress:
                    on_progress(report)
                if stopped := bool(interruption.name) or recorder.stop_requested:
                    checkpoints.save_if_new(recorder)
                    break
    at = f"step {training.step:,} of {training.total_steps:,}"
    if stopped and interruption.name:
        raise Interrupted(f"Interrupted by {interruption.name} at {at}.", "Resume to go on from there.")
    if stopped:
        store.end(run.id, "stopped", f"Stopped at {at}, as asked. The model so far is kept; resume to go on.")
    else:
        # Now, with the digits in memory, so that nobody who asks the model later has to wait for it.
        trusted_predictor_of(store, run.id, digits)
        store.end(run.id, "finished")


def _recorded(
    training: Training, pictures: np.ndarray, recorder: Recorder, checkpoints: Checkpoints
) -> Iterator[StepReport | EpochReport]:
    """The training's reports, each passed on when it is recorded, with previews and checkpoints in between."""
    previewed = float("-inf")
    for report in training:
        recorder.add(report)
        epoch_ended = isinstance(report, EpochReport)
        if epoch_ended or time.monotonic() - previewed >= PREVIEW_SECONDS:
            previewed = time.monotonic()
            recorder.show([Guess(int(row.argmax()), float(row.max())) for row in training.predict(pictures)])
        if epoch_ended or checkpoints.are_due():
            checkpoints.save(recorder, "epoch" if epoch_ended else "between")
        yield report


def _prepare(store: Store, run: Run, ahead: Digits | None) -> tuple[Training, Digits]:
    """The run's training, with the device and the number of threads it began with: others would give other bits."""
    from mnist_core.training import machine
    from mnist_core.training.engine import Training
    from mnist_core.training.plan import plan

    config = run.config
    plan(config)
    machine.prepare_process(run.threads or machine.choose_threads(config))
    digits = _digits(config, ahead)
    training = Training(config, digits, device=run.device or None, threads=run.threads)
    here = machine.describe(training.device, training.precision)
    if run.machine not in ("", here):
        text = (
            f"This part runs on {here}; the one before ran on {run.machine}. The weights may differ in the last digits."
        )
        store.note_event(run.id, "machine", text)
    store.describe(
        run.id,
        device=training.device,
        threads=training.threads,
        machine=here,
        split_hash=digits.split_hash,
        total_steps=training.total_steps,
    )
    return training, digits


def _digits(config: TrainConfig, ahead: Digits | None) -> Digits:
    """What the run learns from and is judged on: `ahead` if it is that, for what is published does not change."""
    from mnist_core import data

    if ahead and (config.data, config.train_size, config.validation_share) == (ahead.source.name, None, None):
        return ahead
    return data.load(
        config.data,
        train_size=config.train_size,
        validation_share=config.validation_share,
        own_repeat=config.own_repeat,
    )


class Interruption:
    """Which signal has asked this process to end; an empty name means none has."""

    name = ""


@contextlib.contextmanager
def _interruptible() -> Iterator[Interruption]:
    """Let SIGTERM and SIGINT wait for the next report, where the training can be saved; a second one does not wait."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def remember(number: int, _frame: FrameType | None) -> None:
        came = signal.Signals(number)
        interruption.name = came.name
        signal.signal(came, before[came])

    for number in before:
        signal.signal(number, remember)
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(error: Exception, store: Store, run: Run) -> LabError | None:
    """What ended the run, told to its owner; None if it is a bug of ours."""
    if isinstance(error, DiskProblem):
        return DiskProblem(f"{error.what} {_room(store.home)}", error.fix)
    if isinstance(error, LabError):
        return error
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        return DiskProblem(f"The disk failed: {error.strerror}. {_room(store.home)}", "Free some space, then resume.")
    if isinstance(error, MemoryError) or any(words in str(error).lower() for words in NO_MEMORY):
        batch = run.config.batch_size
        return OutOfMemory(
            "Training ran out of memory.", f"Try a smaller batch (it is {batch:,} now) or a smaller network."
        )
    return None


def _room(folder: Path) -> str:
    try:
        return f"{shutil.disk_usage(folder).free / 2**20:,.0f} MB are free there."
    except OSError:
        return f"{folder} is gone."


def _checkpoint_seconds() -> float:
    """`MNIST_CHECKPOINT_SECONDS`, for those who want to lose even less than half a minute to a power cut."""
    text = os.environ.get("MNIST_CHECKPOINT_SECONDS") or str(CHECKPOINT_SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= CHECKPOINT_SECONDS:
        raise BadConfig(f"MNIST_CHECKPOINT_SECONDS is {text!r}.", f"Allowed: seconds from 0 to {CHECKPOINT_SECONDS:g}.")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
