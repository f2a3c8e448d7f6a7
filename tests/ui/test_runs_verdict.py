"""Which of two runs is better, on the Runs page: with networks that are really trained on a few digits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.data import load
from mnist_core.runs import LocalLauncher, Run, Store, open_store
from mnist_core.runs.model import predictor_of
from pages.shared import agreement_view
from pages.shared.agreement_view import BOTH, NEITHER, ONLY_A, ONLY_B
from tests.ui.test_runs_page import labels, opened, press, words

CONFIG = TrainConfig(recipe="mlp-128-64", data="sample", epochs=1, train_size=300)
ASK = "Compare digit by digit"


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    st.cache_resource.clear()  # the page opens the store of this test's home, not that of the test before
    monkeypatch.setattr(LocalLauncher, "tend", lambda self: None)  # no workers of its own
    store = open_store(home=home)
    yield store
    store.close()


def trained(store: Store, name: str = "", **settings: object) -> Run:
    run = store.create(CONFIG.changed(settings), name=name, tags=("grid",), queued=False)
    return LocalLauncher(store).train_here(run.id)


def said(page: AppTest) -> str:
    return " | ".join([words(page), *(box.value for box in page.success)])


def read_right(store: Store, run: Run) -> np.ndarray:
    pictures = load("sample").validation
    return predictor_of(store, run.id).probabilities(pictures.images).argmax(1) == pictures.labels


def test_nothing_is_read_before_it_is_asked_for_and_then_the_better_one_is_named(store: Store) -> None:
    weak, strong = trained(store, "weak"), trained(store, "strong", train_size=3000)
    page = opened(weak, strong)
    assert "B is better" not in said(page)
    press(page, ASK)
    assert "**A** weak · **B** strong" in said(page)
    assert "B is better than A: of 500 validation digits" in said(page)
    assert ASK not in labels(page)
    assert [metric.label for metric in page.metric] == ["A", "B", "A less B, points", "p"]
    assert "Queue 4 more seeds" in labels(page)  # from one run each nobody knows about the settings
    assert ASK not in labels(opened(weak, strong))  # the answers are kept


def test_each_count_opens_its_digits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    weak, strong = trained(store, "weak"), trained(store, "strong", train_size=3000)
    a, b = read_right(store, weak), read_right(store, strong)
    labelled = load("sample").validation
    shown: list[str] = []
    monkeypatch.setattr(agreement_view, "digit_grid", lambda images, titles, *_, **__: shown.extend(titles))
    page = opened(weak, strong)
    press(page, ASK)
    control = page.get("button_group")[0]
    for kind, among in {BOTH: a & b, ONLY_A: a & ~b, ONLY_B: ~a & b, NEITHER: ~a & ~b}.items():
        assert f"{kind}: {among.sum()}" in [option.content for option in control.proto.options]
    shown.clear()
    page.session_state["agreement"] = ONLY_A
    page.run()
    assert not page.exception
    assert len(shown) == (a & ~b).sum()
    for title in shown:
        truth, place, a_reads, b_reads = title.split(", ")
        position = int(np.flatnonzero(labelled.indices == int(place.removeprefix("validation ")))[0])
        assert (a & ~b)[position]
        assert labelled.labels[position] == int(truth)
        assert a_reads == f"A reads {truth}"
        assert b_reads != f"B reads {truth}"
    page.query_params["digit"] = shown[0].split(", ")[1].replace(" ", "-")
    page.run()
    assert not page.exception
    assert any("strong reads" in each.value for each in page.markdown)


def test_further_seeds_are_queued_with_one_click_and_then_told_about(store: Store) -> None:
    one, other = trained(store, "one", train_size=800), trained(store, "other", train_size=900)
    page = opened(one, other)
    press(page, ASK)
    [label] = [label for label in labels(page) if label.startswith("Queue")] or [""]
    more = int(label.split()[1])
    press(page, label)
    queued = [run for run in store.runs() if run.state == "queued"]
    assert len(queued) == 2 * more
    assert {run.config.seed for run in queued} == set(range(1, more + 1))
    assert {run.tags for run in queued} == {("grid",)}
    assert f"{2 * more} runs with further seeds are under way" in said(page)
    assert label not in labels(page)


def test_groups_of_seeds_show_mean_and_spread_and_decide_together(store: Store) -> None:
    weak = [trained(store, f"weak {seed}", seed=seed) for seed in range(3)]
    strong = [trained(store, f"strong {seed}", seed=seed, train_size=3000) for seed in range(3)]
    page = opened(weak[0])
    [seeds] = [each.value for each in page.dataframe if "Seeds" in each.value.columns]
    accuracies = [100 * (run.best_val_accuracy or 0) for run in weak]
    assert seeds.iloc[0].tolist() == [
        "weak 0",
        *map(pytest.approx, (np.mean(accuracies), np.std(accuracies, ddof=1))),
        3,
        "0, 1, 2",
    ]
    page = opened(weak[0], weak[1], strong[2])
    press(page, ASK)
    assert "B is better than A: A's accuracy less B's is -" in said(page)
    assert "over 3 common seeds" in said(page)
    assert [each.value["n"].tolist() for each in page.dataframe if "Seeds" in each.value.columns] == [[3, 3]]
    press(page := opened(weak[0], trained(store, seed=9)), ASK)
    assert "these runs have the same settings" in said(page)
    assert not [label for label in labels(page) if label.startswith("Queue")]


def test_what_cannot_be_compared_is_said_at_once(store: Store) -> None:
    run, other = trained(store), trained(store, validation_share=0.2)
    assert "A was judged on 500 validation digits" in said(opened(run, other))
    waiting = store.create(CONFIG, queued=False)
    assert f"Run {waiting.id} has no model yet." in said(opened(run, waiting))
    assert "Choose two runs, or runs of two settings" in said(opened(run, other, waiting, trained(store, epochs=2)))


def test_a_model_whose_file_is_gone_is_a_sentence(store: Store) -> None:
    run, other = trained(store), trained(store, epochs=2)
    for saved in store.checkpoints(run.id):
        saved.path.unlink()
    page = opened(run, other)
    press(page, ASK)
    assert "checkpoint" in said(page).lower()
