"""What runs behind the pages for as long as the server lives: the launcher that starts queued runs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event, Thread

import anyio.to_thread
import streamlit as st

from mnist_core.runs import LocalLauncher, open_store

GOODBYE_S = 5.0


@asynccontextmanager
async def launcher_tended(app: st.App) -> AsyncIterator[None]:
    """Start queued runs while the server lives, whether or not a page is open; leave running ones alone at the end."""
    stop = Event()
    # First, so that a worker loads torch while the pages are loaded here, and is warm when a person presses Start.
    thread = Thread(target=_tend, args=(stop,), name="launcher", daemon=True)
    thread.start()
    _load_pages()
    try:
        yield
    finally:
        stop.set()
        await anyio.to_thread.run_sync(thread.join, GOODBYE_S)


def _load_pages() -> None:
    """Load what pages are drawn with before the server answers; done by the first page, it would delay its first paint."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)], "pages.shared."):
        importlib.import_module(module.name)


def _tend(stop: Event) -> None:
    LocalLauncher(open_store()).keep(stop)
