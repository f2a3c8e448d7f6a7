"""The Photo page in a real browser: a picture is uploaded, one too large is named, and a digit of it is looked at closely."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from mnist_core.config import TrainConfig
from mnist_core.runs import open_store
from mnist_core.runs.worker import work
from tests.browser.dashboard import Server, screenshot, wait_until_idle
from tests.core.images.photos import photo, rule, shade, write


@pytest.fixture(scope="module", autouse=True)
def trained(server: Server) -> None:
    store = open_store(home=server.home)
    work(store, store.create(TrainConfig(data="sample", epochs=3), name="mine").id)
    store.close()


def page_of_digits() -> bytes:
    """A PNG of a ruled page with "10" and "17" on it."""
    paper = photo(300, 420)
    rule(paper, 75)
    write(paper, "10", 60, 40, 80, pen=9)
    write(paper, "17", 60, 180, 80, pen=9)
    file = io.BytesIO()
    Image.fromarray(np.round(255 * shade(paper, 0.6)).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_a_picture_is_uploaded_read_in_lines_and_a_clicked_digit_shows_its_way(
    server: Server, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/photo")
    expect(page.get_by_text("Add a picture with digits")).to_be_visible(timeout=30_000)
    # The camera is not asked for before somebody wants it.
    expect(page.get_by_test_id("stCameraInput")).to_have_count(0)
    # What listens for files comes to the page a moment after the uploader.
    expect(page.locator("[role=status][aria-busy=false]")).to_have_count(1, timeout=30_000)
    (tmp_path / "<b>page.png").write_bytes(page_of_digits())
    with (tmp_path / "large.png").open("wb") as large:
        large.truncate(70_000_000)
    page.locator("input[type=file]").set_input_files([tmp_path / "<b>page.png", tmp_path / "large.png"])
    expect(page.get_by_role("heading", name="<b>page.png")).to_be_visible(timeout=30_000)
    lines = page.locator(".line")
    expect(lines).to_have_text(["10", "17"])
    # The browser does not even send it, and the uploader that said so is gone.
    expect(page.get_by_role("status").filter(has_text="large.png has 70 MB and was left out")).to_be_visible()
    third = page.locator(".picture button").nth(2)
    # The box lies where the digit was drawn: 60 of 420 pixels from the left, 180 of 300 from the top.
    box, whole = third.bounding_box(), page.get_by_alt_text("<b>page.png, read as 10 / 17").bounding_box()
    assert box and whole
    assert (box["x"] + box["width"] / 2 - whole["x"]) / whole["width"] == pytest.approx(
        (60 + 80 * 0.65 / 2) / 420, abs=0.02
    )
    assert (box["y"] - whole["y"]) / whole["height"] == pytest.approx(180 / 300, abs=0.03)
    third.click()
    expect(page.locator(".lab-stages li")).to_have_count(9)
    expect(page.locator(".lab-answer .share")).to_have_count(10)
    expect(page.get_by_text("digit 3 of 4")).to_be_visible()
    # The text under the picture is walked through with the arrow keys.
    lines.locator("button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("digit 2 of 4")).to_be_visible()
    wait_until_idle(page)
    screenshot(page, "photo-light")
