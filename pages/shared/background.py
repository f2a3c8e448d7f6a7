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

# Seconds left to the first page before the launcher's imports and its warming worker want the processor too.
QUIET_START_S = 2.0
GOODBYE_S = 5.0


@asynccontextmanager
async def launcher_tended(app: st.App) -> AsyncIterator[None]:
    """Start queued runs while the server lives, whether or not a page is open; leave running ones alone at the end."""
    _load_pages()
    stop = Event()
    thread = Thread(target=_tend, args=(stop,), name="launcher", daemon=True)
    thread.start()
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
    if stop.wait(QUIET_START_S):
        return
    from mnist_core.runs.launcher import LocalLauncher
    from mnist_core.runs.store import open_store

    LocalLauncher(open_store()).keep(stop)
