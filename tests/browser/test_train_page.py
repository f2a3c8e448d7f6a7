"""The Train page in a real browser: a run is started, watched, left, found again, stopped and resumed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mnist_core.runs import open_store
from tests.browser.dashboard import Serve, Server, screenshot, wait_until_idle

PHONE = {"width": 390, "height": 844}
POINTS = "(document.querySelector('.st-key-loss .lab-plot')?._fullData?.[0]?.x?.length ?? 0)"
RANGE = "document.querySelector('.st-key-loss .lab-plot')._fullLayout.xaxis.range"
# Long enough to be watched, and stopped at the end of each test.
EPOCHS = 1000


@pytest.fixture(autouse=True)
def slow_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint every second, so that stopping and resuming loses little."""
    monkeypatch.setenv("MNIST_CHECKPOINT_SECONDS", "1")


def start(page: Page, server: Server, recipe: str = "mlp-128-64", epochs: int = EPOCHS) -> str:
    """Start a run from the sidebar and give its id, once its curve has begun."""
    page.goto(f"{server.url}/?recipe={recipe}&data=Bundled+sample+of+MNIST")
    number = page.get_by_label("Epochs", exact=True)
    number.fill(str(epochs))
    number.press("Enter")
    expect(page.get_by_text(re.compile(rf"4,000 pictures.*{epochs:,} epoch"))).to_be_visible(timeout=15_000)
    began = time.perf_counter()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_function(f"{POINTS} > 0", timeout=60_000)
    print(f"start to first point: {time.perf_counter() - began:.2f} s")
    return re.search(r"run=([0-9a-f-]+)", page.url).group(1)


def badge(page: Page, text: str) -> None:
    expect(page.locator(".stMarkdownBadge", has_text=text)).to_be_visible(timeout=30_000)


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    badge(page, "stopped")


@pytest.mark.usefixtures("piece_by_piece")
def test_a_run_is_started_from_the_sidebar_watched_zoomed_reloaded_stopped_and_resumed(
    server: Server, page: Page
) -> None:
    run = start(page, server)
    first = page.evaluate(POINTS)
    page.wait_for_function(f"{POINTS} > {first}", timeout=10_000)
    # What appears with the first epoch moves the charts; a drag must not begin where one was before.
    expect(page.get_by_text("Read as what")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Twelve validation pictures")).to_be_visible(timeout=30_000)
    screenshot(page, "train-live-light")

    area = page.locator(".st-key-loss .nsewdrag").first.bounding_box()
    page.mouse.move(area["x"] + 5, area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 3, area["y"] + 40, steps=5)
    page.mouse.up()
    page.wait_for_function(f"{RANGE}[1] < 30000", timeout=10_000)  # of the 63,000 steps of the whole run
    zoomed = page.evaluate(RANGE)
    before = page.evaluate(POINTS)
    page.wait_for_function(f"{POINTS} > {before}", timeout=10_000)
    page.wait_for_timeout(1500)
    assert page.evaluate(RANGE) == zoomed

    page.reload()
    page.wait_for_function(f"{POINTS} > {before}", timeout=30_000)
    assert run in page.url
    badge(page, "training")

    stop(page)
    expect(page.get_by_text("What next")).to_be_visible()
    stopped_at = open_store(home=server.home).run(run).step
    page.get_by_role("button", name="Resume").click()
    badge(page, "training")
    page.wait_for_function(f"document.body.innerText.includes('Going on') || {POINTS} > 0", timeout=30_000)
    deadline = time.monotonic() + 30
    while open_store(home=server.home).run(run).step <= stopped_at and time.monotonic() < deadline:
        page.wait_for_timeout(300)
    assert open_store(home=server.home).run(run).step > stopped_at
    stop(page)


def test_a_watched_run_is_asked_for_about_once_a_second_and_its_page_does_not_run(server: Server, page: Page) -> None:
    asked, sent = [], []
    page.on("request", lambda request: asked.append(request.url) if "/lab/run/" in request.url else None)
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    start(page, server)
    expect(page.get_by_text("Read as what")).to_be_visible(timeout=30_000)
    # By now the page has run several times, and each of its drawings has begun to ask.
    page.wait_for_timeout(3000)
    progress, before = page.locator(".lab-progress p"), len(sent)
    asked.clear()
    said = set()
    for _ in range(8):
        said.add(progress.inner_text())
        page.wait_for_timeout(1000)
    assert len(said) > 3
    assert 3 <= len(asked) <= 9
    assert len(sent) == before
    stop(page)


@pytest.mark.slow
def test_a_second_tab_shows_the_same_run_and_closing_tabs_does_not_end_it(
    server: Server, new_page: Callable[..., Page]
) -> None:
    first = new_page()
    run = start(first, server)
    second = new_page()
    second.goto(server.url)
    second.get_by_role("link", name=re.compile(f"watch {run}")).click()
    second.wait_for_function(f"{POINTS} > 0", timeout=30_000)
    first.close()
    second.close()
    third = new_page()
    third.goto(f"{server.url}/?run={run}")
    third.wait_for_function(f"{POINTS} > 0", timeout=30_000)
    badge(third, "training")
    stop(third)


@pytest.mark.slow
def test_a_restarted_server_shows_the_run_that_went_on_without_it(serve: Serve, new_page: Callable[..., Page]) -> None:
    with serve() as server:
        page = new_page()
        run = start(page, server)
        home = server.home
        page.close()
    reached = open_store(home=home).run(run).step
    with serve(home=home) as server:
        page = new_page()
        page.goto(f"{server.url}/?run={run}")
        badge(page, "training")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_function(f"{POINTS} > 0", timeout=30_000)
        assert open_store(home=home).run(run).step > reached
        stop(page)


def test_a_finished_run_shows_its_result_and_the_test_split_on_request(server: Server, page: Page) -> None:
    start(page, server, recipe="mlp-128-64", epochs=1)
    expect(page.get_by_text("What next")).to_be_visible(timeout=60_000)
    badge(page, "finished")
    page.get_by_role("button", name="Look at the test set").click()
    expect(page.get_by_text("looked at 1 time")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    page.get_by_text("Take the model with you").click()
    page.wait_for_timeout(700)  # what opens slowly moves the button from under the pointer
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Download .pth").click()
    assert download.value.suggested_filename.endswith(".pth")
    assert download.value.path().stat().st_size > 400_000
    screenshot(page, "train-finished-light")
    page.get_by_role("link", name="Look at its mistakes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Browse")
    misread = page.locator('.grid button[title*="validation"][title*="read as"]')
    expect(misread.first).to_be_visible(timeout=30_000)
    assert misread.count() == page.locator(".grid button").count()


@pytest.mark.parametrize(("scheme", "viewport"), [("dark", {"width": 1280, "height": 1400}), ("light", PHONE)])
def test_the_page_looks_right_in_the_dark_and_on_a_phone(
    server: Server, new_page: Callable[..., Page], scheme: str, viewport: dict[str, int]
) -> None:
    page = new_page(color_scheme=scheme, viewport=viewport)
    run = next(run for run in open_store(home=server.home).runs() if run.state == "finished")
    page.goto(f"{server.url}/?run={run.id}")
    page.wait_for_function(f"{POINTS} > 0", timeout=30_000)
    wait_until_idle(page)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    screenshot(page, f"train-finished-{viewport['width']}-{scheme}")


@pytest.mark.usefixtures("piece_by_piece")
def test_the_form_can_be_used_with_the_keyboard_alone(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.get_by_label("Epochs", exact=True).focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(page.get_by_text("epochs is 0.")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    page.get_by_label("Epochs", exact=True).focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
