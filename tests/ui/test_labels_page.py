"""The Doubtful labels page without a browser: every state of the ranking, of the list and of the runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.config import MLP
from mnist_core.data import decisions, load, source
from mnist_core.data.decisions import Decision
from mnist_core.evaluation.paired import paired_difference
from mnist_core.runs import Store, effect, open_store
from mnist_core.runs.effect import Effect
from mnist_core.runs.worker import work
from mnist_core.training.doubt import Doubts
from mnist_core.training.doubt_cache import path_of
from pages.shared.doubt_list import given_and_suggested
from pages.shared.effect_view import verdict
from pages.shared.tasks import Task, tasks
from tests.doubts import DOUBTFUL, kept_doubts
from tests.ui.dashboard import open_page


@pytest.fixture
def doubts(home: Path) -> Doubts:
    return kept_doubts()


def labels(**link: str) -> AppTest:
    return open_page("data/labels.py", **link)


def said(page: AppTest) -> str:
    shown = [*page.caption, *page.markdown, *page.info, *page.warning, *page.error]
    return "\n".join(each.value for each in shown)


def click(page: AppTest, key: str) -> None:
    page.button(key=key).click().run()
    assert not page.exception, page.exception


def first_of(doubts: Doubts) -> tuple[int, int]:
    """Row and index of the most doubtful digit."""
    row = int(doubts.ranking.order[0])
    return row, int(doubts.index[row])


def test_before_anything_was_worked_out_the_page_explains_itself_and_offers_to_begin():
    page = labels()
    assert page.title[0].value == "Doubtful labels"
    assert "Confident learning" in page.markdown[0].value
    assert "have not been judged yet" in said(page)
    assert page.button(key="begin doubts sample").label == "Find doubtful labels"
    assert "is empty" in said(page)


def test_while_it_is_worked_out_the_page_shows_progress_and_a_way_to_stop(monkeypatch: pytest.MonkeyPatch):
    running = Task("running", progress=0.4, stage="network 3 of 5", seconds_left=6.0)
    monkeypatch.setattr(type(tasks()), "latest", lambda self, key: running)
    page = labels()
    assert page.button(key="stop doubts sample").label == "Stop"
    assert "begin doubts sample" not in [button.key for button in page.button]


def test_a_damaged_ranking_is_offered_anew(doubts: Doubts):
    path_of(load("sample")).write_bytes(b"half of it")
    page = labels()
    assert "damaged" in page.warning[0].value
    assert page.button(key="begin doubts sample")


def test_the_ranking_says_how_many_labels_are_counted_as_wrong(doubts: Doubts):
    assert len(doubts.ranking.errors) == DOUBTFUL
    page = labels()
    assert f"4,000 of 4,000 digits, the most doubtful first; confident learning counts the first {DOUBTFUL} " in said(
        page
    )
    page.pills(key="class").select("3").run()
    assert "400 of 4,000 digits" in said(page)


def test_a_link_opens_a_digit_and_a_decision_goes_on_to_the_next(doubts: Doubts):
    row, index = first_of(doubts)
    page = labels(digit=f"train-{index}")
    suggested = int(doubts.ranking.suggested[row])
    assert any(each.value.endswith(f" :gray[train, index {index:,}]") for each in page.header)
    assert "counts this label as wrong" in said(page)
    click(page, "decide suggested")
    assert decisions.read("sample", "careful") == {index: Decision("relabel", suggested)}
    then = int(doubts.index[doubts.ranking.order[1]])
    assert page.query_params["digit"] in (f"train-{then}", [f"train-{then}"])
    assert "3,999 of 4,000 digits" in said(page)
    click(page, "decide keep")
    click(page, "decide exclude")
    assert [each.action for each in decisions.read("sample", "careful").values()] == ["relabel", "keep", "exclude"]


def test_labels_are_named_as_the_source_names_its_classes(doubts: Doubts):
    row = next(int(row) for row in doubts.ranking.errors if doubts.label[row] == 0)
    words = given_and_suggested(doubts, row, source("fashion-mnist").classes)
    assert words == "given T-shirt/top, suggested Trouser"


def test_any_other_class_can_be_given_and_the_decision_taken_back(doubts: Doubts):
    row, index = first_of(doubts)
    other = (int(doubts.label[row]) + 5) % 10
    page = labels(digit=f"train-{index}", undecided="false")
    click(page, f"decide {other}")
    assert decisions.read("sample", "careful") == {index: Decision("relabel", other)}
    page = labels(digit=f"train-{index}", undecided="false")
    click(page, "decide undo")
    assert decisions.read("sample", "careful") == {}


def test_saying_the_given_class_again_keeps_the_label(doubts: Doubts):
    row, index = first_of(doubts)
    click(labels(digit=f"train-{index}"), f"decide {doubts.label[row]}")
    assert decisions.read("sample", "careful") == {index: Decision("keep")}


@pytest.mark.parametrize("address", ["test-1", "train-999999999", "nonsense", "<b>"])
def test_a_link_to_no_training_digit_says_so(doubts: Doubts, address: str):
    page = labels(digit=address)
    assert "There is no training digit" in page.warning[0].value


def test_many_suggestions_are_accepted_at_once_and_taken_back_at_once(doubts: Doubts):
    decisions.decide("sample", "careful", first_of(doubts)[1], Decision("keep"))
    page = labels()
    assert page.number_input(key="many").value == DOUBTFUL - 1
    page.number_input(key="many").set_value(5).run()
    click(page, "accept")
    made = decisions.read("sample", "careful")
    assert [made[int(doubts.index[row])].label for row in doubts.ranking.order[1:6]] == [
        doubts.ranking.suggested[row] for row in doubts.ranking.order[1:6]
    ]
    click(page, "undo bulk")
    assert list(decisions.read("sample", "careful").values()) == [Decision("keep")]


def test_the_list_shows_its_decisions_and_takes_them_back_one_by_one_or_all_at_once(doubts: Doubts):
    rows = doubts.ranking.order[:3]
    indices = [int(index) for index in doubts.index[rows]]
    for index, decision in zip(indices, [Decision("keep"), Decision("exclude"), Decision("relabel", 4)], strict=True):
        decisions.decide("sample", "careful", index, decision)
    page = labels()
    table = page.dataframe[0].value
    assert table["Index"].tolist() == indices[::-1]
    assert table["Decision"].tolist() == ["relabelled as 4", "excluded", "kept"]
    assert table["Given"].tolist() == [str(doubts.label[row]) for row in rows[::-1]]
    key = page.dataframe[0].key
    page.session_state[key] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    page.run()
    click(page, "undo chosen")
    assert sorted(decisions.read("sample", "careful")) == sorted([indices[0], indices[2]])
    click(page, "undo all")
    assert decisions.read("sample", "careful") == {}
    assert "is empty" in said(page)


def test_another_name_is_another_list_and_a_name_that_cannot_be_says_what_can(doubts: Doubts):
    page = labels(digit=f"train-{first_of(doubts)[1]}", list="second-look")
    click(page, "decide keep")
    assert decisions.names("sample") == ["second-look"]
    page.text_input(key="list").set_value("No Way/..").run()
    assert not page.exception
    assert "cannot be called" in page.error[0].value


def test_a_damaged_list_is_told_about(doubts: Doubts, home: Path):
    (home / "labels" / "sample").mkdir(parents=True)
    (home / "labels" / "sample" / "careful.json").write_text("{")
    assert "cannot be read" in labels().error[0].value


def test_lists_and_own_digits_are_not_ranked(doubts: Doubts):
    decisions.decide("sample", "careful", first_of(doubts)[1], Decision("exclude"))
    assert len(labels().selectbox(key="data").options) == 1


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store, with recipes so small that a run takes a moment."""
    from mnist_core.models import RECIPES

    small = RECIPES["mlp-128-64"].config.changed({"epochs": 1, "network.hidden": "8", "threads": 1})
    assert isinstance(small.network, MLP)
    monkeypatch.setitem(RECIPES, "mlp-128-64", type(RECIPES["mlp-128-64"])("mlp-128-64", "Small", "", "", small))
    store = open_store()
    yield store
    store.close()


def test_runs_with_and_without_the_list_are_queued_found_again_and_compared(
    doubts: Doubts, store: Store, monkeypatch: pytest.MonkeyPatch
):
    from mnist_core.runs import LocalLauncher

    monkeypatch.setattr(LocalLauncher, "tend", lambda self: None)  # no worker of its own: the runs below do its work
    for row in doubts.ranking.order[:3]:
        decisions.decide("sample", "careful", int(doubts.index[row]), Decision("exclude"))
    page = labels()
    page.number_input(key="seeds").set_value(1).run()
    click(page, "measure")
    runs = store.runs()
    assert sorted((run.config.data, run.config.seed) for run in runs) == [("sample", 0), ("sample/careful", 0)]
    assert all(effect.TAG in run.tags for run in runs)
    assert "measure" not in [button.key for button in page.button]
    assert page.dataframe[-1].value.iloc[0].tolist()[1:3] == ["waiting in the queue"] * 2
    for run in runs:
        work(store, run.id)
    page = labels(seeds="1")
    assert [metric.label for metric in page.metric] == ["Without the list", "With the list", "Difference"]
    assert "it cannot be told yet" in said(page)
    page.number_input(key="seeds").set_value(2).run()
    assert any(caption.value.startswith("2 runs, about") for caption in page.caption)
    decisions.decide("sample", "careful", int(doubts.index[doubts.ranking.order[5]]), Decision("exclude"))
    page = labels(seeds="1")
    assert not page.metric or page.dataframe[-1].value.iloc[0]["With the list"] == "not trained"


def test_a_run_that_did_not_finish_is_told_about_and_offered_anew(doubts: Doubts, store: Store):
    decisions.decide("sample", "careful", first_of(doubts)[1], Decision("exclude"))
    without, with_list = effect.sides("sample", "careful", "mlp-128-64")
    for side in (without, with_list):
        store.create(side.with_seed(0), tags=(effect.TAG, side.tag), queued=side is without)
    page = labels(seeds="1")
    assert "1 of these runs did not finish" in said(page)
    assert any(caption.value.startswith("1 run, about") for caption in page.caption)


@pytest.mark.parametrize(
    ("with_list", "words"),
    [
        ([0.95, 0.96], "it cannot be told yet"),
        ([0.95, 0.90, 0.94], "cannot be told apart from chance"),
        ([0.95, 0.951, 0.949], "better, by more than chance explains"),
        ([0.85, 0.851, 0.849], "worse, by more than chance explains"),
    ],
)
def test_the_verdict_is_honest(with_list: list[float], words: str):
    without = [0.93, 0.931, 0.93][: len(with_list)]
    found = Effect(tuple(without), tuple(with_list), paired_difference(without, with_list))
    assert words in verdict(found)
