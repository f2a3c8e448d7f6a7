"""The page "Get data" without a browser, in every state: nothing here, MNIST here, coming, stopped, failed, wrong folder."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core.data import SOURCES, is_present
from mnist_core.data.sources import RemoteFile
from pages.shared.arrival import arrivals
from tests import mirror
from tests.ui.dashboard import MENU, checked

RAW = "MNIST/raw"


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    """What the server keeps between pages is kept for one test only."""
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """For the time of a test MNIST is forty noise pictures; these are its packed files."""
    random = np.random.default_rng(5)
    mnist = SOURCES["mnist"]

    def pictures(count: int) -> bytes:
        return struct.pack(">IIII", 0x803, count, 28, 28) + random.integers(0, 256, count * 784, np.uint8).tobytes()

    def labels(count: int) -> bytes:
        return struct.pack(">II", 0x801, count) + (np.arange(count, dtype=np.uint8) % 10).tobytes()

    contents = (pictures(30), labels(30), pictures(10), labels(10))
    packed = {file.name: gzip.compress(content, mtime=0) for file, content in zip(mnist.files, contents, strict=True)}
    small = replace(
        mnist,
        train_count=20,
        validation_count=10,
        test_count=10,
        mean=0.5,
        files=tuple(RemoteFile(name, hashlib.md5(data).hexdigest(), len(data), ()) for name, data in packed.items()),
        train_histogram=(3,) * 10,
        test_histogram=(1,) * 10,
    )
    monkeypatch.setitem(SOURCES, "mnist", small)
    return packed


def put(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def internet(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[mirror.Mirror]:
    """A mirror on this machine that has that MNIST, and nothing else."""
    put(files, tmp_path / "mirror" / RAW)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with mirror.serving(tmp_path / "mirror") as serving:
        monkeypatch.setenv("MNIST_MIRROR", serving.url)
        yield serving


def data_page() -> AppTest:
    # Its address is not its file's name, which only a menu that has run knows.
    menu = AppTest.from_file(str(MENU), default_timeout=30).run()
    return checked(menu.switch_page("data/sources.py").run())


def wait_for(state: str, name: str = "mnist") -> None:
    wait_until(lambda: getattr(arrivals().latest(name), "state", None) == state)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def headings(page: AppTest) -> list[str]:
    return [each.value for each in (*page.header, *page.subheader)]


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def bars(page: AppTest) -> list[str]:
    return [bar.proto.text for bar in page.get("progress")]


def pictures_in(page: AppTest) -> int:
    return sum(each.proto.body.count("<img ") for each in page.get("html"))


def test_with_nothing_here_the_page_says_what_the_lab_works_with_and_offers_the_rest():
    page = data_page()
    assert "works with the 5,000 digits that come with it" in page.markdown[0].value
    assert labels(page)[:2] == ["Check the files", "Get all 70,000 (11.6 MB)"]
    assert "Get Fashion-MNIST (30.9 MB)" in labels(page)
    assert len(page.text_input) == 5
    assert pictures_in(page) == 10


def test_a_data_set_that_is_half_here_says_which_files_are_not(files: dict[str, bytes], home: Path):
    put(files, home / "data" / RAW)
    (home / "data" / RAW / "t10k-labels-idx1-ubyte.gz").unlink()
    page = data_page()
    assert "Get all 70,000 (0.0 MB)" in labels(page)
    assert page.warning[0].value.replace("\\", "") == (
        "Some of its files are here, but missing or incomplete: t10k-labels-idx1-ubyte.gz."
    )


def test_every_data_set_says_its_counts_classes_origin_and_licence():
    page = data_page()
    text = " ".join(each.value for each in (*page.markdown, *page.caption)).replace("\\", "")
    for source in SOURCES.values():
        assert source.title in headings(page)
        assert f"{source.train_count:,} pictures for training, {source.validation_count:,} for validation" in text
        assert f"{source.test_count:,} for the test" in text
        assert f"{source.origin}. Licence: {source.licence}." in text
        if source.name != "sample":
            assert ", ".join(source.classes) in text


def test_a_large_download_is_announced_before_it_begins():
    page = data_page()
    assert any("a download of 561.8 MB" in caption.value for caption in page.caption)


def test_every_control_explains_itself():
    page = data_page()
    popovers = [block.proto.popover for block in page.get("popover")]
    assert len(popovers) == 5
    assert all(each.help for each in (*page.button, *page.text_input, *popovers))


def test_with_mnist_here_its_digits_are_shown_and_it_is_what_the_lab_works_with(files, home: Path):
    put(files, home / "data" / RAW)
    page = data_page()
    assert "works with MNIST" in page.markdown[0].value
    assert not any(label.startswith("Get all 70,000") for label in labels(page))
    assert pictures_in(page) == 20


def test_a_download_is_shown_while_it_comes_and_when_it_is_here(internet):
    internet.flows.clear()
    page = data_page()
    page.button("get mnist").click().run()
    wait_until(lambda: arrivals().latest("mnist").progress is not None)
    page.run()
    assert "0.0 MB · train\\-images\\-idx3\\-ubyte\\.gz" in bars(page)[0]
    assert "get mnist" not in {button.key for button in page.button}
    assert not page.exception

    internet.flows.set()
    wait_for("arrived")
    page.run()
    assert [each.value for each in page.success] == ["Has arrived, every file with its published checksum."]
    assert bars(page) == []
    assert "works with MNIST" in page.markdown[0].value


def test_files_that_are_deleted_after_they_arrived_are_offered_again(internet, home: Path):
    page = data_page()
    page.button("get mnist").click().run()
    wait_for("arrived")
    shutil.rmtree(home / "data")
    page.run()
    assert not page.success
    assert page.button("get mnist")


def test_two_tabs_see_one_download_and_cannot_start_it_twice(internet):
    internet.flows.clear()
    one, two = data_page(), data_page()
    one.button("get mnist").click().run()
    two.button("get mnist").click().run()
    assert len(bars(one)) == len(bars(two)) == 1
    internet.flows.set()
    wait_for("arrived")
    assert sorted(internet.asked) == sorted(f"/{RAW}/{file.name}" for file in SOURCES["mnist"].files)
    for page in (one.run(), two.run()):
        assert len(page.success) == 1


def test_stop_leaves_everything_as_it_was(internet, home: Path):
    internet.flows.clear()
    page = data_page()
    page.button("get mnist").click().run()
    wait_until(lambda: arrivals().latest("mnist").progress is not None)
    page.run()
    page.button("stop mnist").click().run()
    assert page.button("stop mnist").label == "Stopping ..."
    assert page.button("stop mnist").disabled
    internet.flows.set()
    wait_for("stopped")
    page.run()
    assert [each.value for each in page.info] == ["The download was stopped. Everything is as it was before."]
    assert page.button("get mnist")
    assert list((home / "data").rglob("*.gz")) == []


def test_a_mirror_that_sends_a_web_page_is_named_and_another_try_may_succeed(internet, home: Path):
    internet.login_page = True
    page = data_page()
    page.button("get mnist").click().run()
    wait_for("failed")
    page.run()
    (error,) = (each.value.replace("\\", "") for each in page.error)
    assert f"{internet.url.removeprefix('http://')} sent a web page (HTML) instead of the file" in error
    assert "What was there before is untouched." in error
    assert not is_present("mnist")

    internet.login_page = False
    page.button("get mnist").click().run()
    wait_for("arrived")
    assert not page.run().error


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_the_lab_is_shown_as_one_and_does_not_look_like_a_download(internet, monkeypatch):
    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError("this is a bug")

    page = data_page()
    monkeypatch.setattr("pages.shared.arrival.download", broken)
    page.button("get mnist").click().run()
    wait_for("failed")
    page.run()
    assert [each.message for each in page.exception] == ["this is a bug"]
    assert page.button("get mnist")


def test_a_folder_with_the_files_is_taken_over(files, tmp_path: Path):
    folder = put(files, tmp_path / "Downloads")
    page = data_page()
    page.text_input("folder mnist").set_value(f' "{folder}" ')
    page.button("take mnist").click().run()
    assert is_present("mnist")
    assert [toast.value for toast in page.toast] == ["MNIST is here."]
    assert "works with MNIST" in page.markdown[0].value


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "No folder was named."),
        ("/nowhere/at/all", "There is no folder /nowhere/at/all."),
        ("{empty}", "{empty} lacks 4 of the 4 files of MNIST"),
    ],
)
def test_a_wrong_folder_is_answered_in_a_sentence_and_nothing_changes(typed, sentence, tmp_path: Path, home: Path):
    page = data_page()
    page.text_input("folder mnist").set_value(typed.format(empty=tmp_path))
    page.button("take mnist").click().run()
    (error,) = (each.value.replace("\\", "") for each in page.error)
    assert sentence.format(empty=tmp_path) in error
    assert not page.exception
    assert not is_present("mnist")


def test_files_taken_over_after_a_failed_download_end_its_message(internet, files, tmp_path: Path):
    internet.login_page = True
    page = data_page()
    page.button("get mnist").click().run()
    wait_for("failed")
    page.run()
    page.text_input("folder mnist").set_value(str(put(files, tmp_path / "Downloads")))
    page.button("take mnist").click().run()
    assert is_present("mnist")
    assert not page.error


def test_checked_files_are_listed_with_what_was_found(files, home: Path):
    put(files, home / "data" / RAW)
    page = data_page()
    page.button("check mnist").click().run()
    table = page.table[0].value
    assert list(table["items"]) == ["30", "30", "10", "10"]
    assert set(table["checksum"]) == {"as published"}
    assert set(table["finding"]) == {"all is well"}


def test_a_damaged_file_is_found_and_can_be_fetched_again(internet, files, home: Path):
    folder = put(files, home / "data" / RAW)
    name = "train-labels-idx1-ubyte.gz"
    unpacked = bytearray(gzip.decompress(files[name]))
    unpacked[-1], unpacked[-2] = unpacked[-2], unpacked[-1]
    (folder / name).write_bytes(gzip.compress(unpacked))
    page = data_page()
    page.button("check mnist").click().run()
    assert list(page.table[0].value["checksum"]) == ["as published", "another one", "as published", "as published"]
    page.button("get mnist").click().run()
    wait_for("arrived")
    assert internet.asked == [f"/{RAW}/{name}"]
    page.run()
    page.button("check mnist").click().run()
    assert set(page.table[0].value["finding"]) == {"all is well"}


def test_files_that_cannot_be_read_are_a_sentence_on_the_card(files, home: Path):
    folder = put(files, home / "data" / RAW)
    name = "train-labels-idx1-ubyte.gz"
    (folder / name).write_bytes(gzip.compress(b"7" * len(gzip.decompress(files[name]))))
    page = data_page()
    assert len(page.error) == 1
    assert name in page.error[0].value.replace("\\", "")


def test_the_bundled_sample_can_be_checked_too():
    page = data_page()
    page.button("check sample").click().run()
    assert list(page.table[0].value["checksum"]) == ["none published"]
    assert list(page.table[0].value["items"]) == ["5,000"]


def test_a_data_folder_that_cannot_be_written_to_is_a_sentence_and_nothing_is_offered(home: Path):
    home.write_text("a file where the folder should be")
    page = data_page()
    (warning,) = (each.value.replace("\\", "") for each in page.warning)
    assert f"the data folder {home / 'data'} is not writable" in warning
    assert all(button.disabled for button in page.button if button.key.startswith(("get ", "take ")))
