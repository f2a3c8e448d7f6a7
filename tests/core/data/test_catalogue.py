"""The table of digits finds, sorts and compares as one would by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from mnist_core.data import SOURCES, Digits, Split, load
from mnist_core.data.catalogue import Answers, Catalogue, Query
from mnist_core.data.projection import principal_axes


def split(images: np.ndarray, labels: list[int], indices: list[int]) -> Split:
    return Split(images, np.array(labels), np.array(indices))


def ink(*values: int) -> np.ndarray:
    return np.stack([np.full((28, 28), value, np.uint8) for value in values])


@pytest.fixture
def tiny() -> Catalogue:
    """Seven plain pictures; a picture's value is its ink, and the training split is not in the order of its file."""
    return Catalogue(
        Digits(
            SOURCES["mnist"],
            train=split(ink(50, 10, 30), [1, 0, 1], [4, 0, 2]),
            validation=split(ink(20, 200), [1, 2], [3, 1]),
            test=split(ink(10, 60), [0, 1], [0, 1]),
            split_hash="",
        )
    )


@pytest.fixture(scope="module")
def sample() -> Catalogue:
    return Catalogue(load("sample"))


def test_the_table_is_split_by_split_and_each_by_index(tiny):
    assert [(tiny.split_of(row), int(tiny.index[row])) for row in range(len(tiny))] == [
        *[("train", 0), ("train", 2), ("train", 4)],
        *[("validation", 1), ("validation", 3)],
        *[("test", 0), ("test", 1)],
    ]
    assert tiny.images(range(7))[:, 0, 0].tolist() == [10, 30, 50, 200, 20, 10, 60]
    assert tiny.label.tolist() == [0, 1, 1, 2, 1, 0, 1]
    np.testing.assert_allclose(tiny.ink * 255, [10, 30, 50, 200, 20, 10, 60])


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (Query(), [0, 1, 2, 3, 4, 5, 6]),
        (Query(split="validation"), [3, 4]),
        (Query(classes=(0, 2)), [0, 3, 5]),
        (Query(first=1, last=2), [1, 3, 6]),
        (Query(split="test", classes=(7,)), []),
        (Query(sort="ink"), [0, 5, 4, 1, 2, 6, 3]),
        (Query(sort="ink", descending=True, split="train"), [2, 1, 0]),
        (Query(first=9), []),
    ],
    ids=str,
)
def test_a_query_finds_what_it_says_in_its_order(tiny, query, rows):
    assert tiny.find(query).tolist() == rows


def test_a_model_is_asked_about_no_test_digit_and_its_mistakes_and_doubts_can_be_found(tiny):
    sure_of_one = np.array([[0.1, 0.9, 0], [0.2, 0.8, 0], [0, 1, 0], [0.3, 0.3, 0.4], [0.6, 0.4, 0]], np.float32)
    answers = Answers(sure_of_one, tiny.label[:5])
    assert tiny.find(Query(mistakes=True), answers).tolist() == [0, 4]
    assert tiny.find(Query(sort="confidence"), answers).tolist() == [3, 4, 1, 0, 2]
    assert tiny.find(Query(sort="loss", descending=True), answers).tolist() == [0, 3, 4, 1, 2]
    np.testing.assert_allclose(answers.loss, -np.log([0.1, 0.8, 1, 0.4, 0.4]), rtol=1e-6)
    assert tiny.find(Query(split="test", mistakes=True), answers).tolist() == []
    with pytest.raises(ValueError, match="answers"):
        tiny.find(Query(sort="loss"))


def test_a_certain_mistake_has_a_large_but_finite_loss():
    assert 80 < Answers(np.array([[1, 0]], np.float32), np.array([1])).loss[0] < 100


def test_a_digit_is_found_by_split_and_index(tiny):
    assert tiny.row_of("validation", 3) == 4
    assert tiny.row_of("train", 3) is None
    assert tiny.row_of("test", 99) is None


def test_neighbours_are_the_nearest_of_all_splits_and_a_twin_lies_in_another(tiny):
    neighbours = tiny.neighbours(0, count=3)
    assert [(n.row, round(n.difference * 255)) for n in neighbours] == [(5, 0), (4, 10), (1, 20)]
    assert tiny.twin(0, neighbours) == neighbours[0]
    assert tiny.twin(3, tiny.neighbours(3)) is None
    assert len(tiny.neighbours(3, count=10)) == 6


def test_a_twin_is_found_behind_any_number_of_copies_in_the_same_split():
    copies = ink(*[100] * 130)
    table = Catalogue(
        Digits(
            SOURCES["mnist"],
            train=split(copies, [1] * 130, list(range(130))),
            validation=split(ink(101, 7), [1, 0], [130, 131]),
            test=split(ink(200), [2], [0]),
            split_hash="",
        )
    )
    twin = table.twin(5, table.neighbours(5))
    assert twin is not None
    assert (table.split_of(twin.row), int(table.index[twin.row])) == ("validation", 130)
    alone = replace(table.digits, validation=split(ink(7), [0], [131]))
    assert Catalogue(alone).twin(5, Catalogue(alone).neighbours(5)) is None


def test_neighbours_of_real_digits_agree_with_all_distances_worked_out_in_full(sample):
    pictures = sample.images(range(len(sample))).reshape(len(sample), -1).astype(np.float64) / 255
    for row in (0, 1234, 4999):
        difference = np.sqrt(np.square(pictures - pictures[row]).mean(1))
        difference[row] = np.inf
        found = sample.neighbours(row)
        assert [n.row for n in found] == np.argsort(difference)[:10].tolist()
        np.testing.assert_allclose([n.difference for n in found], np.sort(difference)[:10])


def test_the_projection_is_that_of_scikit_learn(sample):
    images = sample.digits.train.images
    pixels = images.reshape(len(images), -1) / 255
    reference = PCA(5, svd_solver="full").fit(pixels)
    ours = principal_axes(images, 5)
    np.testing.assert_allclose(np.abs(ours.axes.T), np.abs(reference.components_), atol=1e-4)
    np.testing.assert_allclose(np.abs(ours(images)), np.abs(reference.transform(pixels)), atol=1e-3)
    assert ours(images[:0]).shape == (0, 5)


def test_unusual_is_far_from_the_mean_of_the_class_in_32_components(sample):
    train = sample.digits.train
    pixels = train.images.reshape(len(train.images), -1) / 255
    places = PCA(32, svd_solver="full").fit_transform(pixels)
    expected = np.array(
        [
            np.linalg.norm(place - places[train.labels == c].mean(0))
            for place, c in zip(places, train.labels, strict=True)
        ]
    )
    rows = [sample.row_of("train", index) for index in train.indices]
    np.testing.assert_allclose(sample.unusualness[rows], expected, atol=1e-3)


def test_a_class_without_training_digits_is_compared_with_the_mean_of_all():
    digits = Digits(
        SOURCES["mnist"], split(ink(0, 255), [0, 0], [0, 1]), split(ink(9), [1], [2]), split(ink(7), [0], [0]), ""
    )
    assert np.isfinite(Catalogue(digits).unusualness).all()
