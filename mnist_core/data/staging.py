"""Putting several files in place together: all of them, complete, or none."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from mnist_core.errors import DiskProblem

PREFIX = ".arriving-"

# A living download touches its folder at least every read timeout, so one that is silent for so long was killed.
SILENT_SECONDS = 300


@contextlib.contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`, whose files are moved there when the block ends without an error.

    However the block ends, the temporary folder is gone afterwards.

    Raises:
        DiskProblem: the disk is full, read-only or gone.
    """
    stage = target.with_name(PREFIX + secrets.token_hex(4))
    with disk_problems(target):
        stage.parent.mkdir(parents=True, exist_ok=True)
        _sweep(stage.parent)
        stage.mkdir()
    try:
        yield stage
        with disk_problems(target):
            _put_in_place(stage, target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextlib.contextmanager
def disk_problems(target: Path) -> Iterator[None]:
    """Say in a sentence what the operating system has against writing in the block."""
    try:
        yield
    except OSError as error:
        raise DiskProblem(
            f"The data set could not be written to {target}: {error.strerror or error}.",
            "Free some space or choose another folder with MNIST_DATA, then try again.",
        ) from error


def _put_in_place(stage: Path, target: Path) -> None:
    for path in stage.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    if not target.exists():
        stage.rename(target)  # one step, so that even a kill here leaves all files or none
        return
    for path in stage.iterdir():
        path.replace(target / path.name)


def _sweep(folder: Path) -> None:
    """Remove what killed downloads left behind."""
    for leftover in folder.glob(PREFIX + "*"):
        with contextlib.suppress(OSError):  # another process may be sweeping too
            touched = max(path.stat().st_mtime for path in (leftover, *leftover.iterdir()))
            if time.time() - touched > SILENT_SECONDS:
                shutil.rmtree(leftover)
