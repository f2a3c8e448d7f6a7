"""The Evaluate page in a real browser: a cell opens exactly its digits, and the slider changes the matrix."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from mnist_core.config import MLP, TrainConfig
from mnist_core.data import load
from mnist_core.evaluation import worst_confusions
from mnist_core.evaluation.confusion import in_cell
from mnist_core.runs import Run, open_store
from mnist_core.runs.model import find_predictor
from mnist_core.runs.worker import work
from tests.browser.dashboard import Server, screenshot, wait_until_idle

# Where a cell of the matrix is on the screen.
ON_SCREEN = """([truth, answer]) => {
  const chart = document.querySelector('.st-key-judged-matrix .lab-plot'), { xaxis, yaxis } = chart._fullLayout;
  const { left, top } = chart.getBoundingClientRect();
  return [left + xaxis._offset + xaxis.d2p(answer), top + yaxis._offset + yaxis.d2p(truth)];
}"""
TEXTS = "document.querySelector('.st-key-judged-matrix .lab-plot')?._fullData?.[0].text.flat()"


@pytest.fixture(scope="module")
def run(server: Server) -> Run:
    store = open_store(home=server.home)
    made = store.create(TrainConfig(data="sample", epochs=2, network=MLP(hidden=(32,))), queued=False, name="small")
    store.enqueue(made.id)
    work(store, made.id)
    return store.run(made.id)


def texts(matrix: object) -> list[str]:
    return [f"{count:,}" for count in matrix.reshape(-1)]  # type: ignore[attr-defined]


def test_a_cell_opens_exactly_its_digits_and_the_slider_changes_the_matrix(
    server: Server, run: Run, page: Page
) -> None:
    store = open_store(home=server.home)
    matrices = {epoch: store.confusion(run.id, epoch) for epoch in (1, 2)}
    best, other = run.best_epoch, 3 - (run.best_epoch or 0)
    page.goto(f"{server.url}/evaluate?run={run.id}")
    page.wait_for_function(f"{TEXTS}?.length === 100", timeout=30_000)
    wait_until_idle(page)
    assert page.evaluate(TEXTS) == texts(matrices[best])
    screenshot(page, "evaluate-light")

    pictures = load("sample").validation
    worst = worst_confusions(matrices[best])[0]
    probabilities = find_predictor(store, run.id).probabilities(pictures.images)
    expected = in_cell(probabilities, pictures.labels, worst.truth, worst.answer)
    page.locator(".st-key-judged-matrix").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(ON_SCREEN, [str(worst.truth), str(worst.answer)]))
    # On the page is a strip of the first ten pictures, too.
    shown = page.locator(".lab-strip").nth(1).locator("img")
    expect(shown).to_have_count(len(expected))
    assert shown.evaluate_all("images => images.map(image => image.alt.split(', and')[0])") == [
        f"{worst.truth} read as {worst.answer} with {100 * probabilities[i].max():.1f} %" for i in expected
    ]
    expect(page).to_have_url(f"{server.url}/evaluate?run={run.id}&truth={worst.truth}&read_as={worst.answer}")

    slider = page.locator(".st-key-epoch").get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowLeft" if other < best else "ArrowRight")
    page.wait_for_function(f"({TEXTS}).join() === '{','.join(texts(matrices[other]))}'")
    expect(
        page.get_by_text(
            f"{worst.truth} read as {worst.answer} after epoch {other}: {matrices[other][worst.truth, worst.answer]}"
        )
    ).to_be_visible()
    page.emulate_media(color_scheme="dark")
    wait_until_idle(page)
    screenshot(page, "evaluate-cell-dark")
