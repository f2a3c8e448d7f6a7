"""A confusion matrix as shares equals scikit-learn's, and the pictures behind a cell are exactly those counted in it."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as sklearn_confusion

from mnist_core.evaluation.confusion import as_shares, in_cell, mistakes, symlog


@pytest.fixture
def answers():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 200)
    return rng.dirichlet(np.ones(4), 200) / 2 + np.eye(4)[labels] / 2 * rng.random((200, 1)), labels


@pytest.mark.parametrize(("view", "theirs"), [("counts", None), ("row", "true"), ("column", "pred")])
def test_shares_by_row_and_column_equal_scikit_learns(answers, view, theirs):
    probabilities, labels = answers
    counts = sklearn_confusion(labels, probabilities.argmax(1))
    expected = sklearn_confusion(labels, probabilities.argmax(1), normalize=theirs)
    assert as_shares(counts, view) == pytest.approx(expected, abs=1e-12)


def test_a_row_or_column_without_pictures_has_no_share():
    counts = np.array([[3, 0], [0, 0]])
    assert np.array_equal(as_shares(counts, "row"), [[1, 0], [np.nan, np.nan]], equal_nan=True)
    assert np.array_equal(as_shares(counts, "column"), [[1, np.nan], [0, np.nan]], equal_nan=True)


def test_symlog_keeps_zero_signs_and_order_and_squeezes_what_is_large():
    found = symlog(np.array([-100.0, -1, 0, 1, 100, np.nan]), 1.0)
    assert found[:5] == pytest.approx([-np.log(101), -np.log(2), 0, np.log(2), np.log(101)])
    assert np.isnan(found[5])
    assert symlog(np.array(0.001), 1.0) == pytest.approx(0.001, rel=1e-3)


def test_the_pictures_of_every_cell_are_those_that_the_matrix_counts_the_most_confident_first(answers):
    probabilities, labels = answers
    counts = sklearn_confusion(labels, probabilities.argmax(1))
    for truth in range(4):
        for answer in range(4):
            found = in_cell(probabilities, labels, truth, answer)
            assert len(found) == counts[truth, answer]
            assert (labels[found] == truth).all()
            assert (probabilities[found].argmax(1) == answer).all()
            assert (np.diff(probabilities[found].max(1)) <= 0).all()


def test_mistakes_are_all_that_is_off_the_diagonal(answers):
    probabilities, labels = answers
    found = mistakes(probabilities, labels)
    assert sorted(found) == np.flatnonzero(probabilities.argmax(1) != labels).tolist()
    assert (np.diff(probabilities[found].max(1)) <= 0).all()
