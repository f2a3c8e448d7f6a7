"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from mnist_core.errors import DiskProblem
from mnist_core.files import sha256_of, sweep_temporary, write_atomically


def test_a_written_file_holds_what_was_given_and_nothing_lies_beside_it(tmp_path: Path):
    write_atomically(tmp_path / "new" / "file", b"first")
    write_atomically(tmp_path / "new" / "file", b"second")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "new").iterdir()] == [("file", b"second")]


def test_when_the_disk_is_full_the_old_file_stays_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_atomically(tmp_path / "file", b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskProblem, match="No space left on device"):
        write_atomically(tmp_path / "file", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskProblem, match="could not be written"):
        write_atomically(tmp_path / "file" / "inside", b"")


def test_the_checksum_is_that_of_the_content(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"digits")
    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"digits").hexdigest()


def test_sweeping_removes_what_killed_writers_left_and_nothing_else(tmp_path: Path):
    (tmp_path / ".file.123.tmp").write_bytes(b"half")
    (tmp_path / "file").write_bytes(b"whole")
    sweep_temporary(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
