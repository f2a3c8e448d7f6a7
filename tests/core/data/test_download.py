"""Downloading from mirrors on this machine that behave as badly as real ones do."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from mnist_core.data import SOURCES, Progress, check, download, is_present, load, staging
from mnist_core.data import download as public_name
from mnist_core.data.sources import RemoteFile
from mnist_core.errors import DiskProblem, DownloadFailed, NotFound
from tests import mirror

download_module = sys.modules[public_name.__module__]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "READ_SECONDS", 0.3)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def served(tiny, mirrors):
    mirrors.files = tiny.files
    return mirrors


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_download_arrives_complete_and_reports_its_progress(tiny, served, home: Path):
    seen: list[Progress] = []
    download("tiny", mirrors=[served.address("good")], on_progress=seen.append)
    assert everything_in(home / "data") == {f"Tiny/raw/{name}": data for name, data in tiny.files.items()}
    assert is_present("tiny")
    assert len(load("tiny").train.labels) == 10
    assert [each.done_bytes for each in seen] == sorted(each.done_bytes for each in seen)
    assert seen[-1].done_bytes == seen[-1].total_bytes == sum(map(len, tiny.files.values()))
    assert seen[0].file == "train-images-idx3-ubyte.gz"
    assert seen[-1].fraction == 1.0


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("html", "sent a web page"),
        ("noise", "sent something that is not the packed file"),
        ("empty", "sent 0 bytes"),
        ("forbidden", "answered 403 Forbidden"),
        ("busy", "answered 503 Service Unavailable"),
        ("cut", "ended the transfer before the end"),
        ("short", r"sent .* bytes with the checksum .* instead of"),
        ("flipped", r"sent .* bytes with the checksum \(MD5\) [0-9a-f]{32} instead of .* bytes with [0-9a-f]{32}"),
        ("endless", "sent far more than"),
        ("silent", "sent nothing for 0.3 s"),
        ("insecure", "wanted to redirect us to http://example.invalid/file, which is not https"),
        ("unreachable", "could not be reached"),
    ],
)
def test_a_bad_mirror_is_named_with_what_it_did_and_the_next_one_serves(served, home: Path, behaviour, sentence):
    with pytest.raises(DownloadFailed, match=f"127.0.0.1:{served.port} {sentence}"):
        download("tiny", mirrors=[served.address(behaviour)])
    assert everything_in(home) == {}
    download("tiny", mirrors=[served.address(behaviour), served.address("good")])
    assert is_present("tiny")
    assert not any(finding.problem for finding in check("tiny"))


def test_every_mirror_that_failed_is_in_the_sentence(served):
    with pytest.raises(DownloadFailed, match=r"answered 403 Forbidden; .* sent a web page .* untouched"):
        download("tiny", mirrors=[served.address("forbidden"), served.address("html")])


def test_a_machine_without_a_network_is_told_at_once(tiny):
    started = time.perf_counter()
    with pytest.raises(DownloadFailed, match="could not be reached"):
        download("tiny", mirrors=["http://127.0.0.1:9/"])
    assert time.perf_counter() - started < 5


def test_when_the_last_file_fails_none_is_put_in_place_and_old_ones_stay(tiny, served, home: Path):
    raw = home / "data" / "Tiny" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte.gz").write_bytes(b"old and damaged")
    served.files = tiny.files | {"t10k-labels-idx1-ubyte.gz": b"<html>gone"}
    with pytest.raises(DownloadFailed, match=r"t10k-labels-idx1-ubyte.gz could not be downloaded"):
        download("tiny", mirrors=[served.address("good")])
    assert everything_in(home / "data") == {"Tiny/raw/train-images-idx3-ubyte.gz": b"old and damaged"}
    assert list((home / "data" / "Tiny").iterdir()) == [raw]


def test_files_that_are_there_and_right_are_not_fetched_again(tiny, served, home: Path):
    raw = tiny.write_to(home / "data" / "Tiny" / "raw")
    (raw / "t10k-labels-idx1-ubyte.gz").unlink()
    (raw / "note.txt").write_text("mine")
    download("tiny", mirrors=[served.address("good")])
    assert served.asked == ["/good/t10k-labels-idx1-ubyte.gz"]
    assert is_present("tiny")
    assert (raw / "note.txt").read_text() == "mine"
    download("tiny", mirrors=[served.address("good")])
    assert len(served.asked) == 1


def test_an_exception_from_the_progress_callback_stops_the_download_without_a_trace(served, home: Path):
    class StoppedError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.file == "t10k-images-idx3-ubyte.gz":
            raise StoppedError

    with pytest.raises(StoppedError):
        download("tiny", mirrors=[served.address("good")], on_progress=stop)
    assert everything_in(home) == {}


def test_a_full_disk_is_a_sentence_and_leaves_nothing(served, home: Path, monkeypatch: pytest.MonkeyPatch):
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskProblem, match=r"No space left on device.*MNIST_DATA"):
        download("tiny", mirrors=[served.address("good")])
    assert everything_in(home) == {}


def test_a_data_folder_that_cannot_be_made_is_a_sentence(tiny, home: Path):
    home.write_text("a file where the folder should be")
    with pytest.raises(DiskProblem, match="could not be written"):
        download("tiny", mirrors=["http://127.0.0.1:9/"])


def test_the_files_inside_an_archive_are_taken_out_and_the_archive_is_not_kept(
    tiny, mirrors, home: Path, monkeypatch: pytest.MonkeyPatch
):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("gzip/emnist-letters-mapping.txt", "not wanted")
        for name, data in tiny.files.items():
            archive.writestr(f"gzip/{name}", data)
    mirrors.files = {"gzip.zip": packed.getvalue()}
    md5 = hashlib.md5(packed.getvalue()).hexdigest()
    remote = RemoteFile("gzip.zip", md5, len(packed.getvalue()), (), members=tuple(tiny.files))
    monkeypatch.setitem(SOURCES, "tiny", replace(tiny.source, files=(remote,)))
    download("tiny", mirrors=[mirrors.address("good")])
    assert everything_in(home / "data") == {f"Tiny/raw/{name}": data for name, data in tiny.files.items()}
    assert [finding.md5_ok for finding in check("tiny")] == [None] * 4
    download("tiny", mirrors=[mirrors.address("good")])
    assert len(mirrors.asked) == 1


def test_a_class_room_fetches_from_the_data_folder_that_its_teacher_serves(
    tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tiny.write_to(tmp_path / "teacher" / "Tiny" / "raw")
    with mirror.serving(tmp_path / "teacher") as teacher:
        monkeypatch.setenv("MNIST_MIRROR", f"{teacher.url}/")
        download("tiny")
        assert teacher.asked == [f"/Tiny/raw/{name}" for name in tiny.files]
    assert is_present("tiny")


def test_nobody_but_the_class_room_mirror_is_asked_unless_mirrors_are_given(
    tiny, served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = [replace(file, urls=(served.address("good") + file.name,)) for file in tiny.source.files]
    monkeypatch.setitem(SOURCES, "tiny", replace(tiny.source, files=tuple(elsewhere)))
    with mirror.serving(tmp_path) as teacher:
        monkeypatch.setenv("MNIST_MIRROR", teacher.url)
        with pytest.raises(DownloadFailed, match=f"{teacher.url.removeprefix('http://')} answered 404 Not Found"):
            download("tiny")
        assert served.asked == []
        download("tiny", mirrors=[served.address("good")])
        assert len(teacher.asked) == 1
    assert is_present("tiny")


def test_a_mirror_without_http_in_front_is_named_as_it_was_written(tiny, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MNIST_MIRROR", "teacher:8000")
    with pytest.raises(DownloadFailed, match=r"downloaded: teacher:8000/Tiny/raw/train-images-idx3-ubyte.gz failed"):
        download("tiny")


def test_the_sample_needs_no_download_and_an_unknown_name_is_refused():
    download("sample", mirrors=["http://127.0.0.1:9/"])
    with pytest.raises(NotFound):
        download("cifar")


@pytest.mark.fault
def test_a_killed_download_leaves_nothing_half_present_and_its_remains_are_swept(
    mirrors, home: Path, monkeypatch: pytest.MonkeyPatch
):
    mirrors.files = {"train-images-idx3-ubyte.gz": b"\x1f\x8b" + bytes(2_000_000)}
    code = f"from mnist_core.data import download; download('mnist', mirrors=[{mirrors.address('silent')!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    deadline = time.monotonic() + 30
    while not list(home.glob("data/MNIST/.arriving-*/train-images-idx3-ubyte.gz")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not is_present("mnist")
    assert not (home / "data" / "MNIST" / "raw").exists()
    (leftover,) = home.glob("data/MNIST/.arriving-*")
    with staging.staged(home / "data" / "MNIST" / "raw"):
        assert leftover.exists(), "a download that is alive in another process must be left alone"
    (home / "data" / "MNIST" / "raw").rmdir()
    monkeypatch.setattr(staging, "SILENT_SECONDS", 0)
    with staging.staged(home / "data" / "MNIST" / "raw"):
        assert not leftover.exists()


def test_the_genuine_mnist_arrives_from_a_local_mirror(real_data: Path, home: Path):
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(real_data / "MNIST" / "raw"))

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        seen: list[Progress] = []
        download("mnist", mirrors=[f"http://127.0.0.1:{server.server_port}"], on_progress=seen.append)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert [finding.md5_ok for finding in check("mnist")] == [True] * 4
    assert seen[-1].done_bytes == seen[-1].total_bytes == 11_594_722
    assert len(seen) > 50
