"""The splits are fixed, stratified and nested, whatever the labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.data import SOURCES, counts, load
from mnist_core.data.splits import split_hash, stratified_order
from mnist_core.errors import BadConfig

LABELS = st.lists(st.integers(0, 9), min_size=1, max_size=300).map(np.array)


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(labels=LABELS, share=st.floats(0, 1))
def test_any_start_of_the_order_has_its_share_of_each_class(labels: np.ndarray, share: float):
    order = stratified_order(labels)
    assert np.array_equal(np.sort(order), np.arange(len(labels)))
    n = round(share * len(labels))
    wanted = np.bincount(labels, minlength=10) * (n / len(labels))
    assert np.abs(np.bincount(labels[order[:n]], minlength=10) - wanted).max() < 2


def test_the_order_is_shuffled_within_a_class_and_the_same_each_time():
    labels = np.zeros(100, dtype=np.int64)
    order = stratified_order(labels)
    assert not np.array_equal(order, np.arange(100))
    assert np.array_equal(order, stratified_order(labels))


def test_the_order_is_the_one_that_saved_runs_were_made_with():
    """numpy promises never to change these numbers; if this fails, old runs and new ones have different splits."""
    assert stratified_order(np.arange(30) % 3).tolist()[:9] == [27, 13, 5, 3, 25, 14, 24, 19, 2]


def test_the_hash_tells_splits_apart():
    one, two = np.array([1, 2]), np.array([3])
    hashes = {
        split_hash("mnist", one, two),
        split_hash("kmnist", one, two),
        split_hash("mnist", two, one),
        split_hash("mnist", np.array([1]), np.array([2, 3])),
    }
    assert len(hashes) == 4
    assert all(len(each) == 64 for each in hashes)


def test_the_sample_splits_into_equal_classes():
    digits = load("sample")
    for split, of_each in ((digits.train, 400), (digits.validation, 50), (digits.test, 50)):
        assert np.bincount(split.labels).tolist() == [of_each] * 10
        assert split.images.shape == (of_each * 10, 28, 28)
        assert split.images.dtype == np.uint8
        assert split.labels.dtype == split.indices.dtype == np.int64


def test_no_picture_is_in_two_splits():
    digits = load("sample", validation_share=0.3)
    together = np.concatenate([digits.train.indices, digits.validation.indices, digits.test.indices])
    assert len(np.unique(together)) == len(together) == 5000


def test_a_smaller_training_set_is_part_of_every_larger_one_and_validation_stays():
    small, large, whole = load("sample", train_size=100), load("sample", train_size=1234), load("sample")
    assert np.bincount(small.train.labels).tolist() == [10] * 10
    assert len(large.train.labels) == 1234
    assert np.array_equal(large.train.indices[:100], small.train.indices)
    assert np.array_equal(whole.train.indices[:1234], large.train.indices)
    assert np.array_equal(whole.validation.indices, small.validation.indices)
    assert np.array_equal(whole.test.indices, small.test.indices)
    assert len({small.split_hash, large.split_hash, whole.split_hash}) == 3


def test_loading_twice_gives_the_same_splits():
    assert load("sample").split_hash == load("sample").split_hash


@pytest.mark.parametrize("train_size", [None, 10, 4000])
@pytest.mark.parametrize("validation_share", [None, 0.01, 0.1])
def test_the_counts_are_known_without_the_data(train_size: int | None, validation_share: float | None):
    if train_size == 4000 and validation_share == 0.1:
        train_size = 3999
    known = counts(SOURCES["sample"], train_size=train_size, validation_share=validation_share)
    digits = load("sample", train_size=train_size, validation_share=validation_share)
    assert known == (len(digits.train.labels), len(digits.validation.labels), len(digits.test.labels))


def test_the_published_splits_have_the_promised_sizes():
    assert counts(SOURCES["mnist"]) == (55_000, 5_000, 10_000)
    assert counts(SOURCES["sample"]) == (4_000, 500, 500)


def test_more_training_pictures_than_there_are_is_refused_with_the_number_that_works():
    with pytest.raises(BadConfig, match=r"4,001 training pictures were asked for.*has 4,000.*between 1 and 4,000"):
        load("sample", train_size=4001)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_validation_share_that_leaves_a_split_empty_is_refused(share: float):
    with pytest.raises(BadConfig, match="validation share"):
        counts(SOURCES["sample"], validation_share=share)
