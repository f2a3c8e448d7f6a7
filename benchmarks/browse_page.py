"""How long a person waits on the Browse page, in a real browser, and how much memory the server needs for it.

    python -m benchmarks.browse_page [--rounds 7] [--data "MNIST"]

Times run from a click to what it asked for on the screen, Streamlit and the browser included; Chromium and the server share
the processor. The first round of each is a warm-up and does not count.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote_plus

import psutil
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from benchmarks.measure import machine, summary
from mnist_core import places

ROOT = Path(__file__).resolve().parents[1]
DIGITS = '.grid button[title*=", "]'
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@contextmanager
def server() -> Iterator[tuple[str, psutil.Process]]:
    """A dashboard with a home of its own: its address and its process."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as home:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = os.environ | {"MNIST_HOME": home, "MNIST_DATA": str(places.data_folder())}
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        process = subprocess.Popen(
            [*command, f"--server.port={port}"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()


def chromium(playwright: Playwright) -> Browser:
    """A headless Chromium: the program that CHROMIUM names, or Debian's."""
    return playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
    )


def seconds(act: Callable[[], None], until: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    until()
    return time.perf_counter() - began


def measured(title: str, rounds: int, once: Callable[[], float]) -> None:
    once()
    print(f"{title}\n  s: {summary([once() for _ in range(rounds)])}", flush=True)


def wait_until_idle(page: Page) -> None:
    expect(page.locator(IDLE)).to_be_visible(timeout=60_000)


def per_page(page: Page, count: int) -> float:
    """From the click on a number of digits a page to the last of them on the screen."""
    page.get_by_role("combobox", name="Digits a page").click()
    choice = page.get_by_role("option", name=str(count), exact=True)
    choice.wait_for()
    last = page.locator(DIGITS).nth(count - 1)
    took = seconds(choice.click, lambda: last.wait_for(timeout=60_000))
    expect(page.locator(DIGITS)).to_have_count(count)
    wait_until_idle(page)
    return took


def filtered(page: Page, name: str) -> float:
    """From the click on a class to the first digits of it, and back to all."""
    button = page.get_by_role("button", name=name, exact=True)
    only = page.get_by_text(" digits, here 1 to ").filter(has_not_text="70,000 of 70,000")
    took = seconds(button.click, lambda: only.wait_for(timeout=60_000))
    wait_until_idle(page)
    button.click()
    page.get_by_text("70,000 of 70,000 digits").wait_for(timeout=60_000)
    wait_until_idle(page)
    return took


def opened(page: Page, position: int) -> float:
    """From the click on a digit to the digit at large, pixels and neighbours included."""
    dialog = page.get_by_role("dialog")
    neighbours = dialog.locator(".lab-strip figure")
    took = seconds(page.locator(DIGITS).nth(position).click, lambda: neighbours.nth(9).wait_for(timeout=60_000))
    dialog.locator(".lab-plot .main-svg").first.wait_for(timeout=60_000)
    wait_until_idle(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    wait_until_idle(page)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--data", default="MNIST", help="title of the data set, as the page shows it")
    arguments = parser.parse_args()
    print(machine())
    with server() as (address, process), sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/browse?data=Bundled+sample+of+MNIST")
        page.locator(DIGITS).nth(199).wait_for(timeout=60_000)
        wait_until_idle(page)
        before = process.memory_info().rss
        page.goto(f"{address}/browse?data={quote_plus(arguments.data)}")
        page.locator(DIGITS).nth(199).wait_for(timeout=60_000)
        wait_until_idle(page)
        page.get_by_text("Range of indices, digits a page").click()
        positions = iter(range(3, 200))
        counts = iter([100, 400] * (arguments.rounds + 1))
        measured("a class chosen", arguments.rounds, lambda: filtered(page, "7"))

        def four_hundred() -> float:
            per_page(page, next(counts))
            return per_page(page, next(counts))

        measured("400 digits on the screen", arguments.rounds, four_hundred)
        measured("a digit opened", arguments.rounds, lambda: opened(page, next(positions)))
        grown = (process.memory_info().rss - before) / 2**20
        print(f"memory of the server: +{grown:.0f} MB after all of this, from the sample to {arguments.data}")
        browser.close()


if __name__ == "__main__":
    main()
