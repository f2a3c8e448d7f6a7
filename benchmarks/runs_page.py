"""How long a person waits for the list of runs, in a real browser, when there are many.

    python -m benchmarks.runs_page [--rounds 7] [--runs 10000]

Times run from the click on "Runs" in the menu to the table's first rows, Streamlit and the browser included; Chromium and the
server share the processor. A list of one run tells what the page costs by itself; the first visit of each list, when
the server has not read it yet, is told apart.
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import insert

from benchmarks.browse_page import chromium, seconds, server, wait_until_idle
from benchmarks.measure import machine, summary
from mnist_core.config import TrainConfig
from mnist_core.runs import open_store, schema

# The table is a canvas; this is what a person who hears the page is told of its rows.
FIRST_ROWS = '.st-key-runs-table [role="gridcell"]'


def fill(home: Path, count: int) -> None:
    """Record so many more finished runs, no two of them with the same settings."""
    store = open_store(home=home)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for i, (seed, rate) in enumerate(itertools.product(range(-(-count // 20)), range(1, 21))):
        at = began + timedelta(minutes=i)
        config = TrainConfig(recipe="mlp-128-64", seed=seed, learning_rate=rate / 1e4)
        rows.append(
            {
                "id": f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
                "name": f"rate {rate}, seed {seed}",
                "tags": '["grid"]',
                "config": config.model_dump_json(),
                "fact": "finished",
                "turn": i,
                "created_at": at,
                "seconds": 5.0,
                "epoch": 5,
                "step": 4_300,
                "total_steps": 4_300,
                "best_epoch": 4,
                "best_val_accuracy": 0.97,
            }
        )
    with store._engine.begin() as database:
        database.execute(insert(schema.run), rows[:count])
    for _ in range(2):
        started = time.perf_counter()
        found = len(store.runs())
        print(f"store.runs() of {found:,} runs: {time.perf_counter() - started:.2f} s")
    store.close()


def visited(page: Page) -> float:
    """From the click on the page's name to its first rows."""
    rows = page.locator(FIRST_ROWS).first
    took = seconds(page.get_by_role("link", name="Runs", exact=True).click, lambda: rows.wait_for(state="attached"))
    wait_until_idle(page)
    page.get_by_role("link", name="Get data").click()
    page.get_by_role("heading", name="Get data").wait_for()
    wait_until_idle(page)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=10_000)
    arguments = parser.parse_args()
    print(machine())
    with server() as (address, process), sync_playwright() as playwright:
        home = Path(process.environ()["MNIST_HOME"])
        browser = chromium(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/overview")
        page.get_by_role("link", name="Runs", exact=True).wait_for(timeout=60_000)
        wait_until_idle(page)
        for count in (1, arguments.runs - 1):
            fill(home, count)
            print(f"first visit: {visited(page):.2f} s")
            print(f"later visits, s: {summary([visited(page) for _ in range(arguments.rounds)])}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
