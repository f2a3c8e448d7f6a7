"""The Draw page in a real browser: a digit by mouse and one by finger, read, kept, and found under My digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import FloatRect, Page, expect

from mnist_core.config import TrainConfig
from mnist_core.data.guided import Series
from mnist_core.runs import open_store
from mnist_core.runs.worker import work
from tests.browser.dashboard import Server, screenshot, wait_until_idle

PHONE = {"width": 390, "height": 844}
SEVEN = [(70, 70), (210, 70), (130, 230)]
ONE = [(140, 40), (140, 240)]


@pytest.fixture(scope="module", autouse=True)
def trained(server: Server) -> None:
    store = open_store(home=server.home)
    work(store, store.create(TrainConfig(data="sample", epochs=3), name="mine").id)
    store.close()


def open_draw(page: Page, server: Server) -> FloatRect:
    """The page with an empty sheet, and where the sheet is."""
    page.goto(f"{server.url}/draw")
    expect(page.get_by_text("Draw a digit first")).to_be_visible(timeout=30_000)
    return sheet_of(page)


def sheet_of(page: Page) -> FloatRect:
    sheet = page.locator("canvas.upper-canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box
    return box


def draw(page: Page, sheet: FloatRect, points: Sequence[tuple[int, int]]) -> None:
    (x, y), *rest = [(sheet["x"] + x, sheet["y"] + y) for x, y in points]
    page.mouse.move(x, y)
    page.mouse.down()
    for to in rest:
        page.mouse.move(*to, steps=8)
    page.mouse.up()


def test_a_digit_drawn_with_the_mouse_is_read_kept_and_found_under_my_digits(server: Server, page: Page) -> None:
    sheet = open_draw(page, server)
    draw(page, sheet, SEVEN)
    bars = page.locator(".lab-answer .share")
    expect(bars).to_have_count(10, timeout=30_000)
    seen = page.get_by_alt_text("The drawing as 28 x 28 pixels")
    whole = seen.get_attribute("src")
    page.get_by_text("Eraser").click()
    wait_until_idle(page)
    draw(page, sheet_of(page), [(130, 200), (130, 235)])
    expect(seen).not_to_have_attribute("src", whole or "")
    expect(bars).to_have_count(10)
    assert sum(float(text.removesuffix(" %")) for text in bars.all_inner_texts()) == pytest.approx(100, abs=0.6)
    wait_until_idle(page)
    # Nothing lies under the canvas's own buttons.
    tools = page.locator("button[aria-label='Undo']").bounding_box()
    slider = page.locator(".st-key-pen").bounding_box()
    assert tools and slider and tools["y"] >= slider["y"] + slider["height"]
    screenshot(page, "draw-light")
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(page.locator(".lab-answer")).to_be_visible()
    page.locator(".st-key-is-7").get_by_role("button").click()
    expect(page.get_by_text(re.compile("Kept as a 7: digit 1 of your own"))).to_be_visible()
    page.get_by_role("link", name="My digits").last.click()
    mine = page.locator('.grid button[title="7, number 1, to learn from"]')
    expect(mine).to_be_visible()
    mine.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2).last).to_contain_text("number 1")
    expect(dialog.get_by_role("img", name="The pen's way: 1 stroke")).to_be_visible()
    wait_until_idle(page)
    screenshot(page, "own-digit-light")


def test_drawings_on_request_are_kept_one_by_one_with_the_enter_key(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/handwriting")
    page.get_by_role("button", name="Start").click()
    asked = [f"Draw a {digit}" for digit in Series(1, {}).asked[:3]]
    for number in (1, 2):
        expect(page.get_by_text(f"Drawing {number} of 30")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("heading", name=asked[number - 1])).to_be_visible()
        wait_until_idle(page)
        expect(page.get_by_role("button", name="Next")).to_be_disabled()
        draw(page, sheet_of(page), SEVEN)
        expect(page.get_by_role("button", name="Next")).to_be_enabled()
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=asked[2])).to_be_visible()
    screenshot(page, "handwriting-light")
    page.reload()
    expect(page.get_by_role("heading", name=asked[2])).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="One back").click()
    expect(page.get_by_role("heading", name=asked[1])).to_be_visible()


def test_a_finger_draws_on_a_phone_and_the_page_stays_where_it_is(
    server: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
    sheet = open_draw(page, server)
    finger = page.context.new_cdp_session(page)
    before = page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    points = [(140, 40 + 10 * i) for i in range(21)]
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * 20], points, strict=True):
        place = [{"x": sheet["x"] + x, "y": sheet["y"] + y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": place})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".lab-answer .read")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == before
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    wait_until_idle(page)
    seen = page.get_by_alt_text("The drawing as 28 x 28 pixels")
    one = seen.get_attribute("src")
    box = sheet_of(page)
    page.touchscreen.tap(box["x"] + 250, box["y"] + 250)
    expect(seen).not_to_have_attribute("src", one or "")
    for _ in range(2):
        page.get_by_role("button", name="Undo stroke").click()
        expect(seen).to_have_attribute("src", one or "")
        wait_until_idle(page)
        page.touchscreen.tap(box["x"] + 250, box["y"] + 250)
        expect(seen).not_to_have_attribute("src", one or "")
    wait_until_idle(page)
    page.locator(".lab-answer").scroll_into_view_if_needed()
    screenshot(page, "draw-390-dark")
