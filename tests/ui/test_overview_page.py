"""The page "Overview" without a browser: what it says of the sample, of clothes, and of a data set with twins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core.data import SOURCES, Digits, Split, load, own
from pages.shared import resources
from tests.ui.dashboard import charts, open_page


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    """What the server keeps between pages is kept for one test only."""
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def overview() -> AppTest:
    return open_page("data/overview.py")


def text(page: AppTest) -> str:
    return " ".join(each.value for each in (*page.markdown, *page.caption)).replace("\\", "")


def strips(page: AppTest) -> list[str]:
    return [each.proto.body for each in page.get("html")]


def shown_instead(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page, with these digits where the sample would be."""
    monkeypatch.setattr(resources, "digits", lambda name: digits)
    return overview()


def renamed(digits: Digits, name: str) -> Digits:
    return replace(digits, source=replace(digits.source, classes=SOURCES[name].classes))


def test_the_sample_is_balanced_and_its_numbers_stand_beside_the_published_ones():
    page = overview()
    said = text(page)
    assert "Perfectly balanced: each of the 10 classes has 500 pictures." in said
    assert "would be right for 10.0 % of them all" in said
    pixels = load("sample")
    fractions = np.concatenate([pixels.train.images, pixels.validation.images]) / 255
    assert f"| mean | {fractions.mean():.6f} | 0.1307 |" in said
    assert f"| standard deviation | {fractions.std():.6f} | 0.3081 |" in said
    assert "from the 3,528,000 pixels of the training file" in said
    assert "No picture of the training file is in it twice" in said


def test_two_rows_of_pictures_and_four_charts_that_can_be_heard():
    page = overview()
    assert [strip.count("<img ") for strip in strips(page)] == [10, 10]
    assert 'alt="variance of 7"' in strips(page)[1]
    alts = [chart["alt"] for chart in charts(page)]
    assert len(alts) == 4
    assert "between 500 and 500 pictures in each class" in alts[0]


def test_classes_have_their_names_and_an_unbalanced_set_is_described(monkeypatch):
    digits = renamed(load("sample"), "fashion-mnist")
    kept = (digits.train.labels != 7) | (np.arange(len(digits.train.labels)) % 2 == 0)
    fewer = Split(digits.train.images[kept], digits.train.labels[kept], digits.train.indices[kept])
    page = shown_instead(replace(digits, train=fewer), monkeypatch)
    sneakers = 500 - int((~kept).sum())
    assert (
        f"The largest class, T-shirt/top, has 500 pictures, {500 / sneakers:.2f} times as many as the smallest, Sneaker, "
        f"with {sneakers}. Always answering T-shirt/top would be right"
    ) in text(page)
    assert "Ankle boot</figcaption>" in strips(page)[0]


def test_with_a_few_digits_of_ones_own_the_absent_classes_are_named_and_the_numbers_are_mnists():
    train = load("sample").train
    for image in train.images[train.labels == 3][:3]:
        own.add(image, 3, origin="drawing")
    own.add(train.images[train.labels == 8][0], 8, origin="drawing")
    page = overview()
    page.selectbox(key="data").set_value("own").run()
    assert not page.exception
    assert "The largest class, 3, has 3 pictures; there is none of 0, 1, 2, 4, 5, 6, 7, 9." in text(page)
    assert "The published numbers are MNIST's" in text(page)


def test_twins_are_counted_in_a_sentence(monkeypatch):
    digits = load("sample")
    images = digits.test.images.copy()
    images[:3] = digits.train.images[:3]
    images[3] = digits.validation.images[0]
    page = shown_instead(replace(digits, test=replace(digits.test, images=images)), monkeypatch)
    assert (
        "3 of the test and 0 of the validation split are also in the training split, 1 of the test split also in validation"
    ) in text(page)


def test_the_statistics_are_computed_once_for_all_sessions(monkeypatch):
    overview()
    monkeypatch.setattr("mnist_core.data.statistics", None)
    again = overview()
    assert "Perfectly balanced" in text(again)
