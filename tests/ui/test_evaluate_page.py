"""The Evaluate page without a browser: validation, test, a second model, an epoch, a cell, and every kind of trouble."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from mnist_core.config import MLP, TrainConfig
from mnist_core.data import load, own
from mnist_core.evaluation.confusion import in_cell
from mnist_core.runs import LocalLauncher, Run, Store, open_store, schema
from mnist_core.runs.model import find_predictor
from mnist_core.runs.worker import work
from tests.ui.dashboard import open_page

SMALL = TrainConfig(data="sample", epochs=2, network=MLP(hidden=(32,)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two finished runs of the sample, "first" and "second"; a test gets a copy of it."""
    home = tmp_path_factory.mktemp("trained")
    store = open_store(home=home)
    for seed, name in enumerate(("first", "second")):
        work(store, store.create(SMALL.changed({"seed": seed}), name=name).id)
    store.close()
    return home


@pytest.fixture
def store(trained: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    st.cache_resource.clear()
    monkeypatch.setattr(LocalLauncher, "tend", lambda self: None)
    shutil.copytree(trained, home)
    store = open_store()
    yield store
    store.close()


@pytest.fixture
def empty(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    st.cache_resource.clear()
    monkeypatch.setattr(LocalLauncher, "tend", lambda self: None)
    store = open_store()
    yield store
    store.close()


@pytest.fixture
def strips(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Positions of the digits that each strip has shown."""
    shown: list[np.ndarray] = []
    monkeypatch.setattr("pages.shared.answer_view.strip", lambda _, __, positions, ___: shown.append(positions))
    return shown


def named(store: Store, name: str) -> Run:
    return next(run for run in store.runs() if run.name == name)


def opened(**link: str) -> AppTest:
    return open_page("judge/evaluate.py", **link)


def words(page: AppTest) -> str:
    """Everything the page says, on one line."""
    assert not page.exception, page.exception
    parts = [
        *page.title,
        *page.header,
        *page.markdown,
        *page.caption,
        *page.info,
        *page.warning,
        *page.error,
        *page.success,
    ]
    metrics = [f"{metric.label} {metric.value}" for metric in page.metric]
    labels = [button.label for button in page.button]
    return " | ".join([*(str(part.value) for part in parts), *metrics, *labels]).replace("\\", "")


def links(page: AppTest) -> list[str]:
    return [link.proto.label for link in page.get("page_link")]


def test_a_model_is_judged_on_validation_first(store: Store) -> None:
    run = named(store, "first")
    page = opened(run=run.id)
    said = words(page)
    assert page.selectbox(key="judged run").value == run.id
    best = store.epochs(run.id)[run.best_epoch - 1]
    matrix = store.confusion(run.id, run.best_epoch)
    wrong = int(matrix.sum() - matrix.trace())
    assert f"Accuracy {100 * best.val_accuracy:.2f} %" in said
    assert f"Mistakes {wrong}" in said
    assert "95 % interval" in said
    assert "Top-2 accuracy" in said
    assert f"{wrong} digits, here 1 to {wrong}" in said
    assert "Measured coverage" in said
    assert "Temperature" in said
    assert list(page.dataframe[0].value["Class"]) == list("0123456789")
    assert store.run(run.id).test_looks == 0
    assert page.query_params["run"] == run.id


def test_every_number_and_control_says_what_it_is(store: Store) -> None:
    page = opened()
    assert len(page.metric) == 8
    for metric in page.metric:
        assert len(metric.help) > 20, metric.label
    for control in [*page.selectbox, *page.segmented_control, *page.select_slider]:
        assert len(control.help) > 40, control.label


def test_the_newest_model_is_shown_where_the_address_names_none_and_another_one_on_demand(store: Store) -> None:
    page = opened()
    assert page.query_params["run"] == named(store, "second").id
    page.selectbox(key="judged run").set_value(named(store, "first").id).run()
    assert page.query_params["run"] == named(store, "first").id
    assert f"{named(store, 'first').best_val_accuracy * 100:.2f} %" in words(page)


def test_the_test_split_stays_sealed_until_the_button_and_a_press_counts_once(store: Store) -> None:
    run = named(store, "first")
    page = opened(run=run.id, split="test")
    assert "is sealed" in words(page)
    assert "Top-2" not in words(page)
    assert store.run(run.id).test_looks == 0
    page.button(key="test").click().run()
    said = words(page)
    assert "looked at 1 time" in said
    assert "a little too good" in said
    assert "Top-2 accuracy" in said
    assert "never seen" in said
    assert not page.select_slider
    page.segmented_control(key="view").set_value("row").run()
    page.selectbox(key="truth").set_value("4").run()
    page.segmented_control(key="split").set_value("validation").run()
    page.segmented_control(key="split").set_value("test").run()
    assert "looked at 1 time" in words(page)
    assert store.run(run.id).test_looks == 1
    again = opened(run=run.id, split="test")
    assert "looked at 1 time" in words(again)
    assert "Top-2" not in words(again)


def test_on_the_test_split_a_second_model_has_a_seal_of_its_own(store: Store) -> None:
    first, second = named(store, "first"), named(store, "second")
    page = opened(run=first.id, second=second.id, split="test")
    page.button(key="test").click().run()
    assert "read right only by" not in words(page)
    page.button(key="second test").click().run()
    assert "read right only by" in words(page)
    assert [store.run(run.id).test_looks for run in (first, second)] == [1, 1]


def test_a_second_model_is_subtracted_and_compared_picture_by_picture(store: Store) -> None:
    first, second = named(store, "first"), named(store, "second")
    page = opened(run=first.id, second=second.id)
    assert page.selectbox(key="second judged run").value == second.id
    pictures = load("sample").validation
    right = [
        find_predictor(store, run.id).logits(pictures.images).argmax(1) == pictures.labels for run in (first, second)
    ]
    said = words(page)
    assert f"{(right[0] & ~right[1]).sum()} are read right only by the first model" in said
    assert f"{(right[1] & ~right[0]).sum()} only by the second" in said
    assert "less the second's" in said
    page.selectbox(key="second judged run").set_value("").run()
    assert "less the second's" not in words(page)
    assert "second" not in page.query_params


def test_a_cell_shows_exactly_its_digits_and_the_slider_those_of_its_epoch(
    store: Store, strips: list[np.ndarray]
) -> None:
    run = named(store, "first")
    page = opened(run=run.id, truth="4", read_as="9")
    judged = {epoch: _probabilities(store, run, epoch) for epoch in (1, 2)}
    labels = load("sample").validation.labels
    assert np.array_equal(strips[-1], in_cell(judged[run.best_epoch], labels, 4, 9)[:60])
    assert f"4 read as 9: {len(strips[-1])}" in words(page)
    other = 3 - run.best_epoch
    page.select_slider(key="epoch").set_value(other).run()
    expected = in_cell(judged[other], labels, 4, 9)
    assert len(expected) == store.confusion(run.id, other)[4, 9]
    assert f"4 read as 9 after epoch {other}: {len(expected)}" in words(page)
    assert np.array_equal(strips[-1], expected[:60])


def _probabilities(store: Store, run: Run, epoch: int) -> np.ndarray:
    from mnist_core.runs.model import predictor_of

    return predictor_of(store, run.id, epoch).probabilities(load("sample").validation.images)


def test_a_cell_with_many_digits_has_pages_and_one_without_says_so(
    store: Store, strips: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.shared.confusion_view.PER_PAGE", 20)
    run = named(store, "first")
    matrix = store.confusion(run.id, run.best_epoch)
    page = opened(run=run.id, truth="1", read_as="1")
    assert f"1 read as 1: {matrix[1, 1]}" in words(page)
    assert matrix[1, 1] > len(strips[-1]) == 20
    truth, answer = np.argwhere(matrix == 0)[0]
    page.selectbox(key="truth").set_value(str(truth))
    page.selectbox(key="read_as").set_value(str(answer)).run()
    assert "No digit is in this cell." in words(page)
    page.selectbox(key="truth").set_value("any").run()
    assert "Click a cell" in words(page)


def test_a_worst_confusion_in_words_opens_its_digits(store: Store, strips: list[np.ndarray]) -> None:
    page = opened(run=named(store, "first").id)
    worst = next(button for button in page.button if " read as " in button.label)
    truth, answer, count = worst.label.replace(" read as ", " ").replace("\\", "").replace(":", "").split()
    worst.click().run()
    assert (page.selectbox(key="truth").value, page.selectbox(key="read_as").value) == (truth, answer)
    assert len(strips[-1]) == int(count)


def test_the_digits_of_an_epoch_whose_weights_are_gone_are_missed_in_a_sentence(store: Store) -> None:
    run = named(store, "first")
    other = 3 - run.best_epoch
    store.drop_checkpoints(run.id, [store.checkpoint(run.id, other)])
    page = opened(run=run.id, truth="4", read_as="9", epoch=str(other))
    assert f"The weights of epoch {other} were not kept" in words(page)


def test_prediction_sets_grow_with_the_promise(store: Store) -> None:
    page = opened()
    size = {}
    for promise in ("99", "99.9"):
        page.segmented_control(key="coverage").set_value(promise).run()
        size[promise] = float(next(metric.value for metric in page.metric if metric.label == "Mean set size"))
    assert 1 <= size["99"] < size["99.9"] <= 10


def test_a_run_without_kept_trust_has_it_fitted_and_stored_with_the_model(store: Store) -> None:
    run = named(store, "first")
    for file in (store.folder(run.id) / "trust").glob("*.json"):
        file.unlink()
    assert "Temperature" in words(opened(run=run.id))
    assert len(list((store.folder(run.id) / "trust").glob("*.json"))) == 1


@pytest.mark.parametrize("run", ["20260101-000000-abcdef", "../../etc/passwd", "' OR 1=1"])
def test_a_run_that_does_not_exist_is_a_sentence_and_a_way_on(store: Store, run: str) -> None:
    page = opened(run=run)
    assert "There is no run" in words(page)
    assert links(page) == [f"Judge second ({named(store, 'second').id})", "See the runs there are"]


def test_a_deleted_run_in_the_address_is_said_to_be_in_the_bin(store: Store) -> None:
    run = named(store, "second")
    store.delete(run.id)
    page = opened(run=run.id)
    assert "is in the bin. Restore it on the page Runs" in words(page)
    assert links(page) == [f"Judge first ({named(store, 'first').id})", "See the runs there are"]
    assert words(opened(run=named(store, "first").id, second=run.id)).count("is in the bin") == 1


def test_a_run_whose_checkpoints_are_gone_says_so_and_leads_to_it(store: Store) -> None:
    run = named(store, "first")
    store.drop_checkpoints(run.id, store.checkpoints(run.id))
    page = opened(run=run.id)
    assert "has no such checkpoint" in words(page)
    assert links(page) == ["See the run", "See to the data"]
    assert "has no such checkpoint" in words(opened(run=run.id, split="test"))


def test_a_damaged_checkpoint_is_a_sentence(store: Store) -> None:
    run = named(store, "first")
    store.checkpoint(run.id).path.write_bytes(b"damaged")
    assert opened(run=run.id).error


def test_a_run_before_its_first_epoch_leads_to_its_progress(empty: Store) -> None:
    run = empty.create(SMALL)
    page = opened(run=run.id)
    assert "no model to judge yet" in words(page).casefold()
    assert "See the run" in links(page)


def test_a_run_that_ended_without_a_model_says_so(empty: Store) -> None:
    run = empty.create(SMALL, queued=False)
    empty.start(run.id)
    empty.end(run.id, "diverged", "Training diverged at step 1.")
    assert "so it has no model to judge" in words(opened(run=run.id))


def test_a_run_still_training_is_judged_by_its_best_epoch_so_far(store: Store) -> None:
    run = named(store, "first")
    with store.locked(run.id):
        with store._engine.begin() as database:
            database.execute(update(schema.run).values(fact="started").where(schema.run.c.id == run.id))
        page = opened(run=run.id)
    assert f"best epoch so far, {run.best_epoch} of 2" in words(page)
    assert "See the run" in links(page)
    assert "Top-2 accuracy" in words(page)


def test_without_any_run_or_mnist_the_model_that_comes_with_the_lab_waits_for_the_data(empty: Store) -> None:
    page = opened()
    assert page.selectbox(key="judged run").value == "default"
    assert "MNIST is not here" in words(page)
    assert links(page) == ["Train a network", "See to the data"]


def test_the_model_that_comes_with_the_lab_is_judged_beside_a_run_of_mnist(
    empty: Store, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    config = TrainConfig(data="mnist", train_size=500, epochs=1, network=MLP(hidden=(16,)))
    run = empty.create(config, name="small")
    work(empty, run.id)
    page = opened(run="default", second=run.id)
    told = words(page)
    assert "95 % interval 9" in told
    assert f"small ({run.id})" in told
    page = opened(run="default", split="test")
    page.button(key="test").click().run()
    assert "Top-2 accuracy" in words(page)
    assert "looked at 1 time" in words(page)


def test_a_second_model_of_other_data_is_refused_in_a_sentence(store: Store) -> None:
    for image, label in zip(load("sample").train.images[:30], load("sample").train.labels[:30], strict=True):
        own.add(image, int(label), origin="drawing")
    other = store.create(TrainConfig(data="own", batch_size=8, epochs=1, network=MLP(hidden=(16,))), name="mine")
    work(store, other.id)
    page = opened(run=named(store, "first").id, second=other.id)
    assert "was trained on Your own digits" in words(page)
    assert "cannot be subtracted" in words(page)
    next(button for button in page.button if button.label == "Compare with none").click().run()
    assert "cannot be subtracted" not in words(page)
    # Few digits: the figures are there, the confidence is not judged.
    assert "too few to judge confidence by" in words(opened(run=other.id))


def test_a_model_whose_data_are_not_here_leads_to_the_data(
    store: Store, monkeypatch: pytest.MonkeyPatch, real_data: Path
) -> None:
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    run = store.create(SMALL.changed({"data": "mnist", "epochs": 1}), name="big")
    work(store, run.id)
    monkeypatch.delenv("MNIST_DATA")
    page = opened(run=run.id)
    assert "is not here" in words(page)
    assert "See to the data" in links(page)
