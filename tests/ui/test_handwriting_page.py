"""The Handwriting page without a browser: the invitation, the result with its interval, learning, before and after."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.data import guided, load, own
from mnist_core.runs import Store
from mnist_core.runs.start import fine_tuning
from mnist_core.runs.worker import work
from pages.shared.guided_result import said
from pages.shared.tuning_view import said_of_mine, said_of_others
from tests.ui.dashboard import checked, open_page

pytestmark = pytest.mark.usefixtures("no_worker")


def draw(count: int, *, misread: int = 0) -> None:
    """A series of the sample's test digits in the order that is asked for; the first few are of another class."""
    test = load("sample").test
    for i in range(count):
        series = guided.latest(own.own_digits()) or guided.next_series([])
        assert series.place is not None
        wanted = (series.asked[series.place] + (i < misread)) % 10
        series.keep(test.images[np.flatnonzero(test.labels == wanted)[i]], [[(10.0, 10.0), (20.0, 30.0)]])


def handwriting(**link: str) -> AppTest:
    return open_page("use/handwriting.py", **link)


def texts(page: AppTest) -> str:
    return "\n".join(each.value for each in [*page.markdown, *page.caption])


def test_who_has_drawn_nothing_is_invited_and_asked_for_the_first_digit(store: Store):
    page = handwriting()
    assert "How well does a network read **you**?" in texts(page)
    checked(page.button(key="begin").click().run())
    assert page.subheader[0].value == f"Draw a {guided.Series(1, {}).asked[0]}"
    assert page.button(key="next").disabled
    assert page.button(key="one back").disabled
    assert [toggle.key for toggle in page.toggle] == ["eraser"]


def test_a_series_goes_on_where_it_was_left_shows_the_result_so_far_and_goes_one_back(store: Store):
    draw(4)
    page = handwriting()
    assert page.subheader[0].value == f"Draw a {guided.Series(1, {}).asked[4]}"
    assert not page.metric
    checked(page.toggle(key="so far").set_value(True).run())
    assert page.metric[0].value.endswith(" of 4")
    assert "So far 4 of 30 are drawn." in texts(page)
    checked(page.button(key="one back").click().run())
    assert page.subheader[0].value == f"Draw a {guided.Series(1, {}).asked[3]}"
    assert len(own.own_digits()) == 3


def test_thirty_drawings_are_counted_with_their_interval_beside_the_test_accuracy(store: Store):
    draw(30, misread=3)
    page = handwriting()
    assert [metric.label for metric in page.metric] == ["Your handwriting", "Test digits of MNIST"]
    # The model that comes with the lab reads the sample's digits; 27 of 30 is 74 to 97 % by Wilson's formula, by hand.
    assert [metric.value for metric in page.metric] == ["27 of 30", "99.63 %"]
    assert "95 % interval 74 to 97 %" in texts(page)
    assert "**You are read less well**" in texts(page)
    assert "**What it gets wrong**" in texts(page)
    assert not page.get("html") or "lab-tuning" not in page.get("html")[0].proto.body
    checked(page.button(key="begin").click().run())
    assert page.subheader[0].value == f"Draw a {guided.Series(2, {}).asked[0]}"


def test_fine_tuning_is_queued_and_then_both_are_shown_before_and_after(store: Store):
    draw(30)
    first = work(store, store.create(TrainConfig(data="sample", epochs=2), name="mine").id)
    page = handwriting(reader=first.id)
    checked(page.button(key="tune").click().run())
    assert page.button(key="tune").disabled
    queued = store.runs()[0]
    assert queued.config.start_from == first.id and queued.config.data == "sample+own"
    assert page.button(key="stop tuning")
    # As a worker would, only shorter.
    work(store, store.create(fine_tuning(first).changed({"epochs": 1, "own_repeat": 1}), name="tuned").id)
    tuned = store.runs()[0]
    page = handwriting(reader=tuned.id)
    assert "It has learned from the other 20." in texts(page)
    table = next(each.proto.body for each in page.get("html") if "lab-tuning" in each.proto.body)
    assert "Your digits that neither has learned from: 10" in table
    assert "Bundled sample of MNIST: 500 validation digits" in table
    assert table.count(" of 10</b>") == 2 and table.count(" of 500</b>") == 2


def right(n: int, wrong: int) -> np.ndarray:
    return np.arange(n) >= wrong


def test_the_sentences_say_no_more_than_the_numbers_do():
    from mnist_core.runs.own_digits import Reading
    from mnist_core.runs.tuning import Change

    assert "cannot be told apart from chance" in said_of_mine(Change(right(10, 2), right(10, 0)))
    assert "more than chance explains" in said_of_mine(Change(right(40, 8), right(40, 0)))
    assert "Draw some more" in said_of_mine(Change(right(0, 0), right(0, 0)))
    assert "nothing that can be measured" in said_of_others(Change(right(5000, 32), right(5000, 35)))
    assert "-0.36 points" in said_of_others(Change(right(5000, 32), right(5000, 50)))
    assert "both read the same 8 right" in said_of_mine(Change(right(10, 2), right(10, 2)))
    draw(30)
    digits = own.own_digits()
    answers = np.array([digit.label for digit in digits])
    # By hand: at most 29 of 30 at 99.36 % have a chance of 1 - 0.9936 ** 30 = 0.18, at most 28 one of 0.016.
    for misread, sentence in ((0, "as well as"), (1, "as well as"), (2, "read less well")):
        answers[:misread] = 10
        assert sentence in said(Reading(tuple(digits), answers, np.ones(30)), 0.9936)
