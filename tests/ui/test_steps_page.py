"""The page "From file to network" without a browser: its steps, its links, and the step that needs torch."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from mnist_core.data import load, own
from tests.ui.dashboard import open_page


def opened(**link: str) -> AppTest:
    return open_page("data/steps.py", **link)


def names(page: AppTest) -> list[str]:
    return [text.value.strip("*") for text in page.markdown if text.value.startswith("**")]


def test_five_steps_are_shown_with_shape_and_range():
    page = opened()
    assert names(page) == ["As in the file", "As a tensor", "Normalised", "Flattened", "In a batch"]
    assert any("shape `[64, 1, 28, 28]`" in text.value for text in page.markdown)
    assert "0.1307" in page.code[0].value


def test_augmentation_adds_a_step_and_rolls_again():
    page = opened()
    page.toggle(key="augment").set_value(True).run()
    assert not page.exception
    assert names(page)[2] == "Augmented"
    facts = [text.value for text in page.markdown]
    page.button[0].click().run()
    assert not page.exception
    assert [text.value for text in page.markdown] != facts


def test_a_link_names_split_and_digit_and_a_digit_beyond_the_split_is_its_last():
    page = opened(of="test", digit_number="499")
    assert page.number_input(key="digit_number").value == 499
    assert any("shape `[1, 1, 28, 28]`" in text.value for text in page.markdown)
    page = opened(digit_number="3999")
    page.segmented_control(key="of").set_value("validation").run()
    assert not page.exception
    assert page.number_input(key="digit_number").value == 499


def test_a_split_without_digits_is_a_sentence():
    for image in load("sample").train.images[:2]:
        own.add(image, 3, origin="drawing")
    page = opened(data="Your own digits", of="test")
    assert page.info[0].value.startswith("None of these digits is in test yet.")
    page.segmented_control(key="of").set_value("train").run()
    assert not page.exception
    assert names(page)[0] == "As in the file"


def test_a_link_to_a_digit_that_cannot_be_shows_the_first():
    for bad in ("-5", "1e9", "99999999", "x"):
        page = opened(digit_number=bad)
        assert names(page)[0] == "As in the file"
