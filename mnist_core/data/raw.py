"""The four data files of a source on disk: finding, reading and verifying them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mnist_core.data import idx
from mnist_core.data.sources import Part
from mnist_core.errors import BadFile


def find(part: Part, folders: Iterable[Path]) -> Path | None:
    """The file of that part in the first folder that has it, packed before unpacked; None if there is none."""
    unpacked = part.name.removesuffix(".gz")
    dotted = unpacked.replace("-idx", ".idx")  # as Kaggle's copy names them: train-images.idx3-ubyte
    for folder in folders:
        for name in (part.name, unpacked, f"{dotted}.gz", dotted):
            if (folder / name).is_file():
                return folder / name
    return None


def looks_complete(path: Path, part: Part) -> bool:
    """Whether the file has the right unpacked size, judged without unpacking it."""
    try:
        with path.open("rb") as file:
            start = file.read(2)
            size = file.seek(0, os.SEEK_END)
            if start != idx.GZIP_MAGIC:
                return size == part.unpacked_size
            # The last four bytes of a gzip file are its unpacked size, so a file that was cut gives itself away.
            file.seek(max(0, size - 4))
            return int.from_bytes(file.read(), "little") == part.unpacked_size
    except OSError:
        return False


def content(path: Path, part: Part) -> bytes:
    """The bytes of the file as they are on disk.

    Raises:
        BadFile: it cannot be read, or is so large that it cannot be the right one.
    """
    # Packing never adds more than a fraction of a percent.
    most = part.unpacked_size + part.unpacked_size // 100 + 1024
    try:
        if path.stat().st_size > most:
            raise BadFile(
                f"{path.name} has {path.stat().st_size:,} bytes, more than {part.count:,} {part.holds} can have."
            )
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}.") from error


def parsed(data: bytes, name: str, part: Part) -> np.ndarray:
    """The pictures, (n, 28, 28) uint8, or the labels, (n,) int64, in the bytes of a file.

    Raises:
        BadFile: damaged, of another kind, or with other counts than the source's.
    """
    if part.holds == "pictures":
        return idx.read_images(data, name, count=part.count)
    labels = idx.read_labels(data, name, count=part.count)
    histogram = tuple(np.bincount(labels, minlength=10).tolist())
    if part.histogram and histogram != part.histogram:
        raise BadFile(f"{name} has {histogram} labels of the ten classes; there must be {part.histogram}.")
    return labels


def verify(data: bytes, name: str, part: Part) -> None:
    """Refuse a file that is not exactly the published one, as far as can be told.

    A packed file has a published checksum; an unpacked one is judged by its counts and its average brightness, which
    differ from source to source.

    Raises:
        BadFile: damaged, or of another data set.
    """
    items = parsed(data, name, part)
    if part.md5 is not None and data.startswith(idx.GZIP_MAGIC):
        found = md5(data)
        if found != part.md5:
            raise BadFile(f"{name} has the checksum (MD5) {found} instead of {part.md5}.", "It is of another data set.")
    elif part.mean is not None and abs(items.mean() / 255 - part.mean) > 0.01:
        raise BadFile(
            f"{name} has an average brightness of {items.mean() / 255:.4f} instead of {part.mean:.4f}.",
            "It is of another data set.",
        )


def md5(data: bytes) -> str:
    """The checksum by which these data sets are published, as 32 hexadecimal digits."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
