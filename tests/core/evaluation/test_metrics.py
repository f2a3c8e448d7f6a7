"""The numbers shown for a model equal scikit-learn's, and the interval equals the published one."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss
from sklearn.metrics import confusion_matrix as sklearn_confusion

from mnist_core.evaluation import confusion_matrix, score, wilson_interval


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
