"""The Map page without a browser: at once, after a wait, of a model, with digits chosen by sliders, and in trouble."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.config import MLP, TrainConfig
from mnist_core.data import load, own
from mnist_core.data.catalogue import Catalogue
from mnist_core.errors import BadFile
from mnist_core.runs import open_store
from mnist_core.runs.worker import work
from pages.shared import digit_view
from pages.shared.tasks import tasks
from tests.ui.dashboard import open_page


@pytest.fixture
def own_digits() -> None:
    train = load("sample").train
    for image, label in zip(train.images[:24], train.labels[:24], strict=True):
        own.add(image, int(label), origin="drawing")


def open_map(**link: str) -> AppTest:
    return open_page("data/map.py", **link)


def chosen(page: AppTest) -> list[str]:
    assert not page.exception, page.exception
    return [subheader.value for subheader in page.subheader]


def test_a_pca_map_of_the_pixels_is_there_at_once():
    page = open_map()
    assert page.title[0].value == "Map"
    assert page.caption[0].value.startswith(
        "4,500 training and validation digits; models are not asked about test digits"
    )
    assert "% are of its class" in page.caption[0].value
    assert "Draw a line around some points" in page.info[0].value
    assert chosen(page) == []


@pytest.mark.usefixtures("own_digits")
def test_a_tsne_map_is_offered_drawn_in_the_background_and_kept():
    page = open_map(data="Your own digits", method="t-SNE")
    assert "This map of 20 digits has not been drawn yet." in page.markdown[1].value
    assert [button.label for button in page.button] == ["Draw the map"]
    page.button[0].click().run()
    assert not page.exception
    (key,) = tasks()._processes
    deadline = time.monotonic() + 30
    while tasks().latest(key).state == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert tasks().latest(key).state == "done", tasks().latest(key).problem
    assert page.run().caption[0].value.startswith("20 training and validation digits")
    again = open_map(data="Your own digits", method="t-SNE")
    assert again.caption[0].value.startswith("20 training and validation digits")


def test_sliders_choose_digits_of_a_part_of_the_map_and_a_button_takes_it_back():
    page = open_map()
    page.slider(key="across").set_value((0, 100)).run()
    assert chosen(page) == []
    page.selectbox(key="chosen_class").set_value("7").run()
    assert chosen(page) == ["450 digits chosen, here the first 400; 50 more are chosen"]
    assert page.caption[1].value == "7: 450"
    page.slider(key="across").set_value((0, 50)).run()
    left = int(chosen(page)[0].split()[0])
    assert 0 < left < 450
    page.slider(key="across").set_value((50, 100)).run()
    assert int(chosen(page)[0].split()[0]) + left in (450, 451)
    page.segmented_control(key="method").set_value("tsne").run()
    page.segmented_control(key="method").set_value("pca").run()
    assert int(chosen(page)[0].split()[0]) + left in (450, 451)
    next(button for button in page.button if button.label == "Clear the selection").click().run()
    assert chosen(page) == []
    assert page.slider(key="across").value == (0, 100)


def test_a_part_of_the_map_without_digits_says_so():
    page = open_map()
    page.slider(key="across").set_value((0, 0)).run()
    page.slider(key="up").set_value((0, 0)).run()
    assert chosen(page) == []
    assert "No digit lies in there." in page.info[0].value


@pytest.mark.usefixtures("own_digits")
def test_what_is_chosen_belongs_to_its_data_set():
    page = open_map()
    page.selectbox(key="chosen_class").set_value("7").run()
    page.selectbox(key="data").set_value("own").run()
    assert chosen(page) == []


def test_fashion_keeps_its_own_names(real_data, monkeypatch):
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    page = open_map(data="Fashion-MNIST")
    assert page.caption[0].value.startswith("10,000 training and validation digits")
    page.selectbox(key="chosen_class").set_value("Sneaker").run()
    assert page.caption[1].value == "Sneaker: 999"


def test_the_last_hidden_layer_of_a_model_is_mapped_and_its_answers_are_told(monkeypatch: pytest.MonkeyPatch):
    store = open_store()
    run = store.create(TrainConfig(data="sample", epochs=1, network=MLP(hidden=(16,))), name="mine")
    work(store, run.id)
    titles: list[str] = []
    monkeypatch.setattr("pages.shared.digit_grid.digit_grid", lambda images, given, *_, **__: titles.extend(given))
    page = open_map(features=f"last hidden layer of mine ({run.id})")
    assert page.selectbox(key="features").value == run.id
    page.selectbox(key="chosen_class").set_value("3").run()
    assert len(titles) == 400
    assert all(" read as " in title for title in titles)
    store.checkpoint(run.id).path.write_bytes(b"damaged")
    for file in (store.folder(run.id).parents[1] / "cache" / "maps").glob("*"):
        file.unlink()
    page.run()
    assert not page.exception
    assert page.error
    page.button[0].click().run()
    assert page.selectbox(key="features").value == "pixels"
    assert page.caption[0].value.startswith("4,500")
    store.close()


def test_a_link_to_a_digit_opens_it_and_a_wrong_one_says_so():
    index = load("sample").train.indices[0]
    assert f"index {index:,}]" in open_map(digit=f"train-{index}").header[0].value
    assert "has no digit" in open_map(digit="nonsense").warning[0].value


@pytest.mark.usefixtures("own_digits")
def test_a_link_finds_ones_own_digit_among_others_by_its_number_below_zero():
    table = Catalogue(load("sample+own"))
    row = digit_view.row_at(table, "train--5")
    assert table.index[row] == -5
    assert digit_view.address_of(table, row) == "train--5"


def test_a_damaged_data_set_says_what_is_wrong_and_offers_the_page_that_mends_it(monkeypatch: pytest.MonkeyPatch):
    def damaged(*_: object, **__: object) -> None:
        raise BadFile("The pictures are damaged.", "Get them again.")

    monkeypatch.setattr("pages.shared.resources.load", damaged)
    page = open_map()
    assert "damaged" in page.error[0].value
    assert [link.proto.label for link in page.get("page_link")] == ["See to the files"]


def test_a_single_digit_of_ones_own_is_too_few_in_a_sentence():
    own.add(load("sample").train.images[0], 3, origin="drawing")
    page = open_map(data="Your own digits")
    assert "too few" in page.error[0].value
