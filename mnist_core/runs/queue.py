"""Whose turn it is: runs wait in the store, first in, first out, and take one of a few slots to train.

Slots are lock files in the home folder, so their number holds across servers and command lines, and a worker that dies
gives its slot back at that instant. Whoever holds the lock of a waiting run has reserved it, as a command line does
that is going to train it itself; the others pass over it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mnist_core.errors import BadInput
from mnist_core.runs.lock import FileLock, holder
from mnist_core.runs.store import Store

MOST_CONCURRENT = 64


def concurrent_runs() -> int:
    """How many runs may train at a time here: `MNIST_CONCURRENT`, or one.

    Raises:
        BadInput: it is not a whole number from 1 to 64.
    """
    text = os.environ.get("MNIST_CONCURRENT") or "1"
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_CONCURRENT:
        raise BadInput(f"MNIST_CONCURRENT is {text!r}.", f"Allowed: a whole number from 1 to {MOST_CONCURRENT}.")
    return int(text)


class Slots:
    """A fixed number of lock files of one kind: "train" for those who train, "warm" for workers about to."""

    def __init__(self, home: Path, kind: str, count: int) -> None:
        folder = home / "slots"
        folder.mkdir(parents=True, exist_ok=True)
        self._paths = [folder / f"{kind}-{i}" for i in range(count)]

    def take(self) -> FileLock | None:
        """A slot, taken; None if all are."""
        for path in self._paths:
            lock = FileLock(path)
            if lock.take():
                return lock
        return None

    def holders(self) -> list[int]:
        """Process ids of those who hold one."""
        return [pid for path in self._paths if (pid := holder(path)) is not None]


class Queue:
    """The waiting runs of a store, and the slots to train them in."""

    def __init__(self, store: Store, concurrent: int) -> None:
        self._store = store
        self._slots = Slots(store.home, "train", concurrent)

    @contextmanager
    def next_run(self) -> Iterator[tuple[str, FileLock] | None]:
        """The first waiting run that nobody has reserved, its lock and a slot held; None if there is nothing to do."""
        with ExitStack() as held:
            yield self._claim(held)

    def slot_for(self, run_id: str) -> FileLock | None:
        """A slot, taken, for a run that the caller has reserved; None while it is not its turn."""
        return None if self.is_behind_others(run_id) else self._slots.take()

    def is_behind_others(self, run_id: str) -> bool:
        """Whether runs that a worker could take wait in front of this one."""
        waiting = self._store.queue()
        ahead = waiting[: waiting.index(run_id)] if run_id in waiting else []
        return any(holder(self._store.folder(other) / "lock") is None for other in ahead)

    def _claim(self, held: ExitStack) -> tuple[str, FileLock] | None:
        waiting = self._store.queue()
        slot = self._slots.take() if waiting else None
        if slot is None:
            return None
        held.enter_context(slot)
        for run_id in waiting:
            lock = held.enter_context(self._store.lock(run_id))
            # Another worker may have trained it to the end since the queue was read.
            if lock.take() and run_id in self._store.queue():
                return run_id, lock
        return None
