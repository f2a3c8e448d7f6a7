"""Which of a person's own digits a run can have learned from, and how it reads the others."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.config import TrainConfig
from mnist_core.data import load, own
from mnist_core.evaluation import wilson_interval
from mnist_core.runs import Store
from mnist_core.runs.model import predictor_of
from mnist_core.runs.own_digits import not_learned, read
from mnist_core.runs.start import fine_tuning
from mnist_core.runs.worker import work


def keep(count: int) -> None:
    test = load("sample").test
    for i in range(count):
        own.add(test.images[i], 3, origin="picture")


def numbers(digits: list[own.OwnDigit]) -> list[int]:
    return [digit.number for digit in digits]


def test_what_a_run_or_the_one_it_started_from_learned_is_left_out_and_test_digits_never_are(
    store: Store, short: TrainConfig
):
    keep(6)
    plain = work(store, store.create(short).id)
    with_own = work(store, store.create(short.changed({"data": "sample+own"})).id)
    after = work(store, store.create(short.changed({"start_from": with_own.id})).id)
    tuned = work(store, store.create(fine_tuning(plain)).id)
    keep(1)
    digits = own.own_digits()
    assert numbers(not_learned(store, plain, digits)) == [1, 2, 3, 4, 5, 6, 7]
    for run in (with_own, after, tuned):
        assert numbers(not_learned(store, run, digits)) == [3, 7]
    store.delete(plain.id)
    store.empty_bin()
    assert numbers(not_learned(store, tuned, digits)) == [3, 7]


def test_a_reading_counts_what_was_right_with_its_interval(store: Store, short: TrainConfig):
    run = work(store, store.create(short.changed({"train_size": 1000})).id)
    test = load("sample").test
    for i in range(20):
        own.add(test.images[i], int(test.labels[i]), origin="picture")
    predictor = predictor_of(store, run.id)
    reading = read(predictor, own.own_digits())
    correct = int((predictor.probabilities(test.images[:20]).argmax(1) == test.labels[:20]).sum())
    assert (reading.correct, int(reading.is_wrong.sum())) == (correct, 20 - correct)
    assert reading.interval == wilson_interval(correct, 20)
    assert np.all((reading.confidence > 0) & (reading.confidence <= 1))
    nothing = read(predictor, [])
    assert nothing.correct == 0
    with pytest.raises(ValueError):
        _ = nothing.interval
