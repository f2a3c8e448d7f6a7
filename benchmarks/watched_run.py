"""How much slower a run gets while somebody watches it: the same run with one browser tab on its page, and with none.

    python -m benchmarks.watched_run [--rounds 5] [--recipe mlp-128-64]

A dashboard runs all the time, and trains each run in a worker process as always. Watched and unwatched runs take turns. The
tab is one of headless Chromium, which draws without a graphics card on the same processor; the pace comes from the run's own
records, of the epochs that begin after its first point is on the screen (or in the store, where nobody watches). Both have
the threads that the lab chooses on an idle machine, so that a pair differs in nothing but the tab.
What watching costs apart from the browser is the processor time of the server, its workers not included.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browse_page import chromium, server
from benchmarks.measure import Measurement, Row, in_turns, keep, parser, ratios, show
from mnist_core.models import recipe
from mnist_core.runs import Store, open_store
from mnist_core.training.plan import plan

# About half a minute each on two cores: in the first seconds a browser still compiles what it has just loaded.
EPOCHS = {"mlp-128-64": 40, "cnn-32-64": 8}
THREADS = {"mlp-128-64": 1, "cnn-32-64": 2}
POLL_SECONDS = 0.2
FIRST_POINT = "document.querySelector('.st-key-loss .lab-plot')?._fullData?.[0]?.x?.length > 0"


@dataclass(frozen=True)
class Place:
    """Where runs are trained and watched."""

    address: str
    server: psutil.Process
    store: Store
    browser: Browser

    def browser_processes(self) -> list[psutil.Process]:
        """Chromium's, and Playwright's that tells it what to do."""
        others = [self.server, *self.server.children(recursive=True)]
        return [each for each in psutil.Process().children(recursive=True) if each not in others]


@contextmanager
def place() -> Iterator[Place]:
    with server() as (address, process), sync_playwright() as playwright:
        browser = chromium(playwright)
        yield Place(address, process, open_store(home=Path(process.environ()["MNIST_HOME"])), browser)
        browser.close()


def measure(where: Place, recipe_name: str, watched: bool) -> Measurement:
    settings = {"data": "mnist", "epochs": EPOCHS[recipe_name], "threads": THREADS[recipe_name]}
    config = recipe(recipe_name).config.changed(settings)
    run_id = where.store.create(config).id
    page = opened(where, run_id) if watched else None
    while not where.store.run(run_id).step:
        time.sleep(POLL_SECONDS)
    begun = where.store.run(run_id).epoch
    processes = where.browser_processes()
    began, server_before, browser_before = time.perf_counter(), used([where.server]), used(processes)
    while where.store.run(run_id).is_alive:
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - began
    shares = {
        "server": 100 * more(server_before, used([where.server])) / seconds,
        "browser": 100 * more(browser_before, used(processes)) / seconds,
    }
    if page:
        page.close()
    counted = [row.seconds for row in where.store.epochs(run_id) if row.epoch > begun]
    return {"images_per_second": len(counted) * plan(config).train_count / sum(counted), **shares}


def opened(where: Place, run_id: str) -> Page:
    """A tab on the run's page, with the first point of its curve drawn."""
    page = where.browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{where.address}/?run={run_id}")
    page.wait_for_function(FIRST_POINT, timeout=60_000)
    return page


def used(processes: list[psutil.Process]) -> dict[int, float]:
    """Seconds of processor time that each of them has used itself, by its number; those that have ended are left out."""
    seconds = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            seconds[process.pid] = sum(process.cpu_times()[:2])
    return seconds


def more(before: dict[int, float], after: dict[int, float]) -> float:
    """What those that are still there have used in between."""
    return sum(seconds - before[number] for number, seconds in after.items())


def rows_of(where: Place, recipe_name: str, rounds: int) -> list[Row]:
    contenders = {
        "watched": partial(measure, where, recipe_name, True),
        "not watched": partial(measure, where, recipe_name, False),
    }
    results = in_turns(contenders, rounds)
    show(recipe_name, results, ("images_per_second", "server", "browser"))
    pace = ratios(results["watched"], results["not watched"], "images_per_second")
    of_server, of_browser = (tuple(each[key] for each in results["watched"]) for key in ("server", "browser"))
    return [
        Row(f"pictures a second of `{recipe_name}`, watched by a browser tab / not watched", pace),
        Row(f"processor time of the server while one tab watches `{recipe_name}`, % of a core", of_server),
        Row(f"processor time of headless Chromium while it shows `{recipe_name}`, % of a core", of_browser),
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--recipe", action="append", choices=EPOCHS, help="by default both")
    chosen = arguments.parse_args()
    with place() as where:
        rows = [row for name in chosen.recipe or EPOCHS for row in rows_of(where, name, chosen.rounds)]
    keep("watched_run", rows, "python -m benchmarks.watched_run", "streamlit")


if __name__ == "__main__":
    main()
