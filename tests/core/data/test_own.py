"""A person's own digits: kept, relabelled, binned, split for life, and usable as a data set."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data import load, own, present_names, source, version
from mnist_core.errors import BadConfig, BadInput, NotFound
from mnist_core.training.plan import plan


def picture(ink: int) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[10:18, 12:15] = ink
    return image


def draw(label: int, count: int = 1) -> list[own.OwnDigit]:
    return [own.add(picture(100 + i), label, origin="drawing", strokes=[[(1, 2), (3, 4.5)]]) for i in range(count)]


def test_a_digit_is_kept_as_it_was_drawn():
    [kept] = draw(7)
    [found] = own.own_digits()
    assert (found.number, found.label, found.origin, found.is_test) == (1, 7, "drawing", False)
    assert np.array_equal(found.image, picture(100))
    assert found.strokes == (((1.0, 2.0), (3.0, 4.5)),)
    assert found.made_at == kept.made_at


@pytest.mark.parametrize("label", [-1, 10, 7.0, "7", None])
def test_what_is_not_a_digit_is_refused_as_a_label(label):
    with pytest.raises(BadInput, match="Allowed: 0 to 9"):
        own.add(picture(1), label, origin="drawing")
    assert own.own_digits() == []


def test_a_picture_that_is_not_prepared_is_refused():
    with pytest.raises(BadInput, match="28"):
        own.add(np.zeros((280, 280), np.uint8), 3, origin="picture")


def test_the_third_of_every_five_digits_of_a_class_is_kept_for_the_test_and_stays_there():
    draw(1, 5), draw(2, 2)
    assert [digit.number for digit in own.own_digits() if digit.is_test] == [3]
    own.relabel(3, 2)
    own.remove(1)
    assert [(digit.number, digit.label) for digit in own.own_digits() if digit.is_test] == [(3, 2)]


def test_a_removed_digit_comes_back_and_its_number_is_not_given_away():
    draw(3, 2)
    own.remove(2)
    assert [digit.number for digit in own.own_digits()] == [1]
    draw(3)
    own.restore(2)
    assert [digit.number for digit in own.own_digits()] == [1, 2, 3]
    with pytest.raises(NotFound):
        own.remove(9)
    with pytest.raises(NotFound):
        own.restore(1)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"label": 99}'])
def test_a_damaged_file_is_left_out_and_the_others_are_read(content: bytes):
    draw(4, 2)
    (own.folder() / "000001.json").write_bytes(content)
    (own.folder() / ".touch").touch()  # a new file changes the folder's time, as every write of the lab does
    assert [digit.number for digit in own.own_digits()] == [2]


def test_own_digits_are_a_data_set():
    assert "own" not in present_names()
    with pytest.raises(NotFound, match="Draw some"):
        load("own")
    for label in range(10):
        draw(label, 5)
    assert present_names() == ["sample", "own"]
    digits = load("own")
    assert (len(digits.train), len(digits.validation), len(digits.test)) == (32, 8, 10)
    assert digits.test.indices.tolist() == list(range(3, 51, 5))
    assert sorted([*digits.train.indices, *digits.validation.indices]) == [n for n in range(1, 51) if n % 5 != 3]


def test_own_digits_join_those_to_learn_from_and_change_nothing_else():
    draw(7, 10)
    mixed, plain = load("sample+own"), load("sample")
    assert len(mixed.train) == len(plain.train) + 8 == source("sample+own").train_count
    assert sorted(mixed.train.indices)[:8] == [-10, -9, -7, -6, -5, -4, -2, -1]
    assert np.array_equal(mixed.validation.indices, plain.validation.indices)
    assert np.array_equal(mixed.test.images, plain.test.images)
    assert source("sample+own").title == "Bundled sample of MNIST and your own digits"


def test_a_split_hash_tells_of_every_change():
    draw(7, 3)
    before, as_of = load("sample+own").split_hash, version("sample+own")
    own.relabel(2, 1)
    after = load("sample+own").split_hash
    own.relabel(2, 7)
    assert before != after
    assert version("sample+own") != as_of
    assert load("sample+own").split_hash == before


def test_too_few_digits_of_ones_own_are_refused_before_a_run_begins():
    from mnist_core.models import recipe

    draw(7, 4)
    with pytest.raises(BadConfig, match="only 2 training pictures"):
        plan(recipe("mlp-128-64").config.changed({"data": "own"}))


@pytest.mark.parametrize("name", ["nothing", "own+own", "own/careful", "kmnist+own", "mnist+own+own", "/careful", ""])
def test_a_name_that_means_nothing_is_refused(name: str):
    with pytest.raises(NotFound, match="no data set called"):
        source(name)
