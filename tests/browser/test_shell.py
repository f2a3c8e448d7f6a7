"""The shell in a real browser: the menu, the server's own routes, and charts that keep their zoom while they grow."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.dashboard import HERE, Serve, Server, screenshot, wait_until_idle

# address -> name in the menu
PAGES = {
    "": "Train",
    "runs": "Runs",
    "evaluate": "Evaluate",
    "draw": "Draw",
    "photo": "Photo",
    "browse": "Browse",
    "overview": "Overview",
    "map": "Map",
    "steps": "From file to network",
    "own": "My digits",
    "data": "Get data",
}
PHONE = {"width": 390, "height": 844}


def answer_of(url: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read(), dict(answer.headers)


def test_a_deep_link_that_is_the_first_visit_to_a_fresh_server_shows_its_page_and_no_dialog(
    serve: Serve, page: Page
) -> None:
    with serve() as server:
        page.goto(f"{server.url}/runs")
        expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
        expect(page.get_by_role("link", name="Get data")).to_be_visible()
        wait_until_idle(page)
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.close()


def test_every_page_opens_from_the_menu_without_errors_or_requests_to_other_hosts(server: Server, page: Page) -> None:
    page.goto(server.url)
    for address, name in PAGES.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(re.escape(f"{server.url}/{address}") + r"(\?run=default)?$"))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wait_until_idle(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        screenshot(page, f"shell-{address or 'train'}-light")
    expect(page).to_have_title("The digit lab")


@pytest.mark.slow
def test_every_page_opens_from_its_address_on_a_phone_in_dark_colours(
    server: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport=PHONE, color_scheme="dark")
    for address in PAGES:
        page.goto(f"{server.url}/{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wait_until_idle(page)
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        screenshot(page, f"shell-{address or 'train'}-390-dark")


def test_the_server_says_that_it_is_well(server: Server) -> None:
    body, _ = answer_of(f"{server.url}/health")
    assert json.loads(body) == {"status": "ok", "version": "0.1.0"}


def test_the_chart_library_comes_from_our_own_server_and_may_be_kept_for_good(server: Server) -> None:
    body, headers = answer_of(f"{server.url}/lab/plotly.min.js")
    assert b"plotly.js" in body[:200]
    assert "immutable" in headers["cache-control"]
    assert headers["etag"]


def test_the_first_paint_is_measured(serve: Serve, page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    with serve() as server:
        started = time.perf_counter()
        page.goto(server.url)
        page.get_by_role("heading", level=1).wait_for()
        cold = time.perf_counter() - started
        started = time.perf_counter()
        page.reload()
        page.get_by_role("heading", level=1).wait_for()
        warm = time.perf_counter() - started
        wait_until_idle(page)
        page.close()  # before the server goes, which an open page would report as an error
    with capsys.disabled():
        print(f"\nfirst paint: {cold:.2f} s on a cold server and browser, {warm:.2f} s after a reload")


@pytest.fixture(scope="module")
def plots(serve: Serve) -> Iterator[Server]:
    with serve(HERE / "pages_for_tests" / "app.py") as server:
        yield server


def curves_of(page: Page, script: str) -> Any:
    """What a piece of JavaScript says about the live chart, there called `chart`."""
    return page.evaluate(f"(() => {{ const chart = document.querySelector('.lab-plot'); return {script}; }})()")


def open_plots(page: Page, server: Server) -> dict[str, float]:
    """Open the live charts and give the place of the first one's drawing area."""
    page.goto(server.url)
    page.locator(".lab-plot .main-svg").first.wait_for(timeout=30_000)
    wait_for_ticks(page, 1)
    area = page.locator(".lab-plot .nsewdrag").first.bounding_box()
    assert area is not None
    return dict(area)


def wait_for_ticks(page: Page, count: int) -> None:
    """Wait until `count` more updates have arrived."""
    caption = page.get_by_text(re.compile(r"^Tick \d+$"))
    now = int(caption.inner_text().split()[1])
    page.wait_for_function(
        "wanted => [...document.querySelectorAll('p')].some(p => p.innerText.startsWith('Tick ') &&"
        " Number(p.innerText.slice(5)) >= wanted)",
        arg=now + count,
        timeout=30_000,
    )


def drag(page: Page, area: dict[str, float], start: float, end: float, seconds: float = 0.2) -> None:
    """Drag from one share of the drawing area's width to another."""
    height = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + start * area["width"], height)
    page.mouse.down()
    for part in range(1, 11):
        page.mouse.move(area["x"] + (start + (end - start) * part / 10) * area["width"], height)
        page.wait_for_timeout(seconds * 100)
    page.mouse.up()


def test_zoom_survives_live_updates_and_a_double_click_ends_it(plots: Server, page: Page) -> None:
    area = open_plots(page, plots)
    page.evaluate("window.before = document.querySelector('.lab-plot .main-svg')")
    drag(page, area, 0.3, 0.6)
    page.wait_for_function("document.querySelector('.lab-plot').layout.xaxis.autorange === false")
    zoomed = curves_of(page, "chart.layout.xaxis.range")
    points = curves_of(page, "chart._fullData[0].x[999]")

    wait_for_ticks(page, 3)

    assert curves_of(page, "chart.layout.xaxis.range") == zoomed
    assert curves_of(page, "chart._fullData[0].x[999]") > points  # the data did change below the zoom
    assert curves_of(page, "chart.querySelector('.main-svg') === window.before")
    page.mouse.dblclick(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    page.wait_for_function("document.querySelector('.lab-plot').layout.xaxis.autorange === true")


@pytest.mark.slow
def test_zoom_on_a_planned_axis_survives_updates_also_where_the_chart_was_drawn_twice_in_between(
    plots: Server, page: Page
) -> None:
    open_plots(page, plots)
    chart = page.locator(".st-key-planned .lab-plot")
    chart.locator(".main-svg").first.wait_for(timeout=30_000)
    chart.scroll_into_view_if_needed()
    drag(page, chart.locator(".nsewdrag").bounding_box(), 0.3, 0.6)
    range_of = "document.querySelector('.st-key-planned .lab-plot').layout.xaxis.range"
    page.wait_for_function(f"{range_of}[1] - {range_of}[0] < 500")
    zoomed = page.evaluate(range_of)
    wait_for_ticks(page, 1)
    for width in (1240, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)
    wait_for_ticks(page, 2)
    assert page.evaluate(range_of) == zoomed


def test_the_logarithmic_switch_leaves_the_zoom_in_the_other_direction_alone(plots: Server, page: Page) -> None:
    area = open_plots(page, plots)
    drag(page, area, 0.3, 0.6)
    page.wait_for_function("document.querySelector('.lab-plot').layout.xaxis.autorange === false")
    zoomed = curves_of(page, "chart.layout.xaxis.range")
    page.get_by_text("Logarithmic").click()
    page.wait_for_function("document.querySelector('.lab-plot')._fullLayout.yaxis.type === 'log'")
    assert curves_of(page, "chart.layout.xaxis.range") == zoomed
    assert curves_of(page, "10 ** chart._fullLayout.yaxis.range[1]") == pytest.approx(2.5, abs=1)


@pytest.mark.slow
def test_an_update_in_the_middle_of_a_slow_drag_does_not_tear_the_zoom_box(plots: Server, page: Page) -> None:
    area = open_plots(page, plots)
    first, last = curves_of(page, "chart.layout.xaxis.range")
    drag(page, area, 0.25, 0.75, seconds=2.5)
    page.wait_for_function("document.querySelector('.lab-plot').layout.xaxis.autorange === false")
    left, right = curves_of(page, "chart.layout.xaxis.range")
    assert (right - left) == pytest.approx((last - first) / 2, rel=0.02)


@pytest.mark.slow
def test_an_update_of_two_thousand_points_is_small(plots: Server, page: Page) -> None:
    sizes: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    open_plots(page, plots)
    wait_for_ticks(page, 1)
    sizes.clear()
    wait_for_ticks(page, 3)
    assert sum(sizes) / 3 < 30_000


def test_a_click_on_a_heatmap_cell_reaches_the_page(plots: Server, page: Page) -> None:
    open_plots(page, plots)
    cells = page.locator(".lab-plot").nth(1).locator(".nsewdrag").bounding_box()
    assert cells is not None
    page.mouse.click(cells["x"] + 0.35 * cells["width"], cells["y"] + 0.75 * cells["height"])
    expect(page.get_by_text("Clicked:")).to_contain_text("Click(x=3, y=7, z=1, customdata=[7, 3], trace=0)")


A_CARD = """
for (const kind of [WebGLRenderingContext, WebGL2RenderingContext]) {
  const genuine = kind.prototype.getParameter;
  const name = new Set([kind.RENDERER, 0x9246]); // UNMASKED_RENDERER_WEBGL
  kind.prototype.getParameter = function (what) { return name.has(what) ? "A card" : genuine.call(this, what); };
}
"""


@pytest.mark.parametrize("has_card", [False, True])
def test_thousands_of_points_are_drawn_by_the_graphics_card_or_else_thinned(
    plots: Server, page: Page, has_card: bool
) -> None:
    if has_card:
        page.add_init_script(A_CARD)
    open_plots(page, plots)
    page.wait_for_function("document.querySelectorAll('.lab-plot')[2]?._fullData?.length === 2")
    trace = page.evaluate(
        "(({ type, x, customdata, selectedpoints }) => ({ type, n: x.length, positions: Array.from(customdata).slice(0, 3),"
        " selectedpoints }))(document.querySelectorAll('.lab-plot')[2]._fullData[1])"
    )
    if has_card:
        assert trace == {"type": "scattergl", "n": 3000, "positions": [0, 1, 2], "selectedpoints": [0, 1, 2, 3, 6]}
    else:
        assert trace == {"type": "scatter", "n": 1000, "positions": [0, 3, 6], "selectedpoints": [0, 1, 2]}


@pytest.mark.slow
def test_an_outline_reaches_the_page_once_without_what_the_legend_hides_and_a_double_click_takes_it_back(
    plots: Server, page: Page
) -> None:
    open_plots(page, plots)
    cloud = page.locator(".lab-plot").nth(2)
    cloud.locator(".legendtoggle").first.click()
    page.wait_for_function("document.querySelectorAll('.lab-plot')[2]?._fullData[0].visible === 'legendonly'")
    cloud.locator('.modebar-btn[data-val="select"]').click()
    area = cloud.locator(".nsewdrag").bounding_box()
    assert area is not None
    drag(page, area, 0.3, 0.6)
    said = page.get_by_text("Outlines: ")
    expect(said).to_contain_text("traces=(1,)")
    text = said.inner_text()
    assert text.count("Outline(") == 1
    corners = [float(number) for number in re.findall(r"-?\d+\.\d+", text)]
    left, right = page.evaluate("document.querySelectorAll('.lab-plot')[2]._fullLayout.xaxis.range")
    assert sorted(set(corners[::2])) == pytest.approx([left + part * (right - left) for part in (0.3, 0.6)], abs=0.02)
    page.wait_for_timeout(500)  # plotly takes two quick presses for a double click
    page.mouse.dblclick(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    expect(said).to_contain_text(", None]")


def test_what_is_drawn_every_second_neither_fades_nor_glides_in_between(plots: Server, page: Page) -> None:
    open_plots(page, plots)
    page.evaluate(
        """() => {
            window.moved = new Set();
            const look = () => {
                for (const { effect } of document.getAnimations()) {
                    if (effect.target.closest(".stMain")) window.moved.add(effect.target.className);
                }
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    wait_for_ticks(page, 3)
    assert page.evaluate("[...window.moved]") == []


def test_a_live_chart_out_of_sight_is_drawn_when_it_is_scrolled_to(plots: Server, page: Page) -> None:
    open_plots(page, plots)
    points = "document.querySelector('.st-key-planned .lab-plot')?._fullData?.[0].x.length ?? 0"
    page.wait_for_function(f"{points} > 0")
    drawn = page.evaluate(points)
    wait_for_ticks(page, 3)
    assert page.evaluate(points) == drawn
    page.locator(".st-key-planned").scroll_into_view_if_needed()
    page.wait_for_function(f"{points} >= {drawn} + 3")


def test_a_chart_follows_the_theme_and_the_width_of_the_window(plots: Server, page: Page) -> None:
    open_plots(page, plots)
    screenshot(page, "plots-light")
    light = curves_of(page, "[chart._fullLayout.paper_bgcolor, chart._fullLayout.font.color]")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "light => document.querySelector('.lab-plot')._fullLayout.paper_bgcolor !== light", arg=light[0]
    )
    assert curves_of(page, "chart._fullLayout.font.color") != light[1]
    screenshot(page, "plots-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('.lab-plot')._fullLayout.width < 390")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    screenshot(page, "plots-390-dark")


def test_a_chart_speaks_to_people_who_cannot_see_it(plots: Server, page: Page) -> None:
    open_plots(page, plots)
    expect(page.get_by_role("img", name=re.compile(r"^Loss over \d+ steps"))).to_be_visible()
    expect(page.get_by_role("img", name="Confusion of ten digits")).to_be_visible()


@pytest.mark.slow
def test_a_hover_label_stays_while_the_chart_is_redrawn(plots: Server, page: Page) -> None:
    area = open_plots(page, plots)
    page.mouse.move(area["x"] + 0.5 * area["width"], area["y"] + 0.5 * area["height"], steps=5)
    page.wait_for_function("document.querySelector('.lab-plot .hoverlayer').childElementCount > 0")
    wait_for_ticks(page, 2)
    page.wait_for_timeout(200)
    assert curves_of(page, "chart.querySelector('.hoverlayer').childElementCount") > 0


def test_without_its_library_a_chart_says_what_to_do(plots: Server, browser: Browser) -> None:
    page = browser.new_page()  # not the fixture's, which would complain about the error that is wanted here
    page.route("**/lab/plotly.min.js*", lambda route: route.fulfill(status=500))
    page.goto(plots.url)
    expect(page.locator(".lab-plot").first).to_contain_text("Reload the page")
    page.close()
