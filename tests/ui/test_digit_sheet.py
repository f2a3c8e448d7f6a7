"""A sheet of digits: each in its place, its address that of its content, and the oldest forgotten."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from pages.shared import digit_sheet


def answer_to(address: str) -> Response:
    """What the route answers to `GET /address`."""
    (route,) = digit_sheet.ROUTES
    scope = {"type": "http", "method": "GET", "path": f"/{address}", "headers": []}
    matched, found = route.matches(scope)
    assert matched == Match.FULL
    # In a thread of its own: this one may have a browser's event loop already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, route.endpoint(Request(scope | found))).result()


def test_every_digit_is_in_its_place_on_the_sheet():
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)
    answer = answer_to(digit_sheet.publish(digit_sheet.as_png(images, columns=3)))
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    sheet = np.asarray(Image.open(io.BytesIO(answer.body)))
    assert sheet.shape == (3 * 28, 3 * 28)
    for i, image in enumerate(images):
        row, column = 28 * (i // 3), 28 * (i % 3)
        assert (sheet[row : row + 28, column : column + 28] == image).all()


def test_the_same_content_has_the_same_address_and_the_oldest_is_forgotten_with_a_sentence():
    first = digit_sheet.publish(b"first")
    assert digit_sheet.publish(b"first") == first
    for number in range(digit_sheet.MOST_KEPT):
        digit_sheet.publish(b"%d" % number)
    answer = answer_to(first)
    assert answer.status_code == 404
    assert b"Load the page again" in answer.body
