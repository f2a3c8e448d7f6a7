"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from mnist_core.errors import DiskProblem
from mnist_core.files import read_arrays, sha256_of, sweep_temporary, write_arrays, write_atomically


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


def test_arrays_are_read_back_by_name_and_a_name_that_is_not_there_is_as_no_file(tmp_path: Path):
    write_arrays(tmp_path / "file.npz", first=np.arange(3), second=np.array(0.5))
    second, first = read_arrays(tmp_path / "file.npz", "second", "first") or ()
    assert (first.tolist(), float(second)) == ([0, 1, 2], 0.5)
    assert read_arrays(tmp_path / "file.npz", "first", "third") is None
    assert read_arrays(tmp_path / "nothing.npz", "first") is None


def test_one_bit_flipped_anywhere_never_gives_other_arrays_or_a_crash(tmp_path: Path):
    file, written = tmp_path / "file.npz", np.arange(40).reshape(4, 10)
    write_arrays(file, first=written)
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        arrays = read_arrays(file, "first")
        assert arrays is None or np.array_equal(arrays[0], written)


def test_the_checksum_is_that_of_the_content(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"digits")
    assert sha256_of(tmp_path / "file") == hashlib.sha256(b"digits").hexdigest()


def test_sweeping_removes_what_killed_writers_left_and_nothing_else(tmp_path: Path):
    (tmp_path / ".file.123.tmp").write_bytes(b"half")
    (tmp_path / "file").write_bytes(b"whole")
    sweep_temporary(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
