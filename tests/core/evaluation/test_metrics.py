"""The numbers shown for a model equal scikit-learn's, and the interval equals the published one."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, precision_recall_fscore_support, top_k_accuracy_score
from sklearn.metrics import confusion_matrix as sklearn_confusion

from mnist_core.evaluation import (
    confusion_matrix,
    per_class,
    score,
    top_k_accuracy,
    wilson_interval,
    worst_confusions,
)


@pytest.fixture
def answers():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 400)
    logits = rng.normal(size=(400, 10)).astype(np.float32) * 3
    logits[np.arange(400), labels] += 3
    return logits, labels


def test_accuracy_loss_and_confusion_equal_scikit_learns(answers):
    logits, labels = answers
    result = score(logits, labels)
    shares = np.exp(logits.astype(np.float64))
    shares /= shares.sum(1, keepdims=True)
    assert result.accuracy == pytest.approx(accuracy_score(labels, logits.argmax(1)), abs=1e-12)
    assert result.loss == pytest.approx(log_loss(labels, shares), abs=1e-9)
    assert np.array_equal(result.confusion, sklearn_confusion(labels, logits.argmax(1)))


def test_the_loss_of_a_very_sure_wrong_answer_is_finite():
    logits = np.array([[1e4, 0.0]], dtype=np.float32)
    assert score(logits, np.array([1])).loss == pytest.approx(1e4)


def test_a_class_that_never_occurs_still_has_its_row_and_column():
    assert confusion_matrix(np.array([0, 0]), np.array([0, 9])).shape == (10, 10)


def test_the_wilson_interval_equals_figures_worked_by_hand():
    # 81 of 263 is Newcombe's (1998) example: 0.2553 to 0.3662.
    low, high = wilson_interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson_interval(0, 20)[0] == 0
    assert wilson_interval(20, 20)[1] == 1


@pytest.mark.parametrize(("correct", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_an_impossible_count_has_no_interval(correct, n):
    with pytest.raises(ValueError, match="correct of"):
        wilson_interval(correct, n)


def test_precision_recall_and_f1_of_each_class_equal_scikit_learns(answers):
    logits, labels = answers
    result = score(logits, labels)
    precision, recall, f1, support = precision_recall_fscore_support(labels, logits.argmax(1))
    for i, found in enumerate(per_class(result.confusion)):
        assert found.precision == pytest.approx(precision[i], abs=1e-9)
        assert found.recall == pytest.approx(recall[i], abs=1e-9)
        assert found.f1 == pytest.approx(f1[i], abs=1e-9)
        assert found.support == support[i]
        for share, (low, high) in (
            (found.precision, found.precision_interval),
            (found.recall, found.recall_interval),
            (found.f1, found.f1_interval),
        ):
            assert low < share < high


def test_the_interval_of_f1_holds_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(500):
        truth = rng.integers(0, 2, 400)
        answer = np.where(rng.random(400) < 0.8, truth, 1 - truth)
        low, high = per_class(confusion_matrix(truth, answer, 2))[0].f1_interval
        held += low <= 0.8 <= high  # with equal classes and equal errors, F1 is the accuracy
    assert 0.93 <= held / 500 <= 0.99


def test_a_class_that_is_never_there_or_never_read_has_no_share():
    first, second, third = per_class(np.array([[2, 0, 0], [1, 0, 0], [0, 0, 0]]))
    assert (first.precision, first.recall) == (pytest.approx(2 / 3), 1)
    assert (second.precision, second.recall, second.f1) == (None, 0, 0)
    assert (third.precision, third.recall, third.f1, third.f1_interval) == (None, None, None, None)


def test_top_two_equals_scikit_learns(answers):
    logits, labels = answers
    assert top_k_accuracy(logits, labels, 2) == pytest.approx(top_k_accuracy_score(labels, logits, k=2), abs=1e-12)


def test_the_worst_confusions_come_first_and_right_answers_are_none():
    confusion = np.array([[90, 3, 0], [7, 80, 0], [3, 0, 50]])
    assert [(each.truth, each.answer, each.count) for each in worst_confusions(confusion)] == [
        (1, 0, 7), (0, 1, 3), (2, 0, 3)
    ]  # fmt: skip
    assert worst_confusions(np.eye(3, dtype=int)) == []
