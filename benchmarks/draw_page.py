"""How long a stroke on the page Draw waits for its answer: what the library takes of it, and what a person sees in a browser.

    python -m benchmarks.draw_page [--rounds 16] [--variants 8]

Both use the model that comes with the lab and digits of our own, written by rule and then turned, squeezed, made smaller and
moved at random. The library's part, from the sheet's pixels to the answer, takes turns with what most digit demos do: the
sheet made 28x28 and shown to the same network. In the browser the time runs from the mouse button's release to the new answer
on the screen; Chromium and the server share the processor.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.metadata import version
from itertools import cycle, islice

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import FloatRect, Page, sync_playwright

from benchmarks.browse_page import chromium, seconds, server, wait_until_idle
from benchmarks.browse_speed import milliseconds
from benchmarks.measure import machine, summary

SHEET = 280
PENS = (8, 18, 30)
# Milliseconds of the library's part, seconds in the browser: what the lab asks of itself.
LIBRARY_BAR_MS, BROWSER_BAR_S = 15, 0.6
Strokes = list[np.ndarray]


def arc(x: float, y: float, width: float, height: float, begin: float, end: float) -> list[tuple[float, float]]:
    """Points on an ellipse around (x, y); degrees, from the right by way of below."""
    turns = np.radians(np.linspace(begin, end, 16))
    return [(x + width * np.cos(turn), y + height * np.sin(turn)) for turn in turns]


# The way of the pen on a sheet of 1x1, from the upper left corner.
DIGITS = (
    [arc(0.5, 0.5, 0.28, 0.4, -90, 270)],
    [[(0.4, 0.25), (0.52, 0.1), (0.5, 0.9)]],
    [[*arc(0.5, 0.3, 0.25, 0.2, 180, 380), (0.25, 0.9), (0.78, 0.88)]],
    [[*arc(0.45, 0.3, 0.25, 0.2, 200, 450), *arc(0.45, 0.7, 0.28, 0.2, 270, 510)]],
    [[(0.36, 0.1), (0.22, 0.58), (0.8, 0.56)], [(0.64, 0.3), (0.6, 0.92)]],
    [[(0.32, 0.12), (0.3, 0.45), *arc(0.48, 0.66, 0.25, 0.23, 235, 500)], [(0.32, 0.12), (0.76, 0.1)]],
    [[(0.64, 0.1), (0.45, 0.3), *arc(0.5, 0.68, 0.2, 0.21, 190, -170)]],
    [[(0.22, 0.15), (0.78, 0.15), (0.42, 0.9)]],
    [[*arc(0.5, 0.3, 0.18, 0.18, 90, -270), *arc(0.5, 0.69, 0.23, 0.21, -90, 270)]],
    [[*arc(0.5, 0.32, 0.2, 0.2, 0, -360), (0.68, 0.6), (0.6, 0.92)]],
)


def written(digit: int, random: np.random.Generator) -> Strokes:
    """A digit by another hand: its strokes as points (x, y) in pixels of the sheet."""
    turn = np.radians(random.uniform(-8, 8))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = SHEET * random.uniform(0.5, 0.85) * np.array([random.uniform(0.8, 1), 1])
    middle = SHEET / 2 + random.uniform(-15, 15, 2)
    return [(np.array(stroke) - 0.5) * shape @ rotation.T + middle for stroke in DIGITS[digit]]


def on_sheet(strokes: Strokes, pen: int) -> np.ndarray:
    """The sheet's pixels as the canvas gives them: (280, 280, 4) bytes, white ink on black paper."""
    grey = np.zeros((SHEET, SHEET), np.uint8)
    cv2.polylines(grey, [np.round(stroke).astype(np.int32) for stroke in strokes], False, 255, pen, cv2.LINE_AA)
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


def measure_library(variants: int) -> None:
    import torch

    from mnist_core.evaluation.predictor import Predictor
    from mnist_core.images.prepare import grey_of, prepare
    from mnist_core.runs.shipped import FILE

    # As the page sets it.
    torch.set_num_threads(1)
    predictor = Predictor.from_file(FILE)
    random = np.random.default_rng(0)
    digits = [digit for digit in range(10) for _ in PENS * variants]
    sheets = [on_sheet(written(digit, random), PENS[i % len(PENS)]) for i, digit in enumerate(digits)]

    def lab(sheet: np.ndarray) -> str:
        return predictor.answer(prepare(grey_of(sheet)).digit[None])[0].label

    def plain(sheet: np.ndarray) -> str:
        small = np.array(Image.fromarray(sheet).convert("L").resize((28, 28)))
        return predictor.card.classes[predictor.probabilities(small[None])[0].argmax()]

    contenders = {"lab": lab, "plain resize": plain}
    right = {name: [read(sheet) for sheet in sheets] for name, read in contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for sheet in sheets:
        for name, read in contenders.items():
            times[name].append(milliseconds(lambda read=read, sheet=sheet: read(sheet)))
    print(f"\nfrom the sheet's pixels to the answer, n={len(sheets)} drawings, pens of {PENS} pixels, one thread")
    for name, values in times.items():
        shares = np.mean([answer == str(digit) for answer, digit in zip(right[name], digits, strict=True)])
        p50, p90, p99 = np.percentile(values, [50, 90, 99])
        print(f"  {name:12}  ms: p50 {p50:.2f}, p90 {p90:.2f}, p99 {p99:.2f}; reads {shares:.1%} of them right")
    ratios = [ours / theirs for ours, theirs in zip(*times.values(), strict=True)]
    print(f"  lab / plain resize: median {np.median(ratios):.2f}")
    late = np.mean(np.array(times["lab"]) > LIBRARY_BAR_MS)
    print(f"  later than {LIBRARY_BAR_MS} ms: {late:.1%}", flush=True)


def draw(page: Page, sheet: FloatRect, stroke: np.ndarray) -> float:
    """Draw a stroke with the mouse: seconds from the button's release to the answer that was not there before."""
    before = page.evaluate("document.querySelector('.lab-answer')?.outerHTML ?? ''")
    (x, y), *rest = [(sheet["x"] + x, sheet["y"] + y) for x, y in stroke]
    page.mouse.move(x, y)
    page.mouse.down()
    for to in rest:
        page.mouse.move(*to, steps=3)
    is_new = "before => ![before, undefined].includes(document.querySelector('.lab-answer')?.outerHTML)"
    return seconds(page.mouse.up, lambda: page.wait_for_function(is_new, arg=before, timeout=60_000))


def strokes_in_turn(page: Page, drawings: Iterator[Strokes]) -> Iterator[list[float]]:
    """Draw one after the other on a new sheet each: for each, the seconds that its strokes took."""
    for strokes in drawings:
        box = page.locator("canvas.upper-canvas").bounding_box()
        assert box
        took = []
        for stroke in strokes:
            took.append(draw(page, box, stroke))
            wait_until_idle(page)
        yield took
        page.get_by_role("button", name="New drawing").click()
        page.get_by_text("Draw a digit first").wait_for()
        wait_until_idle(page)


def measure_browser(rounds: int) -> None:
    random = np.random.default_rng(1)
    with server() as (address, _), sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/draw")
        page.get_by_text("Draw a digit first").wait_for(timeout=60_000)
        wait_until_idle(page)
        # Four and five have a second stroke, which changes an answer that is there already.
        order = [7, *islice(cycle((4, 5, 2, 3, 6, 8, 9, 0)), rounds)]
        (warm_up, *rest) = strokes_in_turn(page, (written(digit, random) for digit in order))
        print(f"\nfrom the end of a stroke to its answer on the screen, Chromium {browser.version}")
        print(f"  the first stroke on a new server, which may wait for the model, s: {warm_up[0]:.2f}")
        print(f"  first stroke of a drawing, s: {summary([took[0] for took in rest])}")
        print(f"  any further stroke, s: {summary([each for took in rest for each in took[1:]])}")
        late = sum(each > BROWSER_BAR_S for took in rest for each in took)
        print(f"  later than {BROWSER_BAR_S} s: {late}", flush=True)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=16, help="drawings in the browser")
    parser.add_argument("--variants", type=int, default=8, help="drawings of each digit with each pen, for the library")
    arguments = parser.parse_args()
    packages = ("torch", "numpy", "opencv-python-headless", "pillow", "streamlit", "streamlit-drawable-canvas")
    print(", ".join([machine(), *(f"{name} {version(name)}" for name in packages)]))
    measure_library(arguments.variants)
    measure_browser(arguments.rounds)


if __name__ == "__main__":
    main()
