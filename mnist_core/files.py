"""Writing a file so that a crash at any instant leaves either the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from mnist_core.errors import DiskProblem


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path`: temporary file beside it, fsync, replace, fsync of the folder.

    Raises:
        DiskProblem: the disk is full, read-only or gone; an older file at `path` is untouched and nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise DiskProblem(
            f"{path.name} could not be written to {path.parent}: {error.strerror or error}.",
            "Free some space or choose another folder with MNIST_HOME, then try again.",
        ) from error


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays under their names to a compressed .npz file, for `read_arrays`.

    Raises:
        DiskProblem: as `write_atomically`.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_atomically(path, buffer.getvalue())


def read_arrays(path: Path, *names: str) -> tuple[np.ndarray, ...] | None:
    """The arrays of these names; None if there is no such file, it is damaged, or one of them is not in it."""
    try:
        with np.load(io.BytesIO(path.read_bytes())) as arrays:
            return tuple(arrays[name] for name in names)
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep_temporary(folder: Path) -> None:
    """Remove what writers that were killed half-way left in `folder`."""
    for leftover in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the replace itself is all that can be had.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
