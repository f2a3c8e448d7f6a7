"""A lock on a file that the system frees when the process that holds it ends, however it ends.

On Linux and macOS these are record locks (`fcntl.lockf`): unlike `flock`, a forked grandchild does not keep one
alive, and anyone can ask who holds it without taking it. They have one trap: when a process closes *any* handle of a
file, all its locks on that file are gone. Hence the list of what this process holds: such a file is never opened again.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_held: dict[tuple[int, int], int] = {}  # (device, inode) of each lock file that this process holds -> its open handle
_guard = threading.Lock()


class FileLock:
    """The lock of one file, for one holder on this computer. Its folder must exist; the file is made if needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: tuple[int, int] | None = None

    def take(self) -> bool:
        """Take the lock if it is free; False if anyone has it, another thread of this process included.

        Raises:
            OSError: the folder is gone or not writable.
        """
        with _guard:
            if _identity(self.path) in _held:
                return False
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            file = (os.fstat(handle).st_dev, os.fstat(handle).st_ino)
            # The folder may have been moved to the bin between opening and locking: then this is nobody's lock.
            if not _lock(handle) or _identity(self.path) != file:
                os.close(handle)
                return False
            _held[file] = handle
            self._file = file
            return True

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        with _guard:
            if self._file is not None and (handle := _held.pop(self._file, None)) is not None:
                os.close(handle)
            self._file = None

    def is_intact(self) -> bool:
        """Whether it is held, and the file that others would ask is still the one that is locked."""
        return self._file is not None and _identity(self.path) == self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def holder(path: Path) -> int | None:
    """The process id of whoever holds the lock of `path`, without taking it; None if nobody does.

    0 means that a process holds it whose id cannot be told (on Windows, or in another container).
    """
    with _guard:
        file = _identity(path)
        if file is None:
            return None
        if file in _held:
            return os.getpid()
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY)
            try:
                return _ask(handle)
            finally:
                os.close(handle)
        return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def _forget() -> None:
    """A forked child holds none of its parent's locks."""
    global _guard  # noqa: PLW0603 - another thread of the parent may have had it at the fork
    _guard = threading.Lock()
    _held.clear()


if sys.platform == "win32":
    # Untested: written from the documentation, for lack of a Windows machine.
    import msvcrt

    def _lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _ask(handle: int) -> int | None:
        if not _lock(handle):
            return 0
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        return None

else:
    import fcntl

    os.register_at_fork(after_in_child=_forget)

    # struct flock: (type, whence, start, length, pid) on Linux, (start, length, pid, type, whence) on macOS.
    _FLOCK = "qqihh" if sys.platform == "darwin" else "hhqqi4x"
    _TYPE, _PID = (3, 2) if sys.platform == "darwin" else (0, 4)

    def _lock(handle: int) -> bool:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _ask(handle: int) -> int | None:
        question = [0, 0, 0, 0, 0]
        question[_TYPE] = fcntl.F_WRLCK
        answer = struct.unpack(_FLOCK, fcntl.fcntl(handle, fcntl.F_GETLK, struct.pack(_FLOCK, *question)))
        return None if answer[_TYPE] == fcntl.F_UNLCK else int(answer[_PID])
