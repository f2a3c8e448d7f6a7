"""The Browse page in a real browser: filter, click, arrow keys, deep link, speed, and a phone in the dark."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.dashboard import Server, screenshot, wait_until_idle

PHONE = {"width": 390, "height": 844}


def digits(page: Page, title: str = ", ") -> Locator:
    return page.locator(f'.grid button[title*="{title}"]')


def open_browse(page: Page, server: Server, link: str = "") -> None:
    page.goto(f"{server.url}/browse?data=Bundled+sample+of+MNIST{link}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Browse")
    expect(digits(page).first).to_be_visible(timeout=30_000)


def test_filters_change_the_grid_and_the_address_and_the_address_gives_the_same_grid_again(
    server: Server, page: Page, new_page: Callable[..., Page]
) -> None:
    open_browse(page, server)
    expect(digits(page)).to_have_count(200)
    page.get_by_text("test", exact=True).click()
    page.get_by_role("button", name="7", exact=True).click()
    expect(page.get_by_text(re.compile("^50 of 5,000 digits"))).to_be_visible()
    expect(digits(page, "7, test")).to_have_count(50)
    expect(page).to_have_url(re.compile("part=test"))
    other = new_page()
    other.goto(page.url)
    expect(digits(other, "7, test")).to_have_count(50, timeout=30_000)
    titles = "buttons => buttons.map(button => button.title)"
    assert digits(other).evaluate_all(titles) == digits(page).evaluate_all(titles)
    assert "default value" not in server.log.read_text()


def test_a_click_opens_the_digit_and_the_buttons_walk_along_the_list(server: Server, page: Page) -> None:
    open_browse(page, server)
    title = digits(page).nth(21).get_attribute("title")
    began = time.perf_counter()
    digits(page).nth(21).click()
    dialog = page.get_by_role("dialog")
    name, place = title.split(", ")
    expect(dialog.get_by_role("heading", level=2).last).to_contain_text(f"{name} {place.split(' ')[0]}, index")
    print(f"\nclick to digit: {time.perf_counter() - began:.2f} s")
    expect(dialog.locator(".lab-strip figure")).to_have_count(10)
    address = page.url
    screenshot(page, "browse-digit-light")
    dialog.get_by_role("button", name="After").click()
    expect(page).not_to_have_url(address)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    # Back to the very first digit of all.
    first = digits(page).first.get_attribute("title").split(" ")[-1]
    digits(page).nth(1).click()
    dialog.get_by_role("button", name="Before").click()
    expect(dialog.get_by_role("heading", level=2).last).to_contain_text(f"index {int(first):,}")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("digit="))


def test_the_arrow_keys_walk_through_the_grid_and_enter_opens(server: Server, page: Page) -> None:
    open_browse(page, server)
    digits(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    across = page.evaluate("Math.round(document.activeElement.shadowRoot?.activeElement.dataset.i ?? -1)")
    title = page.evaluate("(document.activeElement.shadowRoot?.activeElement ?? document.activeElement).title")
    assert across > 10
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("heading", level=2).last).to_contain_text(title.split(", ")[0])


@pytest.mark.parametrize(("scheme", "viewport"), [("dark", PHONE), ("light", {"width": 1280, "height": 900})])
def test_a_link_to_a_digit_opens_it_on_a_first_visit(
    server: Server, new_page: Callable[..., Page], scheme: str, viewport: dict[str, int]
) -> None:
    page = new_page(color_scheme=scheme, viewport=viewport)
    open_browse(page, server, "&part=validation&per_page=400")
    expect(digits(page)).to_have_count(400)
    title = digits(page).nth(3).get_attribute("title")
    index = title.split(" ")[-1]
    page.goto(f"{server.url}/browse?data=Bundled+sample+of+MNIST&digit=validation-{index}")
    heading = page.get_by_role("dialog").get_by_role("heading", level=2).last
    expect(heading).to_contain_text(f"{title[0]} validation, index", timeout=30_000)
    wait_until_idle(page)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    screenshot(page, f"browse-digit-{viewport['width']}-{scheme}")
