"""The Runs page without a browser: the table and its filter, one run, several runs, the bin, and what can go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.errors import DiskProblem
from mnist_core.runs import Run, Store, open_store, schema
from mnist_core.runs.worker import work
from mnist_core.training.progress import EpochReport, StepReport
from pages.shared import run_table
from pages.shared.run_comparison import MOST, accuracy_by_epoch, loss_by_step, names_apart

MENU = Path(__file__).resolve().parents[2] / "pages" / "menu.py"
CONFIG = TrainConfig(recipe="mlp-128-64", data="sample", epochs=2)
ODD_NAME = "**bold** <b>html</b> $x^2$ :material/home: [a](b)"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    st.cache_resource.clear()  # the page opens the store of this test's home, not that of the test before
    store = open_store(home=home)
    yield store
    store.close()


def finished(store: Store, name: str = "", *, tags: tuple[str, ...] = (), **settings: object) -> Run:
    """A run with two epochs on record, and no training."""
    run = store.create(CONFIG.changed(settings), name=name, tags=tags)
    store.start(run.id)
    store.describe(run.id, device="cpu", threads=1, machine="", split_hash="", total_steps=8)
    for epoch, accuracy in ((1, 0.5), (2, 0.9125)):
        step = StepReport(4 * epoch, epoch, 4, 4, 1 / epoch, 1 / epoch, 1e-3, 1.0, 900.0, 0.0, epoch / 2)
        result = EpochReport(epoch, 4 * epoch, 1, 0.5, 1, accuracy, 1, True, np.eye(10, dtype=int), False)
        store.record(run.id, steps=[step], epochs=[result], seconds=61.0)
    store.end(run.id, "finished")
    return store.run(run.id)


def opened(*chosen: Run, find: str = "") -> AppTest:
    """The page, with these runs chosen in its table."""
    page = AppTest.from_file(str(MENU), default_timeout=30).run()
    if find:
        page.query_params["find"] = find
    page.session_state[run_table.CHOSEN] = [run.id for run in chosen]
    page.switch_page("train/runs.py").run()
    assert not page.exception, page.exception
    return page


def press(page: AppTest, label: str) -> None:
    [button] = [button for button in page.button if button.label == label]
    button.click().run()
    assert not page.exception, page.exception


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def table(page: AppTest) -> pd.DataFrame:
    return page.dataframe[0].value


def words(page: AppTest) -> str:
    """Everything the page says, without the backslashes that keep Markdown from reading it."""
    parts = [*page.subheader, *page.markdown, *page.caption, *page.info, *page.warning, *page.error, *page.toast]
    return " | ".join(str(part.value) for part in parts).replace("\\", "")


def links(page: AppTest) -> list[tuple[str, str]]:
    return [(link.proto.label, link.proto.query_string) for link in page.get("page_link")]


# ---- the table


def test_without_runs_the_page_leads_to_training(store: Store) -> None:
    page = opened()
    assert [info.value for info in page.info] == ["No runs yet."]
    assert links(page) == [("Train a network", "")]


def test_the_table_tells_of_each_run_the_newest_first(store: Store) -> None:
    finished(store, "first", tags=("grid", "fast"))
    waiting = store.create(CONFIG.changed({"data": "mnist"}))
    shown = table(opened())
    assert list(shown["Run"]) == [f"mlp-128-64 {waiting.id[-6:]}", "first"]
    assert list(shown["State"]) == ["waiting in the queue", "finished"]
    first = shown.iloc[1]
    assert (first["Progress"], first["Best accuracy"], first["Epochs"]) == (1.0, 91.25, 2)
    assert (first["Time"].total_seconds(), first["Tags"], first["Best epoch"]) == (61, "grid, fast", 2)
    assert pd.isna(shown.iloc[0]["Best accuracy"])
    assert list(shown["Data"]) == ["mnist", "sample"]


def test_no_cell_of_a_table_is_run_as_a_formula_by_the_spreadsheet_it_is_saved_for(store: Store) -> None:
    plain, odd = finished(store, "plain", epochs=3), finished(store, "=HYPERLINK(1)", tags=("+grid", "fast"))
    store.annotate(odd.id, "@SUM(A1)")
    finished(store, "=HYPERLINK(1)", seed=1)
    store.delete(finished(store, "-binned").id)
    page = opened(odd, plain)
    assert page.session_state[run_table.CHOSEN] == [odd.id, plain.id]
    names = {name for shown in page.dataframe for name in shown.value["Run"]}
    assert names == {"'=HYPERLINK(1)", "plain", "'-binned"}
    assert "'@SUM(A1)" in set(table(page)["Note"]) and "'+grid, fast" in set(table(page)["Tags"])
    assert page.subheader[0].value


@pytest.mark.parametrize(
    "text", ["LATE", "late grid", "cnn-32", "fashion", "finished late", "looked odd", "recipe-is-not-it", "stopped"]
)
def test_the_filter_searches_name_recipe_data_tags_note_and_state(store: Store, text: str) -> None:
    finished(store, "early")
    late = finished(store, "late", tags=("grid",), recipe="cnn-32-64", data="fashion-mnist")
    store.annotate(late.id, "It looked odd.")
    found = [run.name for run in run_table.matching(store.runs(), text)]
    assert found == ([] if text in ("recipe-is-not-it", "stopped") else ["late"])


def test_the_filter_is_read_from_the_address(store: Store) -> None:
    finished(store, "early")
    finished(store, "late")
    page = opened(find="late")
    assert list(table(page)["Run"]) == ["late"]
    assert "1 of 2 runs" in words(page)


def test_a_filter_that_finds_nothing_says_so_and_can_be_cleared(store: Store) -> None:
    finished(store, "early")
    page = opened(find="*nothing*")
    assert "No run mentions *nothing*." in words(page)
    press(page, "Show all runs")
    assert list(table(page)["Run"]) == ["early"]


def test_a_run_stays_chosen_when_a_newer_one_moves_it_down(store: Store) -> None:
    chosen = finished(store, "chosen")
    page = opened(chosen)
    finished(store, "newer")
    page.run()
    assert page.session_state[run_table.TABLE]["selection"]["rows"] == [1]
    assert page.subheader[0].value == "chosen"


def test_a_database_that_cannot_be_read_is_a_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Store, **_: object) -> list[Run]:
        raise DiskProblem("The disk is gone.", "Plug it in.")

    monkeypatch.setattr(Store, "runs", broken)
    page = AppTest.from_file(str(MENU.parent / "train" / "runs.py"), default_timeout=30).run()
    assert not page.exception
    assert words(page) == "**The disk is gone.**\n\nPlug it in."


# ---- one run


def test_a_chosen_run_can_be_opened_on_the_train_page(store: Store) -> None:
    run = finished(store, "mine")
    page = opened(run)
    assert ("Open", f"run={run.id}") in links(page)
    assert "Resume" not in labels(page)


def test_a_run_with_a_model_can_be_judged_and_one_without_cannot(store: Store) -> None:
    judged = ("Judge it", f"run={(run := store.create(CONFIG.changed({'epochs': 1}))).id}")
    assert judged not in links(opened(run))
    work(store, run.id)
    assert judged in links(opened(store.run(run.id)))


def test_name_tags_and_note_are_saved_with_one_button(store: Store) -> None:
    run = finished(store, "old")
    page = opened(run)
    page.text_input(key=f"name {run.id}").input(ODD_NAME)
    page.text_input(key=f"tags {run.id}").input("grid, , a*b")
    page.text_area(key=f"note {run.id}").input("two\nlines")
    press(page, "Save")
    saved = store.run(run.id)
    assert (saved.name, saved.tags, saved.note) == (ODD_NAME, ("grid", "a*b"), "two\nlines")
    assert "Saved." in words(page)


def test_a_name_is_shown_as_it_was_written(store: Store) -> None:
    page = opened(finished(store, ODD_NAME))
    assert table(page)["Run"][0] == ODD_NAME
    assert page.subheader[0].value == (r"\*\*bold\*\* \<b\>html\<\/b\> \$x\^2\$ \:material\/home\: \[a\]\(b\)")


def test_words_that_are_too_long_are_refused_and_none_of_them_is_saved(store: Store) -> None:
    run = finished(store, "old")
    page = opened(run)
    page.text_input(key=f"name {run.id}").input("new")
    page.text_input(key=f"tags {run.id}").input("x" * 31)
    press(page, "Save")
    assert "The tag has 31 characters." in words(page)
    assert store.run(run.id).name == "old"
    assert page.text_input(key=f"name {run.id}").value == "new"  # nothing has to be typed again


def test_a_waiting_run_can_leave_the_queue_and_come_back(store: Store) -> None:
    run = store.create(CONFIG)
    page = opened(run)
    press(page, "Leave the queue")
    assert store.run(run.id).state == "stopped"
    press(page, "Resume")
    assert store.queue() == [run.id]


def test_a_run_that_is_trained_is_asked_to_stop_and_cannot_be_deleted(store: Store) -> None:
    run = store.create(CONFIG)
    with store.locked(run.id):
        store.start(run.id)
        page = opened(run)
        press(page, "Delete")
        assert f"Run {run.id} is being trained." in words(page)
        press(page, "Stop")
        assert "It stops as soon as" in words(page)
        assert store.record(run.id, seconds=1.0)  # says whether someone has asked it to stop


def test_a_damaged_run_says_why_and_can_be_deleted(store: Store) -> None:
    run = finished(store, "spoilt")
    with store._engine.begin() as database:
        database.execute(update(schema.run).values(config="{"))
    page = opened(run)
    assert table(page)["State"][0] == "damaged"
    assert "The saved settings cannot be read by this version of the lab" in words(page)
    press(page, "Delete")
    assert store.runs() == []


def test_a_run_that_was_removed_in_another_tab_is_no_longer_chosen(store: Store) -> None:
    run, _ = finished(store, "gone"), finished(store, "here")
    page = opened(run)
    store.delete(run.id)
    store.empty_bin()
    page.run()
    assert not page.exception
    assert "Choose a run in the first column" in words(page)


def test_a_button_on_a_run_that_was_removed_in_another_tab_says_so(store: Store) -> None:
    run = store.create(CONFIG, queued=False)
    page = opened(run)
    store.delete(run.id)
    store.empty_bin()
    press(page, "Resume")
    assert f"There is no run '{run.id}'." in words(page)


# ---- several runs


def test_two_chosen_runs_show_their_curves_and_only_the_settings_that_differ(store: Store) -> None:
    one, other = finished(store, "one"), finished(store, "other", learning_rate=0.01, train_size=500)
    page = opened(one, other)
    assert page.subheader[0].value == "2 runs side by side"
    settings = page.dataframe[1].value
    assert list(settings.columns) == ["Run", "Best accuracy", "Learning rate", "Training pictures"]
    assert settings.to_numpy().tolist() == [["one", 91.25, "0.001", "all"], ["other", 91.25, "0.01", "500"]]


def test_runs_of_different_networks_and_a_damaged_one_can_stand_side_by_side(store: Store) -> None:
    runs = [finished(store, "mlp"), finished(store, "cnn", **{"network.kind": "cnn"}), finished(store, "spoilt")]
    with store._engine.begin() as database:
        database.execute(update(schema.run).where(schema.run.c.name == "spoilt").values(config="{"))
    page = opened(*runs)
    assert "The settings of spoilt cannot be read." in words(page)
    assert list(page.dataframe[1].value["Channels"]) == ["", "32, 64"]


def test_runs_with_the_same_settings_say_so(store: Store) -> None:
    assert "All settings of these runs are the same." in words(opened(finished(store), finished(store)))


def test_more_runs_than_lines_can_be_told_apart_show_the_first_ones(store: Store) -> None:
    runs = [finished(store) for _ in range(MOST + 1)]
    assert f"Curves of the first {MOST} that you chose" in words(opened(*runs))


def test_a_run_has_the_same_line_in_both_charts_and_its_name_is_no_html(store: Store) -> None:
    runs = [finished(store, "same"), finished(store, "<b>x</b> & y"), store.create(CONFIG, name="same")]
    names = names_apart(runs)
    assert names == [f"same {runs[0].id[-6:]}", "<b>x</b> & y", f"same {runs[2].id[-6:]}"]
    losses = loss_by_step(names, [store.steps(run.id) for run in runs], logarithmic=True)
    accuracies = accuracy_by_epoch(names, [store.epochs(run.id) for run in runs])
    assert [trace.name for trace in losses.data] == [trace.name for trace in accuracies.data]
    assert [trace.line for trace in losses.data] == [trace.line for trace in accuracies.data]
    assert losses.data[1].name == "&lt;b&gt;x&lt;/b&gt; &amp; y"
    assert list(losses.data[0].y) == [1.0, 0.5]
    assert list(accuracies.data[0].y) == [50.0, 91.25]


# ---- the bin


def test_a_deleted_run_comes_back_with_undo(store: Store) -> None:
    run = finished(store, "mine")
    page = opened(run)
    press(page, "Delete")
    assert "mine: moved to the bin." in words(page)
    assert "No runs here, only in the bin." in words(page)
    press(page, "Undo")
    assert [each.id for each in store.runs()] == [run.id]
    assert "moved to the bin" not in words(page)


def test_several_runs_are_deleted_and_brought_back_together(store: Store) -> None:
    runs = [finished(store), finished(store)]
    page = opened(*runs)
    press(page, "Delete them")
    assert "2 runs: moved to the bin." in words(page)
    press(page, "Undo")
    assert len(store.runs()) == 2


def test_the_bin_shows_its_runs_and_gives_back_the_chosen_ones(store: Store) -> None:
    keep, back = finished(store, "keep"), finished(store, "back")
    store.delete(keep.id)
    store.delete(back.id)
    page = opened()
    assert list(table(page)["Run"]) == ["back", "keep"]
    key = "bin " + page.dataframe[0].proto.id.split("-bin ")[1]
    page.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    press(page, "Restore")
    assert [run.name for run in store.runs()] == ["back"]


def test_the_bin_is_emptied_only_after_a_second_question(store: Store, home: Path) -> None:
    run = finished(store, "mine")
    store.delete(run.id)
    page = opened()
    assert "Removes 1 run for good, curves and models included. This cannot be undone." in words(page)
    assert store.runs(include_deleted=True)
    press(page, "Remove for good")
    assert store.runs(include_deleted=True) == []
    assert not (home / "bin" / run.id).exists()
    assert "No runs yet." in words(page)
