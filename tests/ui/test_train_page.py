"""The Train page without a browser, in every state a person can meet it in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from starlette.requests import Request
from starlette.routing import Match
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.data import own
from mnist_core.runs import Checkpoint, Guess, LocalLauncher, Run, Store, open_store
from mnist_core.training.progress import EpochReport, StepReport
from pages.shared import live_run
from pages.shared.charts import MOST_MARKED, accuracy_curves, loss_curves
from pages.shared.run_comparison import accuracy_by_epoch
from tests.ui.dashboard import charts, checked, components, open_page, parts

SMALL = TrainConfig(data="sample", epochs=2, train_size=200)


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A fresh store, with nobody who would train its runs."""
    st.cache_resource.clear()
    monkeypatch.setattr(LocalLauncher, "tend", lambda self: None)
    return open_store()


def opened(**query: str) -> AppTest:
    return open_page("train/new_run.py", **query)


def words(page: AppTest) -> str:
    """Everything the page says, on one line."""
    still = [*page.title, *page.subheader, *page.markdown, *page.caption, *page.info, *page.warning, *page.error]
    changing = [re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL) for html in parts(page).values()]
    labels = [button.label for button in page.button]
    said = " | ".join([*(str(part.value) for part in still), *changing, *labels]).replace("\\", "")
    return re.sub(r" +", " ", said)


def half_trained(store: Store, config: TrainConfig = SMALL) -> Run:
    """A run with one of its two epochs recorded, and no worker."""
    run = store.create(config)
    store.start(run.id)
    store.describe(run.id, device="cpu", threads=1, machine="here, cpu, bfloat16", split_hash="x", total_steps=8)
    steps = [StepReport(i, 1, i, 4, 2.0 / i, 2.0 / i, 1e-3, 1.0, 900.0, 3.0, i / 8) for i in range(1, 5)]
    epoch = EpochReport(1, 4, 0.9, 0.7, 0.8, 0.75, 1.0, True, np.eye(10, dtype=int) * 50, False)
    store.record(run.id, steps=steps, epochs=[epoch], seconds=1.0, preview=[Guess(3, 0.61)] * 12)
    return store.run(run.id)


def test_a_newcomer_sees_the_sample_named_a_recipe_its_layers_and_a_way_to_more_data(store: Store) -> None:
    page = opened()
    said = words(page)
    assert "5,000 digits that come with the lab" in said
    assert "109,386 parameters, 4,000 pictures to learn from, 5 epochs" in said
    assert "96.93 %" in said
    assert [link.proto.label for link in page.get("page_link")] == ["Get all 70,000"]
    layers = page.table[0].value
    assert list(layers["parameters"]) == ["", "100,480", "", "8,256", "", "650"]
    assert not page.button(key="start").disabled


def test_each_recipe_is_one_click_and_one_address(store: Store) -> None:
    page = opened()
    page.radio(key="recipe").set_value("cnn-32-64").run()
    assert "121,930 parameters" in words(page)
    assert "669,706 parameters" in words(opened(recipe="mlp-512"))


def test_every_setting_of_the_form_says_what_it_does(store: Store) -> None:
    page = opened(recipe="own-cnn")
    controls = [*page.sidebar.text_input, *page.sidebar.number_input, *page.sidebar.selectbox, *page.sidebar.slider]
    assert len(controls) + len(page.sidebar.toggle) >= 22
    for control in [*controls, *page.sidebar.toggle]:
        assert control.help, control.label
        assert len(control.help) > 40, control.label


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("learning_rate", "nan", "learning_rate is 'nan'. Allowed: greater than 0"),
        ("learning_rate", "-1", "greater than 0"),
        ("learning_rate", "fast", "greater than 0"),
        ("network.hidden", "128,,x", "network.hidden is 'x'"),
        ("train_size", "3", "train_size is '3'"),
        ("train_size", "4001", "4,000"),
    ],
)
def test_a_bad_value_is_refused_in_words_and_nothing_can_be_started(
    store: Store, setting: str, value: str, sentence: str
) -> None:
    page = opened()
    page.text_input(key=f"mlp-128-64 {setting}").set_value(value).run()
    assert sentence in words(page)
    assert page.button(key="start").disabled


@pytest.mark.parametrize(
    ("setting", "value"), [("batch_size", 0), ("batch_size", 5000), ("epochs", 10**9), ("seed", -1)]
)
def test_a_number_out_of_range_is_refused_in_words(store: Store, setting: str, value: int) -> None:
    page = opened()
    page.number_input(key=f"mlp-128-64 {setting}").set_value(value).run()
    assert "Allowed" in words(page)
    assert page.button(key="start").disabled


def test_settings_that_need_another_one_appear_with_it(store: Store) -> None:
    page = opened()
    assert "Momentum" not in [slider.label for slider in page.slider]
    page.selectbox(key="mlp-128-64 optimizer").set_value("sgd").run()
    assert "Momentum" in [slider.label for slider in page.slider]
    page.selectbox(key="mlp-128-64 schedule").set_value("step").run()
    assert "Epochs between steps" in [number.label for number in page.number_input]


def test_changes_to_a_recipe_are_kept_while_looking_at_another_one_and_at_another_page(store: Store) -> None:
    page = opened()
    page.number_input(key="mlp-128-64 epochs").set_value(9).run()
    page.radio(key="recipe").set_value("mlp-512").run()
    assert page.number_input(key="mlp-512 epochs").value == 5
    page.radio(key="recipe").set_value("mlp-128-64").run()
    assert page.number_input(key="mlp-128-64 epochs").value == 9


def test_augmentation_is_previewed_on_real_digits(store: Store) -> None:
    page = opened()
    page.slider(key="mlp-128-64 augmentation.rotation").set_value(20.0).run()
    assert "three of the endless ways" in words(page)
    assert page.get("html")[0].proto.body.count("<figure") == 12


def test_start_queues_the_run_that_the_form_describes_and_shows_it(store: Store) -> None:
    page = opened()
    page.number_input(key="mlp-128-64 epochs").set_value(3).run()
    page.button(key="start").click().run()
    assert not page.exception
    (run,) = store.runs()
    assert (run.state, run.config.epochs, run.config.data) == ("queued", 3, "sample")
    assert page.query_params["run"] in (run.id, [run.id])
    assert "Leave the queue" in words(page)
    page.button(key="stop").click().run()
    assert store.run(run.id).state == "stopped"


def test_a_running_run_shows_its_progress_and_can_be_stopped(store: Store) -> None:
    run = half_trained(store)
    with store.locked(run.id):
        page = opened(run=run.id)
        said = words(page)
        assert "Epoch 1 of 2 · step 4 of 8 · 900 pictures a second · 3 s left" in said
        assert 'aria-valuenow="50"' in parts(page)["numbers"]
        assert "Validation accuracy 75.00 %" in said
        assert "computed on the processor (CPU), 1 thread, in 16 bits (bfloat16)" in said
        assert "0 mistakes" in said
        assert parts(page)["preview"].count("<figure") == 12
        page.button(key="stop").click().run()
        assert "stop" in [event.kind for event in store.events(run.id)]


def news_of(address: str) -> tuple[int, dict]:
    """What the server answers to a browser that asks for the news of a run: the status and the JSON."""
    [route] = live_run.ROUTES
    path, _, query = address.partition("?")
    scope = {"type": "http", "method": "GET", "path": f"/{path}", "query_string": query.encode(), "headers": []}
    match, found = route.matches(scope)
    assert match is Match.FULL
    answer = route.endpoint(Request(scope | found))
    return answer.status_code, json.loads(answer.body)


def test_while_a_run_is_trained_the_browser_is_told_where_to_ask_for_what_the_page_shows(store: Store) -> None:
    run = half_trained(store)
    with store.locked(run.id):
        page = opened(run=run.id)
        [follow] = [data for data in components(page) if "address" in data]
        assert follow["every"] == 1000
        _, told = news_of(follow["address"])
        assert told["shape"] == follow["shape"]
        assert told["parts"] == parts(page)
        assert [told["charts"][key] for key in ("loss", "accuracy", "confusion")] == [
            {"figure": chart["figure"], "alt": chart["alt"]} for chart in charts(page)
        ]
        store.record(run.id, steps=[StepReport(5, 2, 1, 4, 0.4, 0.4, 1e-3, 1.0, 900.0, 2.0, 5 / 8)], seconds=1.2)
        _, later = news_of(follow["address"])
    assert "step 5 of 8" in later["parts"]["numbers"]
    assert later["shape"] == told["shape"]
    assert later["charts"]["loss"] != told["charts"]["loss"]
    assert later["charts"]["accuracy"] == told["charts"]["accuracy"]


def test_the_page_is_drawn_anew_when_something_comes_or_goes(store: Store) -> None:
    run = store.create(SMALL)
    address = live_run.address(run, logarithmic=True)
    shapes = [news_of(address)[1]["shape"]]
    store.start(run.id)
    with store.locked(run.id):
        shapes.append(news_of(address)[1]["shape"])
        epoch = EpochReport(1, 4, 0.9, 0.7, 0.8, 0.75, 1.0, True, np.eye(10, dtype=int) * 50, False)
        store.record(
            run.id, steps=[StepReport(4, 1, 4, 4, 0.4, 0.4, 1e-3, 1.0, 9.0, 2.0, 0.5)], epochs=[epoch], seconds=1.0
        )
        shapes.append(news_of(address)[1]["shape"])
    shapes.append(news_of(address)[1]["shape"])
    store.end(run.id, "finished", "")
    shapes.append(news_of(address)[1]["shape"])
    assert len(set(shapes)) == 5
    assert not [data for data in components(opened(run=run.id)) if "address" in data]


def test_news_of_a_run_that_is_not_there_is_an_answer_too(store: Store) -> None:
    status, answer = news_of("lab/run/20260101-000000-abcdef")
    assert status == 404
    assert "There is no run" in answer["error"]


def test_what_happened_is_sent_to_the_page_once_it_is_opened(store: Store) -> None:
    run = half_trained(store)
    page = opened(run=run.id)
    assert not page.table
    page.session_state["events"] = True
    [table] = checked(page.run()).table
    assert len(table.value) == len(store.events(run.id))


def test_charts_without_a_point_have_no_numbers_on_their_axes(store: Store) -> None:
    run = store.create(SMALL)
    assert not any(chart["figure"]["layout"]["yaxis"]["showticklabels"] for chart in charts(opened(run=run.id)))
    done = half_trained(store)
    shown = [chart for chart in charts(opened(run=done.id)) if chart["alt"].startswith(("Loss", "Accuracy"))]
    assert [chart["figure"]["layout"]["yaxis"]["showticklabels"] for chart in shown] == [True, True]


def test_epochs_are_marked_until_there_are_too_many(store: Store) -> None:
    few = store.epochs(half_trained(store).id) * MOST_MARKED
    for epochs, mode in ((few, "lines+markers"), ([*few, few[0]], "lines")):
        assert {trace.mode for trace in accuracy_curves(epochs, 100).data} == {mode}
        assert accuracy_by_epoch(["one"], [epochs]).data[0].mode == mode
        losses = loss_curves(store.steps(store.runs()[0].id), epochs, 8, logarithmic=False)
        assert {trace.name: trace.mode for trace in losses.data}["validation"] == mode


def test_a_loss_with_label_smoothing_says_why_validation_lies_lower(store: Store) -> None:
    assert "With label smoothing" not in words(opened(run=half_trained(store).id))
    run = half_trained(store, SMALL.changed({"label_smoothing": 0.05}))
    assert "even a perfect answer costs 0.28 in training" in words(opened(run=run.id))


def test_a_run_that_was_just_started_is_looked_at_often_and_one_that_waits_for_long_is_not(store: Store) -> None:
    run = store.create(SMALL)
    assert live_run.refresh_seconds(run) == live_run.EVERY_S_AT_FIRST
    earlier = run.created_at - timedelta(seconds=live_run.AT_FIRST_S)
    assert live_run.refresh_seconds(replace(run, created_at=earlier)) == live_run.EVERY_S
    assert live_run.refresh_seconds(replace(run, step=4)) == live_run.EVERY_S
    store.end(run.id, "stopped", "Stopped.")
    assert live_run.refresh_seconds(store.run(run.id)) is None


def test_a_fresh_page_points_to_the_run_that_is_being_trained(store: Store) -> None:
    run = half_trained(store)
    with store.locked(run.id):
        links = [link.proto.label for link in opened().get("page_link")]
    assert f"A run is being trained: watch {run.id}" in links


def test_a_crashed_run_says_so_and_can_be_resumed(store: Store) -> None:
    run = half_trained(store)
    page = opened(run=run.id)
    assert "crashed, can be resumed" in words(page)
    page.button(key="resume").click().run()
    assert store.run(run.id).state == "queued"


@pytest.mark.parametrize(
    ("fact", "reason", "shown"),
    [
        ("finished", "", "finished"),
        ("failed", "The disk is full.", "The disk is full."),
        ("stopped", "Stopped at step 4.", "Stopped at step 4."),
        ("diverged", "Training diverged at step 5.", "diverged at step 5"),
    ],
)
def test_an_ended_run_says_how_it_ended_and_what_to_do_next(store: Store, fact: str, reason: str, shown: str) -> None:
    run = half_trained(store)
    store.end(run.id, fact, reason)
    page = opened(run=run.id)
    assert "Judge it" in [link.proto.label for link in page.get("page_link")]
    said = words(page)
    assert shown in said
    assert "What next" in said
    assert "Best epoch 1: 75.00 %" in said
    assert "Look at the test set" in said


def test_a_run_that_diverged_before_its_first_point_still_has_a_page(store: Store) -> None:
    run = store.create(SMALL)
    store.start(run.id)
    store.end(run.id, "diverged", "Training diverged at step 1.")
    assert "diverged at step 1" in words(opened(run=run.id))


@pytest.mark.parametrize("run", ["20260101-000000-abcdef", "../../etc/passwd", "' OR 1=1"])
def test_an_address_of_a_run_that_does_not_exist_says_so_and_offers_the_list(store: Store, run: str) -> None:
    page = opened(run=run)
    assert "There is no run" in words(page)
    assert "See the runs there are" in [link.proto.label for link in page.get("page_link")]


def test_a_name_with_markup_is_shown_as_it_was_written(store: Store) -> None:
    run = half_trained(store)
    store.rename(run.id, "<b>x</b> $y$ :red[z] ![p](http://evil)")
    page = opened(run=run.id)
    assert "<b>" not in page.subheader[0].value.replace("\\<", "")
    assert "<b>x</b> $y$ :red[z] ![p](http://evil)" in words(page)


def test_looks_at_the_test_split_are_counted_and_shown_with_an_interval(store: Store) -> None:
    run = store.create(SMALL, queued=False)
    LocalLauncher(store).train_here(run.id)
    page = opened(run=run.id)
    assert "looked at" not in words(page)
    for looks in (1, 2):
        page.button(key="test").click().run(timeout=60)
        assert not page.exception
        assert f"looked at {looks} time" in words(page)
        assert store.run(run.id).test_looks == looks
    assert "95 % interval" in words(page)


def test_the_code_shown_for_a_model_is_there_to_copy(store: Store) -> None:
    run = half_trained(store)
    store.end(run.id, "finished")
    assert "nn.Linear(784, 128)" in opened(run=run.id).code[0].value


def test_a_run_can_start_from_an_earlier_one_and_one_that_does_not_fit_is_refused(store: Store) -> None:
    fits = half_trained(store)
    other = store.create(SMALL.changed({"network.hidden": (16,)}))
    for run in (fits, other):
        path = store.folder(run.id) / "checkpoints" / "epoch-001.pt"
        store.add_checkpoint(run.id, Checkpoint(path, "epoch", 4, 1, "0" * 64, 1))
        store.end(run.id, "stopped")
    epoch = EpochReport(1, 4, 0.9, 0.7, 0.8, 0.75, 1.0, True, np.eye(10, dtype=int) * 50, False)
    store.record(other.id, epochs=[epoch], seconds=1.0)
    page = opened()
    assert page.selectbox(key="start_from").options[0] == "random weights"
    page.selectbox(key="start_from").set_value(other.id).run()
    assert "whose network has hidden (16,); this one has hidden (128, 64)." in words(page)
    assert page.button(key="start").disabled
    page.selectbox(key="start_from").set_value(fits.id).run()
    page.button(key="start").click().run()
    assert not page.exception, page.exception
    assert store.runs()[0].config.start_from == fits.id


def test_own_digits_are_offered_with_every_set_of_digits(store: Store) -> None:
    assert not [title for title in opened().selectbox(key="data").options if "own" in title]
    own.add(np.full((28, 28), 99, np.uint8), 4, origin="picture")
    titles = ["Your own digits", "Bundled sample of MNIST and your own digits"]
    assert opened().selectbox(key="data").options[-2:] == titles


def test_a_run_whose_list_of_decisions_is_damaged_is_shown_with_what_it_learned(store: Store, home: Path) -> None:
    run = half_trained(store, SMALL.changed({"data": "sample/careful"}))
    store.end(run.id, "stopped", "Stopped, as asked.")
    (home / "labels" / "sample").mkdir(parents=True)
    (home / "labels" / "sample" / "careful.json").write_text("{")
    said = words(opened(run=run.id))
    assert "with the labels of 'careful'" in said
    assert "75.00 %" in said
    assert "cannot be read" in said
