"""Whether one way of training is better than another: said only if the digits and the seeds both allow it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mnist_core.evaluation.paired import (
    FEWEST_PAIRS,
    MOST_PLANNED,
    Pair,
    PairedDifference,
    compare,
    mcnemar,
    paired_difference,
    pairs_needed,
)

# Of a false alarm, where one model is compared with one other.
LEVEL = 0.05
# With several seeds a person looks again after each further one, and each look is another chance of a false alarm. In
# simulations of two equal settings, up to five looks at this level give one in 3 to 5 % of cases; at 0.05, in 10 %.
LEVEL_WITH_SEEDS = 0.02
Says = Literal["a_better", "b_better", "cannot_tell"]


@dataclass(frozen=True)
class Verdict:
    """What can be said about two ways of training, A and B.

    Attributes:
        says: which is better, or that it cannot be told.
        only_a: digits that the runs of A read right more often than those of B; with one run each, those that A reads
            right and B wrong.
        only_b: the reverse.
        p: of the exact McNemar test of these two counts.
        pairs: seeds that both sides were trained with.
        difference: of the accuracies, A less B, over these seeds; None if there is none.
        more_seeds: how many further seeds would tell in about four cases of five; 0 if it is told, None if so many would
            be needed that the difference hardly matters.
    """

    says: Says
    only_a: int
    only_b: int
    p: float
    pairs: int
    difference: PairedDifference | None
    more_seeds: int | None


def decide(a: Mapping[int, np.ndarray], b: Mapping[int, np.ndarray]) -> Verdict:
    """Compare two ways of training by what their runs read right.

    With one run each, the exact McNemar test over the digits decides. With more, two things must hold: the digits that A
    reads right more often outnumber those of B (the same test, which guards against the luck of which digits were kept for
    validation), and so do the accuracies, seed by seed (Student's t, which guards against the luck of the seeds).

    Args:
        a: for each seed of A, (n,) bool: which of the n digits that run reads right.
        b: the same for B and the same digits.
    """
    common = sorted(a.keys() & b.keys())
    # Shares of unequal numbers of runs lean to one side even if all runs are alike, so each side gives as many.
    seeds_a, seeds_b = (common, common) if common else _as_many(a, b)
    right_a, right_b = (np.sum([side[seed] for seed in seeds], axis=0) for side, seeds in ((a, seeds_a), (b, seeds_b)))
    only_a, only_b = int((right_a > right_b).sum()), int((right_a < right_b).sum())
    p = mcnemar(only_a, only_b)
    difference = None
    if common:
        accuracies = [[float(side[seed].mean()) for seed in common] for side in (b, a)]
        difference = paired_difference(*accuracies, confidence=1 - LEVEL_WITH_SEEDS)
    alone = len(a) == len(b) == 1
    by_digits: Says = "cannot_tell"
    if p < (LEVEL if alone else LEVEL_WITH_SEEDS):
        by_digits = "a_better" if only_a > only_b else "b_better"
    says = by_digits if alone or by_digits == _by_seeds(difference) else "cannot_tell"
    told = says != "cannot_tell"
    more = 0 if told else _more(compare(a[seeds_a[0]], b[seeds_b[0]]), difference, len(common))
    return Verdict(says, only_a, only_b, p, len(common), difference, more)


def _as_many(a: Mapping[int, np.ndarray], b: Mapping[int, np.ndarray]) -> tuple[list[int], list[int]]:
    fewest = min(len(a), len(b))
    return sorted(a)[:fewest], sorted(b)[:fewest]


def _by_seeds(difference: PairedDifference | None) -> Says:
    if difference is None or not difference.can_be_told_apart:
        return "cannot_tell"
    return "a_better" if difference.mean > 0 else "b_better"


def _more(first: Pair, difference: PairedDifference | None, pairs: int) -> int | None:
    """Further seeds that would tell, from what is known so far; None if they are more than 100."""
    effect = first.gain if difference is None else difference.mean
    # What coin flips on the digits that two runs read differently would give: all that one pair tells about the spread.
    flips = math.sqrt(max(first.only_a + first.only_b - (first.only_a - first.only_b) ** 2 / first.n, 0)) / first.n
    seen = difference.spread if difference and difference.spread else 0.0
    spread = seen if pairs >= FEWEST_PAIRS else max(flips, seen)
    needed = pairs_needed(effect, spread, confidence=1 - LEVEL_WITH_SEEDS)
    if needed is None:
        return None
    # Where the seeds are enough and the digits still are in doubt, each further seed sharpens what is known of each digit.
    enough = needed <= pairs or (difference is not None and difference.can_be_told_apart)
    more = pairs if enough else needed - pairs
    return more if pairs + more <= MOST_PLANNED else None
