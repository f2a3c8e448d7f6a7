"""Doubts about labels: flipped labels are found, nobody judges what they learned from, and what is known is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnist_core.data import Digits, Split, load
from mnist_core.errors import BadInput
from mnist_core.training import doubt, doubt_cache, engine
from mnist_core.training.machine import prepare_process


def some(count: int, labels: np.ndarray | None = None) -> Digits:
    """The sample with only its first training digits, perhaps with other labels."""
    digits = load("sample")
    train = digits.train.taken(np.arange(count))
    changed = Split(train.images, train.labels if labels is None else labels, train.indices)
    return replace(digits, train=changed, split_hash=f"some {count}")


@pytest.mark.slow
def test_of_a_tenth_of_5000_labels_flipped_at_random_most_are_in_the_first_12_percent_of_the_ranking():
    prepare_process(1)
    digits = load("sample")
    everything = digits.train.with_more(digits.validation).with_more(digits.test)
    random = np.random.default_rng(2013)
    flipped = random.choice(5_000, 500, replace=False)
    labels = everything.labels.copy()
    labels[flipped] = (labels[flipped] + random.integers(1, 10, 500)) % 10
    doubts = doubt.find(replace(digits, train=Split(everything.images, labels, everything.indices)))
    first = doubts.index[doubts.ranking.order[: round(0.12 * 5_000)]]
    recall = np.isin(everything.indices[flipped], first).mean()
    right = doubts.ranking.suggested[np.isin(doubts.index, everything.indices[flipped])]
    original = everything.labels[flipped][np.argsort(everything.indices[flipped])]
    print(
        f"\n{recall:.1%} of the flips are in the first 12 % of the ranking; {(right == original).mean():.1%} of them get "
        f"their label back; {len(doubts.ranking.errors)} are counted as wrong"
    )
    assert recall >= 0.85


def test_no_digit_is_judged_by_a_network_that_learned_from_it(monkeypatch: pytest.MonkeyPatch):
    learned: list[set[int]] = []
    judged: list[set[int]] = []

    class Watched(engine.Training):
        def __init__(self, config, digits, **options):
            learned.append({image.tobytes() for image in digits.train.images})
            super().__init__(config, digits, **options)

        def predict(self, images):
            judged.append({image.tobytes() for image in images})
            return super().predict(images)

    monkeypatch.setattr(engine, "Training", Watched)
    digits = some(60)
    doubt.find(digits)
    assert len(learned) == len(judged) == doubt.FOLDS
    assert all(not known & asked for known, asked in zip(learned, judged, strict=True))
    assert set.union(*judged) == {image.tobytes() for image in digits.train.images}


def test_folds_are_of_one_size_and_share_every_class_evenly():
    labels = load("sample").train.labels
    fold = doubt.folds(labels, seed=3)
    assert np.bincount(fold).tolist() == [800] * 5
    for each in range(10):
        share = np.bincount(fold[labels == each], minlength=5)
        assert share.max() - share.min() <= 1
    assert not np.array_equal(fold, doubt.folds(labels, seed=4))


def test_the_same_seed_gives_the_same_doubts_whatever_the_order_of_the_digits():
    digits = some(80)
    first, again = doubt.find(digits, seed=5), doubt.find(digits, seed=5)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert np.array_equal(first.ranking.order, again.ranking.order)
    turned = replace(digits, train=digits.train.taken(np.arange(80)[::-1]))
    assert np.array_equal(first.probabilities, doubt.find(turned, seed=5).probabilities)
    assert not np.array_equal(first.probabilities, doubt.find(digits, seed=6).probabilities)
    assert np.array_equal(first.index, np.sort(digits.train.indices))


def test_a_class_with_fewer_members_than_folds_is_judged_too():
    labels = load("sample").train.labels[:60].copy()
    labels[labels == 7] = 1
    labels[0] = 7
    doubts = doubt.find(some(60, labels))
    assert np.isfinite(doubts.probabilities).all()
    assert doubts.probabilities.sum(1) == pytest.approx(1, abs=1e-5)


def test_fewer_digits_than_folds_are_refused_in_a_sentence():
    with pytest.raises(BadInput, match="only 4 digits"):
        doubt.find(some(4))


def test_progress_rises_to_one():
    told: list[tuple[float, str]] = []
    doubt.find(some(30), on_progress=lambda share, stage: told.append((share, stage)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert told[0][1] == "network 1 of 5"


def test_what_was_found_is_kept_and_read_again_to_the_bit(monkeypatch: pytest.MonkeyPatch):
    digits = some(60)
    assert doubt_cache.kept(digits) is None
    first = doubt_cache.found(digits)
    monkeypatch.setattr(doubt_cache, "find", lambda *_, **__: pytest.fail("it was kept"))
    again = doubt_cache.found(digits)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert np.array_equal(first.ranking.order, again.ranking.order)
    assert doubt_cache.kept(digits, seed=1) is None
    assert doubt_cache.kept(some(61)) is None


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "foreign"])
def test_a_damaged_file_is_as_good_as_none_and_is_replaced(damage: str):
    digits = some(40)
    doubt_cache.found(digits)
    path = doubt_cache.path_of(digits)
    whole = path.read_bytes()
    foreign = doubt_cache.path_of(some(45))
    doubt_cache.found(some(45))
    path.write_bytes(
        {"cut": whole[:-300], "empty": b"", "other": b"no archive", "foreign": foreign.read_bytes()}[damage]
    )
    assert doubt_cache.kept(digits) is None
    assert len(doubt_cache.found(digits)) == 40
    assert doubt_cache.kept(digits) is not None
