"""What fine-tuning changed is asked of both runs about the same digits, none of which either has learned from."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.config import TrainConfig
from mnist_core.data import load, own
from mnist_core.runs import Store
from mnist_core.runs.model import predictor_of
from mnist_core.runs.start import fine_tuning
from mnist_core.runs.tuning import Change, origin_of, tuning
from mnist_core.runs.worker import work


def test_both_runs_are_asked_about_the_test_digits_of_ones_own_and_the_validation_digits_of_the_others(
    store: Store, short: TrainConfig
):
    sample = load("sample")
    for image, label in zip(sample.test.images[:60], sample.test.labels[:60], strict=True):
        own.add(image, int(label), origin="drawing")
    plain = work(store, store.create(short).id)
    tuned = work(store, store.create(fine_tuning(plain).changed({"epochs": 1})).id)
    assert origin_of(store, plain) is None
    before = origin_of(store, tuned)
    assert before and before.id == plain.id
    found = tuning(store, plain, tuned, own.own_digits())
    tests = [digit for digit in own.own_digits() if digit.is_test]
    assert len(found.mine.before) == len(found.mine.after) == len(tests)
    assert found.data == "Bundled sample of MNIST"
    for run, right in ((plain, found.others.before), (tuned, found.others.after)):
        answers = predictor_of(store, run.id).probabilities(sample.validation.images).argmax(1)
        assert np.array_equal(right, answers == sample.validation.labels)
    images = np.stack([digit.image for digit in tests])
    labels = np.array([digit.label for digit in tests])
    answers = predictor_of(store, tuned.id).probabilities(images).argmax(1)
    assert np.array_equal(found.mine.after, answers == labels)


def test_the_change_counts_what_only_one_of_the_two_reads():
    change = Change(np.array([True, False, False, True]), np.array([True, True, True, False]))
    assert (change.pair.only_a, change.pair.only_b, change.pair.both, change.pair.gain) == (
        2,
        1,
        1,
        pytest.approx(0.25),
    )
