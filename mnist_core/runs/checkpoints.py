"""A run's checkpoints: when they are written, which are kept, and from which one a run goes on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Literal

from mnist_core.errors import DiskProblem, LabError
from mnist_core.files import sha256_of, sweep_temporary
from mnist_core.runs.recorder import Recorder
from mnist_core.runs.run import Checkpoint
from mnist_core.runs.store import Store
from mnist_core.training import checkpoint
from mnist_core.training.engine import Training

# All epochs of a run are kept while they fit in this.
BUDGET_BYTES = 256 * 2**20
NEWEST = 2


class Checkpoints:
    """Writes the checkpoints of one training and restores from them.

    The order makes going on exact: first everything reported so far is in the database, then the file is whole on the
    disk, then it is registered. Whatever instant a kill hits, what the newest registered checkpoint needs is there, and
    what is there beyond it is forgotten when the run goes on.

    Args:
        store: where they are registered.
        run_id: the run.
        training: whose state they hold.
        seconds: at least this often one is due.
    """

    def __init__(self, store: Store, run_id: str, training: Training, seconds: float) -> None:
        self._store = store
        self._run_id = run_id
        self._training = training
        self._seconds = seconds
        self._folder = store.folder(run_id) / "checkpoints"
        self._written = time.monotonic()

    def are_due(self) -> bool:
        """Whether it is long enough since the latest one, or since the start."""
        return time.monotonic() - self._written >= self._seconds

    def restore(self) -> Checkpoint | None:
        """Put the training where its newest whole checkpoint left it, and the store with it.

        Returns:
            The checkpoint; None if there is none, and the training begins at the beginning.

        Raises:
            BadConfig: the run's pictures are no longer the same.
            BadFile: the checkpoint was written by a newer version of the lab.
        """
        registered = self._store.checkpoints(self._run_id)
        damaged = []
        while registered and not _is_whole(registered[-1]):
            damaged.append(registered.pop())
        newest = registered[-1] if registered else None
        if newest:
            self._training.load_state_dict(checkpoint.load(newest.path, newest.sha256))
        self._forget(damaged)
        for lost in damaged:
            text = f"Checkpoint {lost.path.name} is damaged or gone; going on from "
            text += f"step {newest.step:,}." if newest else "the beginning."
            self._store.note_event(self._run_id, "damage", text)
        self._store.rewind(self._run_id, step=self._training.step, epoch=self._training.epoch)
        self._sweep(registered)
        return newest

    def save(self, recorder: Recorder, kind: Literal["epoch", "between"]) -> None:
        """Write and register a checkpoint of the training as it is now, and remove what is too much.

        Raises:
            RunGone: the run's folder is not there any more; nothing of it is made again.
            DiskProblem: it could not be written; the older ones are untouched.
        """
        recorder.write()
        training = self._training
        name = f"epoch-{training.epoch:03}.pt" if kind == "epoch" else f"step-{training.step:08}.pt"
        path = self._folder / name
        try:
            saved = checkpoint.save(training.state_dict(), path)
        except DiskProblem:
            # Files that are removed while this one is written look like a failing disk; a disk that fails does so again.
            recorder.check_folder()
            saved = checkpoint.save(training.state_dict(), path)
        try:
            recorder.check_folder()
        except LabError:
            # It was removed in the meantime, and writing the file has made half of it again.
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._folder.rmdir()
                self._folder.parent.rmdir()
            raise
        new = Checkpoint(path, kind, training.step, training.epoch, saved.sha256, saved.bytes)
        self._store.add_checkpoint(self._run_id, new)
        self._written = time.monotonic()
        self._forget(surplus(self._store.checkpoints(self._run_id), self._store.run(self._run_id).best_epoch))

    def save_if_new(self, recorder: Recorder) -> None:
        """Write one unless the newest is of this very step."""
        done = self._store.checkpoints(self._run_id)
        here = (self._training.step, self._training.epoch)
        if self._training.step and (not done or (done[-1].step, done[-1].epoch) != here):
            self.save(recorder, "between")

    def _forget(self, gone: Sequence[Checkpoint]) -> None:
        if gone:
            self._store.drop_checkpoints(self._run_id, gone)
        for one in gone:
            one.path.unlink(missing_ok=True)

    def _sweep(self, registered: Sequence[Checkpoint]) -> None:
        """Remove what a killed worker had written but not registered."""
        sweep_temporary(self._folder)
        known = {one.path.name for one in registered}
        for file in self._folder.glob("*.pt"):
            if file.name not in known:
                file.unlink(missing_ok=True)


def surplus(checkpoints: Sequence[Checkpoint], best_epoch: int | None, budget: int = BUDGET_BYTES) -> list[Checkpoint]:
    """Which checkpoints to remove, so that the rest fits the budget.

    The newest two and the best always stay. Of the others, those inside an epoch go first; then epochs, evenly, so that
    those that stay are spread over the whole run.

    Args:
        checkpoints: oldest first.
        best_epoch: number of the epoch with the best validation result so far.
        budget: bytes that all of them together may take.
    """
    newest = checkpoints[-NEWEST:]
    fixed = [one for one in checkpoints if one in newest or (one.kind == "epoch" and one.epoch == best_epoch)]
    kept = [one for one in checkpoints if one in fixed or one.kind == "epoch"]
    while sum(one.bytes for one in kept) > budget and len(kept) > len(fixed):
        kept.remove(min((one for one in kept if one not in fixed), key=lambda one: _gap_without(one, kept)))
    return [one for one in checkpoints if one not in kept]


def _gap_without(one: Checkpoint, kept: Sequence[Checkpoint]) -> int:
    """Steps between its neighbours, the beginning of the run being the first one's."""
    place = kept.index(one)
    return kept[place + 1].step - (kept[place - 1].step if place else 0)


def _is_whole(saved: Checkpoint) -> bool:
    return saved.path.exists() and sha256_of(saved.path) == saved.sha256
