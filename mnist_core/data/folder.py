"""Taking over a data set from a folder of files that a person already has."""

from __future__ import annotations

import os
from pathlib import Path

from mnist_core import places
from mnist_core.data import raw
from mnist_core.data.idx import GZIP_MAGIC
from mnist_core.data.sources import source
from mnist_core.data.staging import disk_problems, staged
from mnist_core.errors import BadInput, NotFound


def import_folder(name: str, folder: str | os.PathLike[str], *, root: Path | None = None) -> None:
    """Copy a data set's four IDX files into the data folder, if every one of them is what it should be.

    Args:
        name: of the source.
        folder: where the files are, packed with gzip or not: in it, or in `raw/`, `gzip/` or `MNIST/raw/` inside it.
        root: the data folder; None for `places.data_folder()`.

    Raises:
        NotFound: no such source or folder, or files are missing; the sentence names each of them.
        BadFile: a file is damaged or of another data set.
        DiskProblem: the disk is full, read-only or gone.
        In every case what was there before is untouched.
    """
    chosen = source(name)
    if not chosen.parts:
        raise BadInput(f"{chosen.title} comes with the lab; there is nothing to import.")
    given = _folder(folder)
    looked = (given, given / "raw", given / "gzip", given / chosen.folder)
    found = {part: path for part in chosen.parts if (path := raw.find(part, looked)) is not None}
    missing = [part.name for part in chosen.parts if part not in found]
    if missing:
        raise NotFound(
            f"{given} lacks {len(missing)} of the {len(chosen.parts)} files of {chosen.title}: {', '.join(missing)}.",
            "Each may also be unpacked, without .gz, and may lie in a folder named raw.",
        )
    target = (root or places.data_folder()) / chosen.folder
    unpacked = []
    with staged(target) as stage:
        for part, path in found.items():
            data = raw.content(path, part)
            raw.verify(data, path.name, part)
            is_packed = data.startswith(GZIP_MAGIC)
            if not is_packed:
                unpacked.append(part)
            with disk_problems(target):
                (stage / (part.name if is_packed else part.name.removesuffix(".gz"))).write_bytes(data)
    # An older packed file would be read before the unpacked one that has just arrived.
    with disk_problems(target):
        for part in unpacked:
            (target / part.name).unlink(missing_ok=True)


def _folder(typed: str | os.PathLike[str]) -> Path:
    try:
        given = Path(typed).expanduser()
        found = given.is_dir()
    except (OSError, RuntimeError):
        # A name longer than the file system allows, the home of a user there is not, a folder we may not look into.
        found = False
    if not found:
        raise NotFound(f"There is no folder {str(typed)[:200]}.", "Give the folder that holds the IDX files.")
    return given
