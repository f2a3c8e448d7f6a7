"""Run A against run B, digit by digit and, where there are several, seed by seed; on validation digits only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.config import TrainConfig
from mnist_core.data import Digits, Split, load, source
from mnist_core.data.names import OWN, parse
from mnist_core.data.splits import counts
from mnist_core.errors import BadInput, NotFound
from mnist_core.evaluation.paired import Pair, compare
from mnist_core.evaluation.verdict import LEVEL_WITH_SEEDS, Verdict, decide
from mnist_core.runs.groups import Group, group_of, same_settings
from mnist_core.runs.run import Run
from mnist_core.runs.store import Store


@dataclass(frozen=True, eq=False)
class Versus:
    """Two runs, and the runs that differ from them in nothing but the seed.

    Attributes:
        a, b: the two.
        seeds_a, seeds_b: the group of each, or itself alone where both belong to the same group.
        data: name of the data set whose validation digits both are judged on.
        validation_share: of that data set, as in the settings.
    """

    a: Run
    b: Run
    seeds_a: Group
    seeds_b: Group
    data: str
    validation_share: float | None

    @property
    def only_seeds_differ(self) -> bool:
        """Whether the two are runs of the same settings."""
        return same_settings(self.a.config, self.b.config)

    @property
    def runs(self) -> list[Run]:
        """All runs whose models have to read the digits."""
        return [*self.seeds_a.runs.values(), *self.seeds_b.runs.values()]

    def digits(self) -> Digits:
        """The data set.

        Raises:
            NotFound, BadFile: as `mnist_core.data.load`.
        """
        return load(self.data, validation_share=self.validation_share)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a comparison has shown.

    Attributes:
        pair: runs A and B alone, digit by digit.
        a_right, b_right: (n,) bool, which digits the two read right.
        accuracy_a, accuracy_b: of the two, in [0, 1].
        verdict: over all seeds there are.
        sentence: the verdict in plain words.
    """

    pair: Pair
    a_right: np.ndarray
    b_right: np.ndarray
    accuracy_a: float
    accuracy_b: float
    verdict: Verdict
    sentence: str


def versus(a: Run, b: Run, runs: Sequence[Run]) -> Versus:
    """Set two runs against each other.

    Args:
        a, b: the runs.
        runs: of the store, the newest first, among which their seeds are looked for.

    Raises:
        NotFound: one of them has no model yet.
        BadInput: they were judged on different digits, or are the same run.
        BadFile: the settings of one cannot be read.
    """
    if a.id == b.id:
        raise BadInput(f"Both are run {a.id}.", "Choose two different runs.")
    for run in (a, b):
        if run.best_epoch is None:
            raise NotFound(f"Run {run.id} has no model yet.", "Wait until its first epoch has ended, or resume it.")
    (data, count), (other, other_count) = _validation(a.config), _validation(b.config)
    if (data, count) != (other, other_count):
        raise BadInput(
            f"These runs cannot be compared digit by digit: A was judged on {count:,} validation digits of "
            f"{source(data).title}, B on {other_count:,} of {source(other).title}.",
            "Train both with the same data set and validation share.",
        )
    if data == OWN and a.split_hash != b.split_hash:
        raise BadInput(
            "These runs cannot be compared digit by digit: your own digits changed between them.",
            "Train both anew with the digits as they are now.",
        )
    alone = same_settings(a.config, b.config)
    group_a, group_b = (Group({run.config.seed: run}) if alone else group_of(run, runs) for run in (a, b))
    return Versus(a, b, group_a, group_b, data, a.config.validation_share)


def read(store: Store, run: Run, digits: Digits) -> np.ndarray:
    """What the run's best model makes of the validation digits: (n, classes) float32 probabilities.

    Raises:
        NotFound, BadFile: as `mnist_core.runs.model.predictor_of`.
        BadInput: the digits are no longer those that the run was judged on.
    """
    from mnist_core.runs.model import predictor_of  # loads torch

    if digits.source.name == OWN and digits.split_hash != run.split_hash:
        raise BadInput(
            f"Your own digits have changed since run {run.id} was trained.",
            "Train it anew with the digits as they are now.",
        )
    return predictor_of(store, run.id).probabilities(digits.validation.images)


def read_all(
    store: Store, between: Versus, digits: Digits, on_progress: Callable[[float], None] | None = None
) -> dict[str, np.ndarray]:
    """What the models of all runs make of the validation digits, by the run's id; errors as `read`.

    Args:
        store: where the runs are.
        between: the comparison.
        digits: as `between.digits()` gives them.
        on_progress: called with the share that is done, in [0, 1].
    """
    answers = {}
    for i, run in enumerate(between.runs):
        answers[run.id] = read(store, run, digits)
        if on_progress:
            on_progress((i + 1) / len(between.runs))
    return answers


def outcome(between: Versus, pictures: Split, probabilities: Mapping[str, np.ndarray]) -> Outcome:
    """What the answers of all runs show.

    Args:
        between: the comparison.
        pictures: the validation digits.
        probabilities: (n, classes) for each of `between.runs`, by its id.
    """
    right = {run.id: probabilities[run.id].argmax(1) == pictures.labels for run in between.runs}
    a_right, b_right = right[between.a.id], right[between.b.id]
    pair = compare(a_right, b_right)
    if between.only_seeds_differ:
        verdict = Verdict("cannot_tell", pair.only_a, pair.only_b, pair.p, 0, None, None)
    else:
        sides = (between.seeds_a, between.seeds_b)
        verdict = decide(*({seed: right[run.id] for seed, run in side.runs.items()} for side in sides))
    return Outcome(
        pair,
        a_right,
        b_right,
        float(a_right.mean()),
        float(b_right.mean()),
        verdict,
        _sentence(between, pair, verdict),
    )


def _validation(config: TrainConfig) -> tuple[str, int]:
    """Whose validation digits a run is judged on, and how many; lists and own digits change only what is learned from."""
    base = parse(config.data).base
    return base, counts(source(base), validation_share=config.validation_share).validation


def _sentence(between: Versus, pair: Pair, verdict: Verdict) -> str:
    if between.only_seeds_differ:
        return (
            f"Cannot tell: these runs have the same settings, so the {_points(pair.gain)} points between them are what the "
            "luck of a seed does."
        )
    better = {"a_better": "A is better than B", "b_better": "B is better than A"}.get(verdict.says)
    evidence = _evidence(between, pair, verdict)
    if better:
        alone = len(between.runs) == 2
        limit = (
            " This speaks of these two models only: two seeds of the same settings can differ as much. Further seeds tell "
            "whether it holds for the settings."
        )
        return f"{better}: {evidence}.{limit if alone else ''}"
    if verdict.more_seeds is None:
        advice = "by the small difference seen so far, more than 100 seeds would be needed"
    else:
        advice = f"about {verdict.more_seeds} more {'seed' if verdict.more_seeds == 1 else 'seeds'}"
    return f"Cannot tell yet whether A or B is better; {advice}. So far: {evidence}."


def _evidence(between: Versus, pair: Pair, verdict: Verdict) -> str:
    test = f"exact McNemar test, {_p(verdict.p)}"
    if len(between.runs) == 2:
        return (
            f"of {pair.n:,} validation digits, {verdict.only_a:,} are read right by A alone and {verdict.only_b:,} by B "
            f"alone ({test})"
        )
    digits = f"{verdict.only_a:,} digits are read right more often by A, {verdict.only_b:,} by B ({test})"
    difference = verdict.difference
    if difference is None:
        return f"{digits}; A and B have no seed in common"
    seeds = "1 common seed" if verdict.pairs == 1 else f"{verdict.pairs} common seeds"
    text = f"A's accuracy less B's is {_points(difference.mean)} points over {seeds}"
    if difference.interval is not None:
        low, high = difference.interval
        text += f" ({1 - LEVEL_WITH_SEEDS:.0%} interval {_points(low)} to {_points(high)})".replace("%", " %")
    return f"{text}; {digits}"


def _points(share: float) -> str:
    return f"{100 * share:+.2f}"


def _p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
