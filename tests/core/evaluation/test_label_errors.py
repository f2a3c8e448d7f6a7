"""The ranking of labels by confident learning, beside cleanlab itself and at its edges."""

from __future__ import annotations

import numpy as np
from cleanlab.filter import find_label_issues

from mnist_core.evaluation.label_errors import rank


def judgements(truth: np.ndarray, sureness: float = 0.9, classes: int = 3) -> np.ndarray:
    """What judges say who know the truth, with `sureness` and a little less from row to row."""
    given = np.full((len(truth), classes), 0.0)
    sure = sureness - np.arange(len(truth)) / (100 * len(truth))
    given[:] = ((1 - sure) / (classes - 1))[:, None]
    given[np.arange(len(truth)), truth] = sure
    return given


def test_digits_whose_judges_say_another_class_come_first_with_that_class_as_suggestion():
    truth = np.repeat([0, 1, 2], 20)
    labels = truth.copy()
    labels[[3, 25]] = [2, 0]
    ranking = rank(labels, judgements(truth))
    assert sorted(ranking.errors) == [3, 25]
    assert sorted(ranking.order[:2]) == [3, 25]
    assert ranking.suggested[[3, 25]].tolist() == [0, 1]
    assert (ranking.suspicion[[3, 25]] > 0.5).all()
    assert (np.delete(ranking.suspicion, [3, 25]) < 0.5).all()
    assert sorted(ranking.order) == list(range(60))


def test_the_digits_counted_as_wrong_and_their_order_are_those_of_cleanlab():
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(4), 50)
    labels = np.where(random.random(200) < 0.15, random.integers(0, 4, 200), truth)
    judged = random.dirichlet(np.ones(4), 200) + 2 * np.eye(4)[truth]
    judged /= judged.sum(1, keepdims=True)
    theirs = find_label_issues(
        labels,
        judged,
        return_indices_ranked_by="normalized_margin",
        rank_by_kwargs={"adjust_pred_probs": True},
        n_jobs=1,
    )
    assert len(theirs) > 5
    assert rank(labels, judged).errors.tolist() == theirs.tolist()


def test_where_all_is_right_nothing_is_counted_as_wrong():
    labels = np.repeat([0, 1, 2], 10)
    ranking = rank(labels, judgements(labels))
    assert not ranking.is_error.any()
    assert len(ranking.errors) == 0
    assert ranking.suggested.tolist() == labels.tolist()


def test_a_class_with_a_single_member_or_none_is_ranked_without_a_warning():
    truth = np.repeat([0, 1], 15)
    labels = truth.copy()
    labels[4] = 2
    alone = rank(labels, judgements(truth))
    assert alone.suggested[4] == 0
    assert sorted(alone.order) == list(range(30))
    none = rank(truth, judgements(truth))
    assert not none.is_error.any()


def test_a_single_digit_and_a_single_class_are_ranked_by_suspicion_alone():
    assert rank(np.array([3]), np.full((1, 10), 0.1)).order.tolist() == [0]
    ranking = rank(np.zeros(3, np.int64), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]))
    assert ranking.order.tolist() == [1, 2, 0]
    assert not ranking.is_error.any()
