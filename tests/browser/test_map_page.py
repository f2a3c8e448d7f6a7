"""The Map page in a real browser: a picture at the pointer, a line around points opens their digits, in both themes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from playwright.sync_api import Page, expect

from mnist_core.data import load
from mnist_core.data.catalogue import Catalogue
from mnist_core.evaluation.digit_map import mapped_rows
from mnist_core.evaluation.embedding import embed, inside
from tests.browser.dashboard import Server, screenshot, wait_until_idle

# Where a place of the map is on the screen.
ON_SCREEN = """place => {
  const chart = document.querySelector('.lab-plot'), { xaxis, yaxis } = chart._fullLayout;
  const { left, top } = chart.getBoundingClientRect();
  return [left + xaxis._offset + xaxis.d2p(place[0]), top + yaxis._offset + yaxis.d2p(place[1])];
}"""
PICTURE = """() => {
  const canvas = document.querySelector('.lab-plot-card canvas');
  return Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0);
}"""


def open_map(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/map?data=Bundled+sample+of+MNIST")
    page.locator(".lab-plot .main-svg").first.wait_for(timeout=30_000)
    page.wait_for_function("document.querySelector('.lab-plot')._fullData.length === 10")
    wait_until_idle(page)


def test_the_pointer_shows_a_digit_and_a_line_around_some_opens_them_in_the_grid_in_both_themes(
    server: Server, page: Page, new_page: Callable[..., Page]
) -> None:
    catalogue = Catalogue(load("sample"))
    rows = mapped_rows(catalogue)
    images = catalogue.images(rows)
    places = embed(images.reshape(len(images), -1).astype(np.float32) / np.float32(255), "pca")
    open_map(page, server)

    # The rightmost digit that is drawn has no other one near it.
    drawn = page.evaluate(
        "document.querySelector('.lab-plot')._fullData.flatMap(trace => Array.from(trace.customdata))"
    )
    position = max(drawn, key=lambda each: places[each, 0])
    x, y = page.evaluate(ON_SCREEN, places[position].tolist())
    page.mouse.move(x - 1, y)
    page.mouse.move(x, y)
    card = page.locator(".lab-plot-card")
    expect(card).to_have_text(
        f"{catalogue.label[rows[position]]}, {catalogue.split_of(rows[position])} {catalogue.index[rows[position]]}"
    )
    page.wait_for_function(f"({PICTURE})().some(value => value > 0)")
    assert page.evaluate(PICTURE) == images[position].reshape(-1).tolist()
    screenshot(page, "map-hover-light")

    ring = [(4 + 1.2 * math.cos(turn / 10), 1.2 * math.sin(turn / 10)) for turn in range(63)]
    corners = [page.evaluate(ON_SCREEN, corner) for corner in ring]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner)
    page.mouse.up()
    titles = page.locator('.grid button[title*=", "]')
    expect(titles.first).to_be_visible()
    shown = titles.evaluate_all("buttons => buttons.map(button => button.title)")
    names = [f"{catalogue.label[row]}, {catalogue.split_of(row)} {catalogue.index[row]}" for row in rows]
    # Hand and screen are only so exact: what is well inside must be there, and nothing that is well outside.
    distance = np.hypot(places[:, 0] - 4, places[:, 1])
    assert inside(places, ring)[distance < 1.15].all()
    assert {names[i] for i in np.flatnonzero(distance < 1.15)} <= set(shown)
    assert set(shown) <= {names[i] for i in np.flatnonzero(distance < 1.25)}
    assert 100 < len(shown) < 400

    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.querySelector('.lab-plot')._fullLayout.paper_bgcolor !== '#ffffff'")
    assert page.evaluate(
        "document.querySelector('.lab-plot')._fullData.some(trace => trace.selectedpoints?.length > 5)"
    )
    expect(titles).to_have_count(len(shown))
    screenshot(page, "map-chosen-dark")
    titles.nth(3).click()
    expect(page.get_by_role("dialog").get_by_role("heading", level=2).last).to_contain_text(shown[3][0])


def test_on_a_phone_the_arrow_keys_choose_digits_and_the_selection_can_be_taken_back(
    server: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark")
    open_map(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".st-key-up").get_by_role("slider").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", level=3)).to_contain_text("digits chosen, here the first 400")
    wait_until_idle(page)
    screenshot(page, "map-390-dark")
    page.get_by_role("button", name="Clear the selection").click()
    expect(page.get_by_text("Draw a line around some points")).to_be_visible()
    expect(page.locator(".grid button")).to_have_count(0)
