"""The Doubtful labels page in a real browser: open a digit, decide by key and by click, see the decision, take it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from mnist_core.data import decisions
from mnist_core.data.decisions import Decision
from mnist_core.training.doubt import Doubts
from tests.browser.dashboard import Server, screenshot, wait_until_idle
from tests.doubts import kept_doubts


@pytest.fixture
def judged(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doubts]:
    """The server's home, in which the sample's labels have been judged."""
    monkeypatch.setenv("MNIST_HOME", str(server.home))
    yield kept_doubts()


def test_doubtful_digits_are_relabelled_one_after_the_other_and_a_decision_is_taken_back(
    server: Server, page: Page, judged: Doubts
) -> None:
    first, second = (int(judged.index[row]) for row in judged.ranking.order[:2])
    suggested = int(judged.ranking.suggested[judged.ranking.order[0]])
    page.goto(f"{server.url}/labels?data=Bundled+sample+of+MNIST")
    digits = page.locator(".grid button")
    expect(digits).to_have_count(100, timeout=30_000)
    screenshot(page, "labels-light")
    digits.first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"train, index {first:,}")).to_be_visible()
    expect(dialog.locator(".lab-strip figure")).to_have_count(10)
    wait_until_idle(page)
    screenshot(page, "labels-digit-light")
    # A class whose name is its key says it once, not "0 0".
    expect(dialog.get_by_role("button", name=str(suggested), exact=True)).to_be_visible()
    dialog.get_by_role("button", name=f"Relabel as {suggested}").click()
    expect(dialog.get_by_text(f"train, index {second:,}")).to_be_visible()
    page.keyboard.press("k")
    expect(dialog.get_by_text(f"train, index {second:,}")).to_have_count(0)
    wait_until_idle(page)
    assert decisions.read("sample", "careful") == {
        first: Decision("relabel", suggested),
        second: Decision("keep"),
    }
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("3,998 of 4,000 digits")).to_be_visible()
    table = page.get_by_role("region", name="Your decisions")
    table.scroll_into_view_if_needed()
    expect(table).to_be_visible()
    screenshot(page, "labels-decisions-light")
    page.get_by_role("button", name="Undo all 2").click()
    page.get_by_role("button", name="Undo all decisions").click()
    expect(page.get_by_text("is empty")).to_be_visible()
    assert decisions.read("sample", "careful") == {}
