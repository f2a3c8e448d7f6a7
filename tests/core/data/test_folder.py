"""Taking over files that a person already has."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from mnist_core.data import check, import_folder, is_present, load
from mnist_core.errors import BadFile, BadInput, NotFound


@pytest.mark.parametrize("inside", [".", "raw", "gzip", "Tiny/raw"])
@pytest.mark.parametrize("unpacked", [False, True])
def test_files_are_found_flat_or_in_the_usual_folders_packed_or_not(tiny, tmp_path: Path, inside: str, unpacked: bool):
    tiny.write_to(tmp_path / "mine" / inside, unpacked=unpacked)
    import_folder("tiny", tmp_path / "mine")
    assert is_present("tiny")
    assert not any(finding.problem for finding in check("tiny"))
    assert len(load("tiny").test.labels) == 10


def test_names_with_a_dot_as_on_kaggle_are_understood(tiny, tmp_path: Path):
    folder = tiny.write_to(tmp_path / "mine", unpacked=True)
    for path in folder.iterdir():
        path.rename(folder / path.name.replace("-idx", ".idx"))
    import_folder("tiny", folder)
    assert is_present("tiny")


def test_a_file_that_the_browser_unpacked_without_renaming_it_is_accepted(tiny, tmp_path: Path, home: Path):
    folder = tiny.write_to(tmp_path / "mine")
    labels = folder / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.decompress(labels.read_bytes()))
    import_folder("tiny", folder)
    assert is_present("tiny")
    assert (home / "data" / "Tiny" / "raw" / "train-labels-idx1-ubyte").is_file()


def test_missing_files_are_named_each(tiny, tmp_path: Path, home: Path):
    folder = tiny.write_to(tmp_path / "mine")
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(
        NotFound, match=r"lacks 2 of the 4 files of Tiny: train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz\."
    ):
        import_folder("tiny", folder)
    assert not (home / "data").exists()


def test_a_packed_file_with_another_checksum_is_refused_and_what_was_there_stays(tiny, tmp_path: Path, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    before = {path.name: path.read_bytes() for path in raw.iterdir()}
    folder = tiny.write_to(tmp_path / "mine")
    last = folder / "t10k-labels-idx1-ubyte.gz"
    last.write_bytes(gzip.compress(gzip.decompress(last.read_bytes()), compresslevel=1, mtime=1))
    with pytest.raises(BadFile, match=r"t10k-labels-idx1-ubyte.gz has the checksum \(MD5\) .* instead of"):
        import_folder("tiny", folder)
    assert {path.name: path.read_bytes() for path in raw.iterdir()} == before
    assert list(raw.parent.iterdir()) == [raw]


def test_unpacked_pictures_of_another_brightness_are_of_another_data_set(tiny, tmp_path: Path):
    folder = tiny.write_to(tmp_path / "mine", unpacked=True)
    pictures = folder / "train-images-idx3-ubyte"
    pictures.write_bytes(pictures.read_bytes()[:16] + bytes(20 * 784))
    with pytest.raises(BadFile, match=r"average brightness of 0.0000 instead of 0.5.*another data set"):
        import_folder("tiny", folder)


def test_an_unpacked_file_replaces_a_damaged_packed_one(tiny, tmp_path: Path, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    (raw / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b damaged")
    import_folder("tiny", tiny.write_to(tmp_path / "mine", unpacked=True))
    assert is_present("tiny")
    assert len(load("tiny").train.labels) == 10


def test_a_folder_that_is_not_there_and_a_source_without_files_are_refused(tiny, tmp_path: Path):
    with pytest.raises(NotFound, match="There is no folder"):
        import_folder("tiny", tmp_path / "nowhere")
    with pytest.raises(BadInput, match="comes with the lab"):
        import_folder("sample", tmp_path)


def test_the_genuine_mnist_is_taken_over(real_data: Path):
    import_folder("mnist", real_data)
    assert [finding.md5_ok for finding in check("mnist")] == [True] * 4


def test_fashion_mnist_is_not_taken_for_mnist(real_data: Path):
    fashion = real_data / "FashionMNIST" / "raw"
    if not fashion.is_dir():
        pytest.skip(f"FashionMNIST is not in {real_data}")
    with pytest.raises(BadFile, match=r"checksum|labels of the ten classes"):
        import_folder("mnist", fashion)
    assert not is_present("mnist")


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/x", "x" * 5000, "/dev/null/x"])
def test_a_path_that_cannot_even_be_looked_at_is_no_folder(typed: str) -> None:
    with pytest.raises(NotFound, match="There is no folder"):
        import_folder("mnist", typed)
