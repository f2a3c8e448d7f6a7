"""How long a person waits on the page Train, from its address to its first point, with a server and a browser just started.

    python -m benchmarks.train_page [--rounds 5] [--recipe mlp-128-64]

Each measurement has a server, a home and a headless Chromium of its own, which share the processor with the run, and the
recipes take turns. Start is pressed as soon as it is there, before a worker can have been waiting.

- title: from the page's address to its title;
- start: from there to its button Start;
- point: from pressing Start to the first point of the loss on the chart.

Needs MNIST itself (MNIST_DATA).
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from benchmarks.browse_page import chromium, server
from benchmarks.measure import Measurement, Row, in_turns, keep, parser
from benchmarks.watched_run import FIRST_POINT
from mnist_core.runs import open_store

RECIPES = ("mlp-128-64", "quick-cnn", "cnn-32-64")
POLL_MS = 50


def measure(playwright: Playwright, recipe_name: str) -> Measurement:
    browser = chromium(playwright)
    with server() as (address, process):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        began = time.perf_counter()
        page.goto(f"{address}/?recipe={recipe_name}")
        page.get_by_role("heading", level=1).wait_for()
        titled = time.perf_counter()
        start = page.get_by_role("button", name="Start training")
        start.wait_for()
        pressed = time.perf_counter()
        start.click()
        page.wait_for_function(FIRST_POINT, timeout=60_000, polling=POLL_MS)
        drawn = time.perf_counter()
        store = open_store(home=Path(process.environ()["MNIST_HOME"]))
        (run,) = store.runs()
        store.request_stop(run.id)
        while store.run(run.id).is_alive:
            time.sleep(0.1)
        browser.close()
    return {"title": titled - began, "start": pressed - titled, "point": drawn - pressed}


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--recipe", action="append", choices=RECIPES, help="by default all three")
    chosen = arguments.parse_args()
    with sync_playwright() as playwright:
        contenders = {name: partial(measure, playwright, name) for name in chosen.recipe or RECIPES}
        results = in_turns(contenders, chosen.rounds)
    started = "server and Chromium just started"
    title, start = (tuple(each[key] for rounds in results.values() for each in rounds) for key in ("title", "start"))
    rows = [
        Row(f"page Train from its address to its title, {started}", title, "s"),
        Row(f"page Train from its title to its button Start, {started}", start, "s"),
        *(
            Row(
                f"`{name}`, Start pressed to the first point on the chart, {started}",
                tuple(each["point"] for each in rounds),
                "s",
            )
            for name, rounds in results.items()
        ),
    ]
    keep("train_page", rows, "python -m benchmarks.train_page", "streamlit")


if __name__ == "__main__":
    main()
