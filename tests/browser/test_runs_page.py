"""The Runs page in a real browser: choosing in the table by mouse and keyboard, also while it is alive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from mnist_core.config import TrainConfig
from mnist_core.runs import LocalLauncher, Run, Store, open_store
from mnist_core.training.progress import EpochReport, StepReport
from tests.browser.dashboard import Server, screenshot, wait_until_idle

PHONE = {"width": 390, "height": 844}
ROW_HEIGHT = 35
STEPS = 20
ODD_NAME = "**bold** <b>html</b> $x^2$"


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    """The dashboard's store, empty before and after the test."""
    store = open_store(home=server.home)
    yield store
    for run in store.runs():
        store.delete(run.id)
    store.empty_bin()
    store.close()


def begun(store: Store, name: str, **settings: object) -> Run:
    """A run that nobody trains yet."""
    return store.create(TrainConfig(data="sample", epochs=2).changed(settings), name=name, queued=False)


@contextmanager
def training(store: Store, run: Run) -> Iterator[Callable[[int], None]]:
    """Pretend to be the worker that trains `run`; what this gives records that a step was done."""
    with store.locked(run.id):
        store.enqueue(run.id)
        store.start(run.id)
        store.describe(run.id, device="cpu", threads=1, machine="", split_hash="", total_steps=STEPS)

        def report(step: int) -> None:
            loss = 2.3 / step
            point = StepReport(step, 1, step, STEPS, loss, loss, 1e-3, 1.0, 900.0, 9.0, step / STEPS)
            store.record(run.id, steps=[point], seconds=float(step))

        yield report


def finished(store: Store, name: str, **settings: object) -> Run:
    run = begun(store, name, **settings)
    with training(store, run) as report:
        for step in range(1, STEPS + 1):
            report(step)
        for epoch, accuracy in ((1, 0.8), (2, 0.9125)):
            result = EpochReport(epoch, 10 * epoch, 1, 0.5, 1, accuracy, 1, True, np.eye(10, dtype=int), False)
            store.record(run.id, epochs=[result], seconds=2.0)
        store.end(run.id, "finished")
    return store.run(run.id)


def open_runs(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/runs{query}")
    page.locator(".st-key-runs-table canvas").first.wait_for(timeout=30_000)
    wait_until_idle(page)


def mark(page: Page, row: int) -> None:
    """Click the box at the start of a row, counted from 0 as the table stands."""
    box = page.locator(".st-key-runs-table").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 17, box["y"] + ROW_HEIGHT * (row + 1.5))
    page.wait_for_timeout(100)  # the table notices the pointer first, and takes the click then
    page.mouse.down()
    page.wait_for_timeout(50)
    page.mouse.up()


def heading(page: Page, text: str) -> None:
    expect(page.locator("h3")).to_have_text(text, timeout=15_000)


def scroll(page: Page) -> list[float]:
    scrolled: list[float] = page.locator(".st-key-runs-table .dvn-scroller").evaluate(
        "e => [e.scrollLeft, e.scrollTop]"
    )
    return scrolled


@pytest.mark.slow
def test_a_live_table_keeps_choice_place_and_what_is_typed_while_rows_change_and_move(
    server: Server, store: Store, page: Page
) -> None:
    for i in range(20):
        finished(store, f"run {i}")
    live = begun(store, "live")
    with training(store, live) as report:
        report(1)
        open_runs(page, server)
        mark(page, 2)
        heading(page, "run 18")
        page.get_by_label("Note").fill("half a sentence")
        page.locator(".st-key-runs-table .dvn-scroller").evaluate("e => e.scrollTo(40, 100)")
        page.evaluate("window.before = document.querySelector('.st-key-runs-table canvas')")
        for i in range(3):
            finished(store, f"newer {i}")
            report(5 * (i + 1))
            page.wait_for_timeout(2500)
            heading(page, "run 18")
        assert page.evaluate("document.querySelector('.st-key-runs-table canvas') === window.before")
        assert scroll(page) == [40, 100]
        expect(page.get_by_label("Note")).to_have_value("half a sentence")
        store.end(live.id, "finished")
    page.wait_for_timeout(2500)
    heading(page, "run 18")


def test_the_keyboard_reaches_the_table_and_chooses_in_it(server: Server, store: Store, page: Page) -> None:
    finished(store, "below")
    finished(store, "above")
    open_runs(page, server)
    page.get_by_role("textbox", name="Filter").focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    heading(page, "below")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+Space")
    heading(page, "2 runs side by side")


def test_two_runs_lie_over_each_other_in_the_same_colours(server: Server, store: Store, page: Page) -> None:
    finished(store, "slow", learning_rate=0.001)
    finished(store, ODD_NAME, learning_rate=0.01)
    open_runs(page, server)
    mark(page, 1)
    heading(page, "slow")
    mark(page, 0)
    heading(page, "2 runs side by side")
    lines = {}
    for chart in ("losses", "accuracies"):
        plot = f"document.querySelector('.st-key-{chart} .lab-plot')"
        page.wait_for_function(f"{plot}?._fullData?.length === 2", timeout=20_000)
        lines[chart] = page.evaluate(f"{plot}._fullData.map(trace => trace.line.color)")
        expect(page.locator(f".st-key-{chart} .legendtext")).to_have_text(["slow", ODD_NAME])
    assert lines["losses"] == lines["accuracies"]
    assert len(set(lines["losses"])) == 2
    page.get_by_text("Logarithmic loss").click()
    page.wait_for_function("document.querySelector('.st-key-losses .lab-plot')._fullLayout.yaxis.type === 'log'")
    labels = [float(label) for label in page.locator(".st-key-losses .ytick text").all_text_contents()]
    assert labels == sorted(labels), "plotly would call 0.5 just 5, below 1"
    assert len(labels) >= 2
    expect(page.get_by_text("Settings that differ")).to_be_visible()
    screenshot(page, "runs-two-light")


@pytest.mark.usefixtures("piece_by_piece")
def test_two_models_are_compared_and_the_digits_they_differ_on_are_opened(
    server: Server, store: Store, page: Page
) -> None:
    for name, size in (("strong", 3000), ("weak", 300)):
        run = begun(store, name, train_size=size, epochs=1)
        LocalLauncher(store).train_here(run.id)
    open_runs(page, server)
    mark(page, 0)
    heading(page, "weak")
    mark(page, 1)
    heading(page, "2 runs side by side")
    page.get_by_role("button", name="Compare digit by digit").click()
    expect(page.get_by_text("B is better than A")).to_be_visible(timeout=20_000)
    page.get_by_role("radio", name="A right, B wrong").click()
    digit = page.locator('.grid button[title*="A reads"]').first
    digit.scroll_into_view_if_needed()
    screenshot(page, "runs-verdict-light")
    digit.click()
    expect(page.get_by_role("dialog").get_by_text("weak reads")).to_be_visible(timeout=20_000)
    screenshot(page, "runs-verdict-digit-light")


def test_the_filter_is_part_of_the_address(server: Server, store: Store, page: Page) -> None:
    finished(store, "early")
    finished(store, "late")
    open_runs(page, server)
    page.get_by_role("textbox", name="Filter").fill("early")
    page.get_by_role("textbox", name="Filter").press("Enter")
    expect(page).to_have_url(re.compile(r"/runs\?find=early$"))
    expect(page.get_by_text("1 of 2 runs")).to_be_visible()
    open_runs(page, server, "?find=late")
    expect(page.get_by_text("1 of 2 runs")).to_be_visible()
    mark(page, 0)
    heading(page, "late")


def test_a_deleted_run_can_be_had_back_and_the_bin_asks_before_it_is_emptied(
    server: Server, store: Store, page: Page
) -> None:
    run = finished(store, "mine")
    finished(store, "other")
    open_runs(page, server)
    mark(page, 1)
    heading(page, "mine")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Bin:")).to_have_count(0)
    heading(page, "mine")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("Bin: 1 run").click()
    page.get_by_role("button", name="Empty the bin").click()
    screenshot(page, "runs-bin-light")
    assert store.run(run.id).deleted_at
    page.get_by_role("button", name="Remove for good").click()
    expect(page.get_by_text("Bin:")).to_have_count(0)
    assert [each.name for each in store.runs(include_deleted=True)] == ["other"]


def test_a_chosen_run_opens_on_the_train_page(server: Server, store: Store, page: Page) -> None:
    run = finished(store, "mine")
    open_runs(page, server)
    mark(page, 0)
    page.get_by_role("link", name="Open").click()
    expect(page).to_have_url(re.compile(rf"/\?run={run.id}$"))
    heading_of_run = page.locator("h3", has_text="mine")
    expect(heading_of_run.first).to_be_visible(timeout=20_000)


def test_a_phone_shows_one_run_and_two_without_scrolling_sideways(
    server: Server, store: Store, new_page: Callable[..., Page]
) -> None:
    finished(store, "a name that is rather long, as names of runs tend to become after a while")
    finished(store, ODD_NAME, learning_rate=0.01)
    page = new_page(viewport=PHONE, color_scheme="dark")
    open_runs(page, server)
    mark(page, 0)
    heading(page, ODD_NAME)
    screenshot(page, "runs-one-390-dark")
    mark(page, 1)
    heading(page, "2 runs side by side")
    page.wait_for_function("document.querySelector('.st-key-accuracies .lab-plot')?._fullData?.length === 2")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    screenshot(page, "runs-two-390-dark")
