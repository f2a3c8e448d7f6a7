from __future__ import annotations

from pathlib import Path

from mnist_core.runs import Checkpoint
from mnist_core.runs.checkpoints import surplus


def epochs(*numbers: int, size: int = 10) -> list[Checkpoint]:
    return [Checkpoint(Path(f"epoch-{i}"), "epoch", 100 * i, i, "", size) for i in numbers]


def between(step: int) -> Checkpoint:
    return Checkpoint(Path(f"step-{step}"), "between", step, step // 100, "", 10)


def test_all_epochs_stay_while_they_fit():
    assert surplus(epochs(*range(1, 11)), best_epoch=3, budget=100) == []


def test_those_inside_an_epoch_go_when_two_newer_ones_are_there():
    first, second, third = between(110), between(120), between(130)
    (one, two) = epochs(1, 2)
    assert surplus([one, first, second], 1) == []
    assert surplus([one, first, second, third], 1) == [first]
    assert surplus([one, second, third, two], 1) == [second]


def test_the_best_and_the_newest_two_stay_however_small_the_budget():
    gone = surplus(epochs(*range(1, 11)), best_epoch=3, budget=1)
    assert [one.epoch for one in gone] == [1, 2, 4, 5, 6, 7, 8]


def test_what_stays_of_a_long_run_is_spread_over_all_of_it():
    kept: list[Checkpoint] = []
    for i in range(1, 201):
        kept += epochs(i)
        gone = surplus(kept, best_epoch=150 if i >= 150 else i, budget=100)
        kept = [one for one in kept if one not in gone]
    numbers = [one.epoch for one in kept]
    assert len(numbers) == 10
    assert {150, 199, 200} <= set(numbers)
    gaps = [later - earlier for earlier, later in zip([0, *numbers], numbers, strict=False)]
    assert max(gaps) <= 64
    assert numbers[0] <= 64
