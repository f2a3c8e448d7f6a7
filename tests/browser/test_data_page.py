"""The page "Get data" in a real browser and against a real mirror: download, reload, second tab, failure, own files."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from mnist_core.data import SOURCES
from tests import mirror
from tests.browser.dashboard import Serve, Server, screenshot, wait_until_idle

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def internet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[mirror.Mirror]:
    """The mirror that the server of a test asks instead of the internet's; it has no files yet."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with mirror.serving(tmp_path / "mirror") as serving:
        monkeypatch.setenv("MNIST_MIRROR", serving.url)
        yield serving


@pytest.fixture
def bare(internet: mirror.Mirror, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A dashboard without any data but the sample, as on a new machine."""
    monkeypatch.setattr("tests.browser.conftest.REAL_DATA", tmp_path / "nothing")
    with serve() as server:
        yield server


def open_data(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/data")
    expect(page.get_by_role("heading", level=1)).to_have_text("Get data")
    expect(page.get_by_role("button", name="Get QMNIST")).to_be_visible()
    return page


def card(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-card-{name}")


def get_everything(page: Page) -> Locator:
    return page.get_by_role("button", name="Get all 70,000")


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_all_70000_arrive_through_reloads_and_in_every_tab_and_can_be_trained_with(
    real_data: Path, internet: mirror.Mirror, bare: Server, new_page: Callable[..., Page]
) -> None:
    internet.folder = real_data
    internet.flows.clear()
    other = open_data(new_page(viewport=PHONE, color_scheme="dark"), bare)
    page = open_data(new_page(), bare)
    get_everything(page).click()
    first_file = re.compile(r"9\.9 of 11\.6 MB · train-images-idx3-ubyte\.gz · .* left")
    for each in (page, other):
        expect(card(each, "mnist").get_by_role("progressbar")).to_be_visible(timeout=15_000)
        expect(card(each, "mnist")).to_contain_text(first_file, timeout=15_000)
    screenshot(page, "data-coming-light")
    card(other, "mnist").scroll_into_view_if_needed()
    screenshot(other, "data-coming-390-dark")

    page.reload()
    expect(card(page, "mnist")).to_contain_text(first_file, timeout=15_000)
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    internet.flows.set()
    for each in (other, open_data(page, bare)):
        expect(card(each, "mnist")).to_contain_text("Has arrived", timeout=30_000)
        expect(card(each, "mnist").get_by_role("img", name="7, from MNIST")).to_be_visible(timeout=30_000)
    assert len(internet.asked) == 4
    assert files_in(bare.home / "data") == sorted(file.name for file in SOURCES["mnist"].files)
    screenshot(page, "data-arrived-light")

    card(page, "mnist").get_by_role("button", name="Check the files").click()
    expect(card(page, "mnist").get_by_role("table")).to_contain_text("all is well", timeout=30_000)
    card(page, "mnist").get_by_role("link", name="Train with MNIST").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Train")
    expect(page.get_by_role("combobox", name="Data")).to_have_value("MNIST", timeout=15_000)


def test_stop_ends_a_download_in_every_tab_and_leaves_everything_as_it_was(
    real_data: Path, internet: mirror.Mirror, bare: Server, new_page: Callable[..., Page]
) -> None:
    internet.folder = real_data
    internet.flows.clear()
    page, other = open_data(new_page(), bare), open_data(new_page(), bare)
    get_everything(page).click()
    expect(card(other, "mnist")).to_contain_text("9.9 of 11.6 MB", timeout=15_000)
    card(other, "mnist").get_by_role("button", name="Stop").click()
    expect(card(page, "mnist").get_by_role("button", name="Stopping ...")).to_be_disabled(timeout=15_000)
    internet.flows.set()
    for each in (page, other):
        expect(card(each, "mnist")).to_contain_text("Everything is as it was before", timeout=15_000)
        expect(get_everything(each)).to_be_enabled()
    assert files_in(bare.home / "data") == []


def test_a_mirror_that_sends_a_web_page_is_named_and_nothing_changes(
    internet: mirror.Mirror, bare: Server, page: Page
) -> None:
    internet.login_page = True
    open_data(page, bare)
    get_everything(page).click()
    told = f"{internet.url.removeprefix('http://')} sent a web page (HTML) instead of the file."
    expect(card(page, "mnist").get_by_role("alert")).to_contain_text(told, timeout=15_000)
    expect(get_everything(page)).to_be_enabled()
    expect(page.get_by_text("The lab works with the 5,000 digits that come with it")).to_be_visible()
    assert files_in(bare.home / "data") == []
    screenshot(page, "data-failed-light")


@pytest.mark.usefixtures("piece_by_piece")
def test_files_that_a_person_has_are_taken_over_and_a_wrong_folder_is_a_sentence(
    bare: Server, page: Page, tmp_path: Path
) -> None:
    open_data(page, bare)
    card(page, "mnist").get_by_role("button", name="I have the files").click()
    folder = page.get_by_role("textbox", name="Folder on this computer")
    folder.fill(str(tmp_path / "nowhere"))
    page.get_by_role("button", name="Take them over").click()
    expect(page.get_by_text(f"There is no folder {tmp_path / 'nowhere'}.")).to_be_visible(timeout=15_000)
    screenshot(page, "data-wrong-folder-light")

    folder.fill(str(stand_in_for_mnist(tmp_path / "Downloads")))
    folder.press("Enter")
    # Not the toast, which a busy machine may show and take away between two looks; test_data_page.py in ui/ reads it.
    expect(page.get_by_text("The lab works with MNIST")).to_be_visible(timeout=60_000)
    wait_until_idle(page)


def stand_in_for_mnist(folder: Path) -> Path:
    """Unpacked files that have MNIST's counts and brightness, so that the lab takes them for it: grey squares."""
    folder.mkdir()
    for part in SOURCES["mnist"].parts:
        path = folder / part.name.removesuffix(".gz")
        if part.holds == "pictures":
            grey = np.full(part.count * 28 * 28, round(0.1307 * 255), np.uint8)
            path.write_bytes(struct.pack(">IIII", 0x803, part.count, 28, 28) + grey.tobytes())
        else:
            labels = np.repeat(np.arange(10, dtype=np.uint8), part.histogram)
            path.write_bytes(struct.pack(">II", 0x801, part.count) + labels.tobytes())
    return folder
