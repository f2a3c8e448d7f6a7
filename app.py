"""The dashboard as one ASGI app: which script draws the pages, which HTTP routes stand beside it.

Start it with `streamlit run app.py`.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mnist_core import __version__
from pages.shared import background, digit_sheet, live_run, plot_files


async def health(request: Request) -> JSONResponse:
    """Say that the server answers, and which version of the lab it runs."""
    return JSONResponse({"status": "ok", "version": __version__})


app = st.App(
    Path(__file__).resolve().parent / "pages" / "menu.py",
    routes=[Route("/health", health), *plot_files.ROUTES, *digit_sheet.ROUTES, *live_run.ROUTES],
    lifespan=background.launcher_tended,
)
