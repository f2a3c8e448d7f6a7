"""The Browse page without a browser: filters, links, models, empty and wrong states."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.data import load
from mnist_core.data.catalogue import Catalogue, Query
from mnist_core.runs import open_store
from mnist_core.runs.worker import work
from tests.ui.dashboard import open_page


def browse(**link: str) -> AppTest:
    return open_page("data/browse.py", **link)


def count(page: AppTest) -> str:
    return page.caption[0].value.split(" of ")[0]


def test_all_digits_of_the_sample_are_there_on_pages_of_two_hundred():
    page = browse()
    assert page.title[0].value == "Browse"
    assert page.caption[0].value.startswith("5,000 of 5,000 digits, here 1 to 200.")


def test_a_link_shows_the_same_view():
    page = browse(part="test", **{"class": "7"}, sort="ink", descending="true", per_page="100")
    assert page.caption[0].value.startswith("50 of 5,000 digits")
    assert page.segmented_control(key="part").value == "test"
    assert page.selectbox(key="sort").value == "ink"


def test_filters_narrow_the_list():
    page = browse()
    page.pills(key="class").select("3").run()
    assert count(page) == "500"
    page.segmented_control(key="part").set_value("validation").run()
    assert count(page) == "50"


def test_nothing_found_is_a_sentence_and_one_click_shows_everything_again():
    page = browse(**{"from": "900000"})
    assert [info.value for info in page.info] == ["None of the 5,000 digits matches all of this."]
    page.button[0].click().run()
    assert not page.exception
    assert count(page) == "5,000"


def test_a_link_to_a_digit_opens_it():
    table = Catalogue(load("sample"))
    row = int(table.find(Query(split="test"))[3])
    page = browse(digit=f"test-{table.index[row]}")
    headers = [header.value for header in page.header]
    assert headers == [f"{table.label[row]} :gray[test, index {table.index[row]:,}]"]
    assert any("pixels have ink" in text.value for text in page.markdown)


@pytest.mark.parametrize("address", ["test-999999999", "nonsense", "train-", "test-1 OR 1", "<b>", "train-\u0661"])
def test_a_link_to_no_digit_says_so_and_shows_the_list(address):
    page = browse(digit=address)
    assert "has no digit" in page.warning[0].value
    assert count(page) == "5,000"


def test_a_jump_turns_to_the_page_of_an_index_and_opens_the_digit():
    table = Catalogue(load("sample"))
    row = int(table.find(Query())[950])
    page = browse()
    page.number_input(key="jump").set_value(int(table.index[row])).run()
    assert not page.exception
    assert ", here 801 to 1,000." in page.caption[0].value
    assert page.header[0].value.endswith(f"index {table.index[row]:,}]")


def test_a_jump_finds_a_digit_of_any_split_that_is_in_the_list():
    index = load("sample").test.indices[7]
    page = browse()
    page.number_input(key="jump").set_value(int(index)).run()
    assert not page.exception
    assert page.header[0].value.endswith(f":gray[test, index {index:,}]")


def test_a_jump_to_an_index_that_is_not_there_says_so():
    page = browse()
    page.number_input(key="jump").set_value(123_456_789).run()
    assert "No digit with index 123,456,789" in page.warning[0].value
    assert count(page) == "5,000"


def test_a_link_to_a_page_beyond_the_list_shows_its_first():
    page = browse(page="25")
    assert ", here 4,801 to 5,000." in page.caption[0].value
    page = browse(page="25", **{"class": "3"})
    assert ", here 1 to 200." in page.caption[0].value


def test_a_list_that_became_shorter_shows_its_last_page():
    def script() -> None:
        import streamlit as st

        from pages.shared.browse_filters import page_of

        st.text(page_of(st.session_state["count"], 100))

    page = AppTest.from_function(script)
    page.session_state["count"], page.session_state["page"] = 450, 5
    assert page.run().text[0].value == "4"
    page.session_state["count"] = 150
    assert page.run().text[0].value == "1"


def test_another_filter_or_order_begins_at_the_first_page():
    page = browse(page="2", **{"class": "3"})
    assert ", here 201 to 400." in page.caption[0].value
    page.toggle(key="descending").set_value(True).run()
    assert not page.exception
    assert "500 of 5,000 digits, here 1 to 200." in page.caption[0].value
    page = browse(page="3")
    page.pills(key="class").select("3").run()
    assert "500 of 5,000 digits, here 1 to 200." in page.caption[0].value


def test_with_a_model_its_mistakes_can_be_found_but_not_those_on_the_test_split(home: Path):
    store = open_store()
    run = store.create(TrainConfig(data="sample", epochs=1), name="mine")
    work(store, run.id)
    store.close()
    page = browse(model=f"mine ({run.id})", mistakes="true", sort="loss", descending="true")
    assert page.multiselect(key="model").value == [run.id]
    assert 50 < int(count(page)) < 1500
    page.segmented_control(key="part").set_value("test").run()
    assert "None of the 5,000 digits" in page.info[0].value


def test_without_a_model_a_link_that_sorts_by_its_loss_falls_back_to_the_index():
    page = browse(sort="the+model's+loss", mistakes="true")
    assert page.selectbox(key="sort").value == "index"
    assert count(page) == "5,000"


def test_a_link_to_a_data_set_that_is_not_here_says_so_and_shows_another():
    page = browse(data="Fashion-MNIST")
    assert "'Fashion-MNIST', is not here; this is Bundled sample of MNIST." in page.info[0].value.replace("\\", "")
    assert [link.proto.label for link in page.get("page_link")] == ["Get data"]
    assert count(page) == "5,000"


def test_a_damaged_list_of_decisions_is_a_sentence_when_chosen_and_no_trouble_before(home: Path):
    (home / "labels" / "sample").mkdir(parents=True)
    (home / "labels" / "sample" / "careful.json").write_text("{")
    page = browse()
    assert count(page) == "5,000"
    page.selectbox(key="data").set_value("sample/careful").run()
    assert not page.exception
    assert "cannot be read" in page.error[0].value


def test_a_damaged_data_set_says_what_is_wrong_and_offers_the_page_that_mends_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    def damaged(*_: object, **__: object) -> None:
        from mnist_core.errors import BadFile

        raise BadFile("The pictures are damaged.", "Get them again.")

    monkeypatch.setattr("pages.shared.resources.load", damaged)
    page = browse()
    assert "damaged" in page.error[0].value
    assert [link.proto.label for link in page.get("page_link")] == ["See to the files"]
