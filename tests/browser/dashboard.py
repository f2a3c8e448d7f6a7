"""The dashboard as a browser test sees it: where it runs, when it is idle, what it looks like."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Server:
    """A dashboard that runs for a test: its address, its `MNIST_HOME` and what it prints."""

    url: str
    home: Path
    log: Path


Serve = Callable[..., AbstractContextManager[Server]]


def wait_until_idle(page: Page) -> None:
    """Wait until Streamlit has run the page to its end."""
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible(timeout=30_000)


def screenshot(page: Page, name: str) -> None:
    """Keep a picture of the page as `name`.png in the folder LAB_SCREENSHOTS, if that is set."""
    folder = os.environ.get("LAB_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
