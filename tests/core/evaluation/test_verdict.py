"""When one way of training is called better: by hand, and over simulated pairs of equal and unequal ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mnist_core.evaluation.verdict import Verdict, decide

N = 5_000
PAIRS = 200
# 98 %: what reads this much of a normally distributed ease of reading right.
EASE = 2.054


def right(*wrong: int, n: int = 100) -> np.ndarray:
    """Every digit read right but those in some places."""
    return ~np.isin(np.arange(n), wrong)


def test_one_run_each_is_decided_by_mcnemar_alone():
    found = decide({0: right()}, {0: right(*range(6))})
    # 2 / 2 ** 6
    assert (found.says, found.only_a, found.only_b, found.p) == ("a_better", 6, 0, pytest.approx(0.03125))
    assert found.more_seeds == 0
    assert decide({0: right(*range(6))}, {7: right()}).says == "b_better"
    assert decide({0: right()}, {0: right(*range(5))}).says == "cannot_tell"


def test_equal_runs_would_need_more_seeds_than_anyone_has():
    found = decide({0: right(1)}, {0: right(2)})
    assert (found.says, found.p, found.more_seeds) == ("cannot_tell", 1.0, None)


def test_several_seeds_must_agree_beside_the_digits():
    a = {seed: right() for seed in range(4)}
    steady = {seed: right(*range(8 + seed % 2)) for seed in range(4)}
    found = decide(a, steady)
    assert (found.says, found.only_a, found.only_b, found.pairs) == ("a_better", 9, 0, 4)
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(0.085)
    # The same digits speak for A, but only because of one bad seed of B.
    unlucky = {0: right(*range(9)), **{seed: right() for seed in range(1, 4)}}
    assert decide(a, unlucky).says == "cannot_tell"
    # All seeds agree, but on so few digits that other digits could say otherwise.
    few = decide(a, {seed: right(0, 1) for seed in range(4)})
    assert few.difference is not None
    assert few.difference.can_be_told_apart
    assert (few.says, few.more_seeds) == ("cannot_tell", 4)


def test_only_seeds_that_both_have_count():
    a = {seed: right() for seed in range(5)}
    found = decide(a, {4: right(*range(9)), 9: right(*range(9))})
    assert (found.says, found.pairs, found.only_a) == ("cannot_tell", 1, 9)
    apart = decide({0: right(), 1: right()}, {5: right(*range(9))})
    assert (apart.says, apart.pairs, apart.difference) == ("cannot_tell", 0, None)
    assert apart.more_seeds == 5


def settings(rng: np.random.Generator, digits: np.ndarray, gain: float) -> Callable[[], np.ndarray]:
    """Simulated settings: each call trains another seed, 98 % plus `gain` right, and gives which digits.

    Each digit has an ease; settings and seeds add their own luck to it, and some seeds are better than others.
    """
    liking = 0.1 * rng.standard_normal(N, np.float32)
    scale = np.sqrt(1 + 0.1**2 + 0.3**2 + 0.03**2)
    # The density of the normal distribution at EASE is 0.0484.
    ease = scale * (EASE + gain / 0.0484)

    def train() -> np.ndarray:
        luck = 0.3 * rng.standard_normal(N, np.float32) + np.float32(0.03 * rng.standard_normal())
        return digits + liking + luck > -ease

    return train


def simulated(gain: float, seeds: int, looks: int) -> list[Verdict]:
    """The last verdict for each pair of settings, after as many times following the advice to train more seeds."""
    rng = np.random.default_rng(0)
    verdicts = []
    for _ in range(PAIRS):
        digits = rng.standard_normal(N, np.float32)
        sides = [settings(rng, digits, each) for each in (gain, 0.0)]
        trained = [{seed: train() for seed in range(seeds)} for train in sides]
        found = decide(*trained)
        for _ in range(looks):
            # 30 more are enough to show it, and quick.
            for _ in range(min(found.more_seeds or 0, 30)):
                for side, train in zip(trained, sides, strict=True):
                    side[len(side)] = train()
            found = decide(*trained) if found.more_seeds else found
        verdicts.append(found)
    return verdicts


def share(verdicts: list[Verdict], says: str) -> float:
    return np.mean([found.says == says for found in verdicts])


@pytest.mark.parametrize("looks", [0, 3])
def test_equal_settings_are_called_different_in_at_most_one_of_twenty_cases(looks: int):
    assert 1 - share(simulated(0.0, 3, looks), "cannot_tell") <= 0.05


def test_equal_models_are_called_different_in_at_most_one_of_twenty_cases():
    rng = np.random.default_rng(0)
    verdicts = [decide({0: rng.random(N) < 0.98}, {0: rng.random(N) < 0.98}) for _ in range(PAIRS)]
    assert 1 - share(verdicts, "cannot_tell") <= 0.05


@pytest.mark.parametrize("seeds", [1, 3])
def test_half_a_point_is_found_in_four_of_five_cases_with_as_many_seeds_as_advised(seeds: int):
    verdicts = simulated(0.005, seeds, looks=1)
    assert share(verdicts, "a_better") >= 0.8
    assert share(verdicts, "b_better") <= 0.01
