"""From features to a flat map: compared with scikit-learn, drawn twice, and judged by who is beside whom."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from mnist_core.data import load
from mnist_core.data.projection import principal_coordinates
from mnist_core.errors import BadInput
from mnist_core.evaluation.embedding import embed, inside, label_agreement


def some_digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    train = load("sample").train
    return train.images[:count].reshape(count, -1).astype(np.float32) / 255, train.labels[:count]


@pytest.fixture(scope="module")
def both_maps() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """PCA and t-SNE of the same 400 digits, and their labels."""
    features, labels = some_digits(400)
    return embed(features, "pca"), embed(features, "tsne"), labels


def test_pca_is_that_of_scikit_learn_but_for_the_signs():
    features, _ = some_digits(500)
    ours, theirs = embed(features, "pca"), PCA(2, svd_solver="full").fit_transform(features)
    assert ours == pytest.approx(theirs * np.sign((ours * theirs).sum(0)), abs=1e-3)


def test_the_components_of_wide_features_are_nearly_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    wide = (rng.normal(size=(300, 12)) * 2.0 ** -np.arange(12) @ rng.normal(size=(12, 1100))).astype(np.float32)
    ours, theirs = principal_coordinates(wide, 5), PCA(5, svd_solver="full").fit_transform(wide)
    assert ours == pytest.approx(theirs * np.sign((ours * theirs).sum(0)), abs=1e-2)


def test_tsne_gives_the_same_map_again_and_tells_how_far_it_is(both_maps):
    told: list[float] = []
    again = embed(some_digits(400)[0], "tsne", lambda share, stage: told.append(share))
    np.testing.assert_array_equal(again, both_maps[1])
    assert again.shape == (400, 2)
    assert again.dtype == np.float32
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 1)


def test_on_a_tsne_map_more_neighbours_are_of_the_same_class_than_on_a_pca_map(both_maps):
    pca, tsne, labels = both_maps
    assert label_agreement(tsne, labels) > label_agreement(pca, labels) + 0.2


def test_the_agreement_of_neighbours_is_counted_as_by_hand():
    # Two heaps of eleven: in one all are of class 0, in the other one stranger is among ten of class 1.
    places = np.array([[x / 100, 0] for x in range(11)] + [[5 + x / 100, 0] for x in range(11)])
    labels = np.array([0] * 11 + [2] + [1] * 10)
    assert label_agreement(places, labels) == pytest.approx((11 * 10 + 0 + 10 * 9) / 220)
    assert label_agreement(places[:10], labels[:10]) is None


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_digits_that_are_all_the_same_to_a_layer_get_finite_places(method):
    assert np.isfinite(embed(np.zeros((20, 3), np.float32), method)).all()


def test_a_layer_of_a_single_neuron_gives_a_line():
    line = embed(np.arange(5, dtype=np.float32)[:, None], "pca")
    assert line[:, 1].tolist() == [0] * 5
    assert np.abs(np.diff(line[:, 0])).tolist() == [1] * 4


def test_too_few_digits_for_tsne_is_a_sentence():
    with pytest.raises(BadInput, match=r"3 digits are too few for t-SNE, which needs 10. Choose PCA"):
        embed(np.eye(3, dtype=np.float32), "tsne")


def test_a_point_is_inside_an_outline_as_the_eye_says():
    # The letter U: the place between its arms is outside.
    letter = [(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]
    points = np.array([[0.5, 2], [2.5, 2], [1.5, 0.5], [1.5, 2], [-1, 1], [4, 1], [1.5, 9]])
    assert inside(points, letter).tolist() == [True, True, True, False, False, False, False]
    assert inside(points, letter[::-1]).tolist() == [True, True, True, False, False, False, False]
    assert not inside(points, letter[:2]).any()
