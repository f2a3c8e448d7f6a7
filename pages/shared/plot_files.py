"""The two scripts that a chart needs in the browser, handed out by our own server so that no network is asked.

Both addresses carry the version of what they give, so a browser may keep the files for good.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

PLOT_JS = Path(__file__).with_name("plot.js")
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


# Relative to the page's own address, because the server may stand behind a base path.
PLOT_URL = f"lab/plot.js?v={hashlib.sha256(PLOT_JS.read_bytes()).hexdigest()[:12]}"
PLOTLY_URL = f"lab/plotly.min.js?v={plotly.__version__}"


async def _plot_js(request: Request) -> FileResponse:
    return _script(PLOT_JS)


async def _plotly_min_js(request: Request) -> FileResponse:
    return _script(PLOTLY_JS)


def _script(path: Path) -> FileResponse:
    # Starlette adds ETag and Last-Modified. "identity" keeps it from compressing 5 MB for a browser on the same machine,
    # which would hold up the first chart by a quarter of a second.
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Encoding": "identity"}
    return FileResponse(path, media_type="text/javascript", headers=headers)


ROUTES = [Route("/lab/plot.js", _plot_js), Route("/lab/plotly.min.js", _plotly_min_js)]
