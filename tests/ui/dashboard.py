"""The dashboard as a test without a browser sees it: where it is, and how a page of it is opened."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

MENU = Path(__file__).resolve().parents[2] / "pages" / "menu.py"


def open_page(file: str, **link: str) -> AppTest:
    """Open a page as by a link with these query parameters, and run it to its end.

    Args:
        file: below pages/; the page's address must be the file's name, or that of the first page.
        link: the query parameters.
    """
    page = AppTest.from_file(str(MENU), default_timeout=30)
    page.switch_page(file)
    for name, value in link.items():
        page.query_params[name] = value
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    """The same page, which must have run to its end."""
    assert not page.exception, page.exception
    return page


def charts(page: AppTest) -> list[dict]:
    """What the page gave to each of its charts: the figure and its description."""
    return [data for data in components(page) if "figure" in data]


def parts(page: AppTest) -> dict[str, str]:
    """The HTML of the page's parts that change without it, by their names."""
    return {data["name"]: data["html"] for data in components(page) if "html" in data}


def components(page: AppTest) -> list[dict]:
    """What the page gave to each of its components of its own."""
    return [json.loads(component.proto.json) for component in page.get("bidi_component")]
