"""Decisions about labels: reversible, beside the data, and usable as a data set."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mnist_core.data import decisions, is_present, load, present_names, source
from mnist_core.data.decisions import Decision
from mnist_core.errors import BadFile, BadInput, NotFound
from mnist_core.models import recipe
from mnist_core.training.plan import plan


def decide_three() -> tuple[int, int, int]:
    """Keep one digit of the sample's training split, relabel one and exclude one; give their indices."""
    first, second, third = map(int, load("sample").train.indices[:3])
    decisions.decide("sample", "careful", first, Decision("keep"))
    decisions.decide("sample", "careful", second, Decision("relabel", 4))
    decisions.decide("sample", "careful", third, Decision("exclude"))
    return first, second, third


def test_a_list_changes_the_training_split_and_nothing_else():
    first, second, third = decide_three()
    plain, changed = load("sample"), load("sample/careful")
    label = dict(zip(changed.train.indices.tolist(), changed.train.labels.tolist(), strict=True))
    assert label[first] == plain.train.labels[0]
    assert label[second] == 4
    assert third not in label
    assert len(changed.train) == len(plain.train) - 1 == source("sample/careful").train_count
    assert np.array_equal(changed.validation.labels, plain.validation.labels)
    assert np.array_equal(changed.test.indices, plain.test.indices)
    assert changed.split_hash != plain.split_hash


def test_a_plan_knows_how_many_pictures_are_left():
    decide_three()
    amount = plan(recipe("mlp-128-64").config.changed({"data": "sample/careful"}))
    assert (amount.train_count, amount.validation_count) == (3_999, 500)


def test_a_decision_can_be_changed_and_taken_back():
    _, second, third = decide_three()
    decisions.decide("sample", "careful", second, Decision("exclude"))
    decisions.undo("sample", "careful", third)
    decisions.undo("sample", "careful", 123_456)
    assert list(decisions.read("sample", "careful"))[-1] == second
    assert len(load("sample/careful").train) == 3_999
    for index in list(decisions.read("sample", "careful")):
        decisions.undo("sample", "careful", index)
    assert np.array_equal(load("sample/careful").train.labels, load("sample").train.labels)


def test_several_decisions_are_made_and_taken_back_at_once_or_not_at_all():
    first, second, third = decide_three()
    decisions.decide_all("sample", "careful", {first: Decision("exclude"), second: Decision("keep")})
    assert list(decisions.read("sample", "careful").items()) == [
        (third, Decision("exclude")),
        (first, Decision("exclude")),
        (second, Decision("keep")),
    ]
    with pytest.raises(BadInput, match="new label is 10"):
        decisions.decide_all("sample", "careful", {first: Decision("keep"), second: Decision("relabel", 10)})
    assert decisions.read("sample", "careful")[first] == Decision("exclude")
    decisions.undo("sample", "careful", first, second, 123_456)
    assert list(decisions.read("sample", "careful")) == [third]


def test_decisions_made_at_the_same_time_are_all_kept():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda index: decisions.decide("sample", "careful", index, Decision("keep")), range(40)))
    assert sorted(decisions.read("sample", "careful")) == list(range(40))


def test_lists_are_found_by_name():
    assert decisions.names("sample") == []
    decide_three()
    assert decisions.names("sample") == ["careful"]
    assert present_names() == ["sample", "sample/careful"]
    assert is_present("sample/careful")
    assert not is_present("sample/other")
    with pytest.raises(NotFound, match="no list 'other'"):
        load("sample/other")


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "a" * 31, "-a", "a/b"])
def test_a_name_that_could_be_a_path_is_refused(name: str):
    with pytest.raises(BadInput, match="A list cannot be called"):
        decisions.decide("sample", name, 1, Decision("keep"))


@pytest.mark.parametrize("wrong", [Decision("relabel"), Decision("relabel", 10), Decision("burn")])
def test_a_decision_that_makes_no_sense_is_refused(wrong: Decision):
    with pytest.raises(BadInput, match="Allowed"):
        decisions.decide("sample", "careful", 1, wrong)


def test_a_damaged_list_is_a_sentence():
    decide_three()
    next((decisions.places.home() / "labels" / "sample").glob("*.json")).write_text("[1, 2]")
    with pytest.raises(BadFile, match="'careful' cannot be read"):
        load("sample/careful")
