"""A run's state in one file: written atomically, checked by hash before it is read, loaded without running code."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mnist_core.errors import BadFile
from mnist_core.files import sha256_of, write_atomically

SCHEMA = 1


@dataclass(frozen=True)
class Saved:
    """A file as it was written: its SHA-256 in hexadecimal, and its size in bytes."""

    sha256: str
    bytes: int


def save(state: dict[str, Any], path: Path) -> Saved:
    """Write `state` (tensors and plain values) to `path`, so that a kill at any instant leaves a whole file or none.

    Raises:
        DiskProblem: it could not be written; an older file at `path` is untouched.
    """
    # Through memory, so that a full disk is one OSError from one place and the hash is of what was meant to be written.
    buffer = io.BytesIO()
    torch.save({"schema": SCHEMA, **state}, buffer)
    data = buffer.getvalue()
    write_atomically(path, data)
    return Saved(hashlib.sha256(data).hexdigest(), len(data))


def load(path: Path, sha256: str) -> dict[str, Any]:
    """Read a state back, with its tensors on the processor.

    Args:
        path: as given to `save`.
        sha256: as `save` returned it.

    Raises:
        BadFile: the file is gone, is not byte for byte what was saved, or comes from a newer version of the lab.
    """
    if not path.exists():
        raise BadFile(f"The checkpoint {path.name} is gone.", "An older checkpoint of the run can be used.")
    if sha256_of(path) != sha256:
        raise BadFile(f"The checkpoint {path.name} is damaged.", "An older checkpoint of the run can be used.")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    schema = state.pop("schema", None)
    if schema != SCHEMA:
        raise BadFile(
            f"The checkpoint {path.name} has format {schema}, and this version of the lab reads format {SCHEMA}.",
            "Use the version of the lab that wrote it.",
        )
    return state
