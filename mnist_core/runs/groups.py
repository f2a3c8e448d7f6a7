"""Runs with the same settings but for their seeds: found, summed up, and made more of."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnist_core.config import TrainConfig
from mnist_core.runs.launcher import LocalLauncher
from mnist_core.runs.run import ALIVE, Run

_SEED_IN_NAME = re.compile(r",? seed \d+$")


@dataclass(frozen=True)
class Group:
    """Finished runs that differ in nothing but their seeds.

    Attributes:
        runs: one for each seed, by it.
    """

    runs: dict[int, Run]

    @property
    def accuracies(self) -> list[float]:
        """The best validation accuracy for each seed, in [0, 1]."""
        return [run.best_val_accuracy or 0.0 for run in self.runs.values()]

    @property
    def mean(self) -> float:
        """Of the accuracies."""
        return statistics.fmean(self.accuracies)

    @property
    def spread(self) -> float | None:
        """Standard deviation of the accuracies; None for a single run."""
        return statistics.stdev(self.accuracies) if len(self.runs) > 1 else None


def same_settings(first: TrainConfig, second: TrainConfig) -> bool:
    """Whether two configurations differ at most in their seed, and in what their recipe is called."""
    if (first.data, first.epochs, first.learning_rate) != (second.data, second.epochs, second.learning_rate):
        return False  # most are told apart here, and much faster
    return first.model_copy(update={"seed": second.seed, "recipe": second.recipe}) == second


def group_of(run: Run, runs: Iterable[Run]) -> Group:
    """The finished runs with the settings, data and splits of one that has a model, which is itself always among them.

    Args:
        run: its settings can be read.
        runs: of the store, the newest first; of several with the same seed, the newest counts.
    """
    found = {run.config.seed: run}
    if run.state == "finished":
        for each in runs:
            config = each.saved_config
            if (
                config is not None
                and each.state == "finished"
                and each.split_hash == run.split_hash
                and same_settings(config, run.config)
            ):
                found.setdefault(config.seed, each)
    return Group(dict(sorted(found.items())))


def groups_among(chosen: Sequence[Run], runs: Sequence[Run]) -> list[tuple[Run, Group]]:
    """The groups that some runs belong to, each with the first of the chosen runs that does.

    Args:
        chosen: those without readable settings or without a model are left out.
        runs: of the store, the newest first.
    """
    found: list[tuple[Run, Group]] = []
    for run in chosen:
        if run.saved_config is None or run.best_epoch is None:
            continue
        if not any(_belongs(run, first) for first, _ in found):
            found.append((run, group_of(run, runs)))
    return found


def missing(
    sides: Sequence[tuple[Run, Group]], runs: Sequence[Run], more: int
) -> tuple[list[tuple[Run, int]], list[Run]]:
    """What is to be trained so that all sides have `more` further seeds in common: runs to imitate and their new seeds.

    Args:
        sides: of a comparison, each with one of its runs.
        runs: of the store.
        more: how many seeds.

    Returns:
        What nobody trains yet, seed after seed, and the runs with such seeds that are under way.
    """
    seeds = [set(group.runs) for _, group in sides]
    common, some = set.intersection(*seeds), set.union(*seeds)
    wanted = sorted(some - common)[:more]
    fresh = 0
    while len(wanted) < more:
        if fresh not in some:
            wanted.append(fresh)
        fresh += 1
    to_train, coming = [], []
    for seed in wanted:
        for run, group in sides:
            if seed in group.runs:
                continue
            under_way = next((each for each in runs if _is_coming(each, run, seed)), None)
            if under_way is None:
                to_train.append((run, seed))
            else:
                coming.append(under_way)
    return to_train, coming


def submit(launcher: LocalLauncher, wanted: Sequence[tuple[Run, int]]) -> list[Run]:
    """Queue runs like others but with another seed, with the same tags.

    Raises:
        BadInput, DiskProblem: as `LocalLauncher.submit`.
    """
    return [
        launcher.submit(run.config.changed({"seed": seed}), name=_name(run.name, seed), tags=run.tags)
        for run, seed in wanted
    ]


def _belongs(run: Run, first: Run) -> bool:
    finished = run.state == first.state == "finished"
    return finished and run.split_hash == first.split_hash and same_settings(run.config, first.config)


def _is_coming(run: Run, like: Run, seed: int) -> bool:
    config = run.saved_config
    return (
        config is not None
        and run.state in ("queued", *ALIVE)
        and config.seed == seed
        and same_settings(config, like.config)
    )


def _name(name: str, seed: int) -> str:
    added = f", seed {seed}"
    plain = _SEED_IN_NAME.sub("", name)
    return plain[: 80 - len(added)] + added if plain else ""
