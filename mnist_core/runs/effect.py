"""What a list of decisions about labels changes: the same runs with and without it, found by its tag and their settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from mnist_core.config import TrainConfig
from mnist_core.data import decisions
from mnist_core.data.decisions import Decisions
from mnist_core.evaluation.paired import PairedDifference, paired_difference
from mnist_core.models import recipe
from mnist_core.runs.groups import same_settings
from mnist_core.runs.launcher import LocalLauncher
from mnist_core.runs.run import Run

# On every run of this kind, for the filter of the page Runs.
TAG = "label effect"
_BEST_FIRST = ("finished", "running", "stalled", "queued", "stopped", "crashed", "failed", "diverged")


@dataclass(frozen=True)
class Side:
    """Runs of one side, with or without the list, that differ in nothing but their seeds.

    Attributes:
        config: of the run with seed 0.
        tag: on all of them: it changes with every decision, so that a list as it was before is another one.
        name: for the runs.
    """

    config: TrainConfig
    tag: str
    name: str

    def with_seed(self, seed: int) -> TrainConfig:
        """The settings of the run with this seed."""
        return self.config.changed({"seed": seed})


@dataclass(frozen=True)
class Pair:
    """Two runs with the same seed; None where there is none yet."""

    seed: int
    without: Run | None
    with_list: Run | None

    @property
    def is_done(self) -> bool:
        """Whether both are finished."""
        return all(run is not None and run.state == "finished" for run in (self.without, self.with_list))


@dataclass(frozen=True)
class Effect:
    """The validation accuracies of the pairs that are done, best epochs, in [0, 1].

    Attributes:
        without, with_list: one for each seed, in the same order.
        difference: with the list minus without.
    """

    without: tuple[float, ...]
    with_list: tuple[float, ...]
    difference: PairedDifference


def sides(source: str, name: str, recipe_name: str) -> tuple[Side, Side]:
    """What to train without a list and with it.

    Args:
        source: a published data set.
        name: of the list.
        recipe_name: of the recipe that both are trained with.

    Raises:
        NotFound: there is no such recipe.
        BadFile: the list is damaged.
    """
    config = recipe(recipe_name).config
    made = decisions.read(source, name)
    return (
        _side(config.changed({"data": source}), {}, "without a list"),
        _side(config.changed({"data": f"{source}/{name}"}), made, f"with {name}"),
    )


def pairs(runs: Sequence[Run], without: Side, with_list: Side) -> list[Pair]:
    """The runs of two sides, seed by seed, also where only one of the two is there.

    Args:
        runs: of the store, the newest first; of several with the same seed, the one that is furthest counts.
        without, with_list: as `sides` gives them.
    """
    first, second = _by_seed(runs, without), _by_seed(runs, with_list)
    return [Pair(seed, first.get(seed), second.get(seed)) for seed in sorted(first | second)]


def missing(runs: Sequence[Run], without: Side, with_list: Side, seeds: int) -> list[tuple[Side, int]]:
    """What has still to be trained so that there are pairs for the seeds from 0 on: sides and seeds, pair after pair."""
    there = {
        (side, seed)
        for side in (without, with_list)
        for seed, run in _by_seed(runs, side).items()
        if run.state in ("finished", "running", "stalled", "queued")
    }
    return [(side, seed) for seed in range(seeds) for side in (without, with_list) if (side, seed) not in there]


def submit(launcher: LocalLauncher, wanted: Sequence[tuple[Side, int]]) -> list[Run]:
    """Queue these runs.

    Raises:
        BadInput, DiskProblem: as `LocalLauncher.submit`.
    """
    return [
        launcher.submit(side.with_seed(seed), name=f"{side.name}, seed {seed}", tags=(TAG, side.tag))
        for side, seed in wanted
    ]


def effect(done: Sequence[Pair]) -> Effect | None:
    """What the list changes, from the pairs that are done; None if there are none."""
    accuracies = [
        (pair.without.best_val_accuracy or 0.0, pair.with_list.best_val_accuracy or 0.0)
        for pair in done
        if pair.is_done and pair.without and pair.with_list
    ]
    if not accuracies:
        return None
    without, with_list = zip(*accuracies, strict=True)
    return Effect(without, with_list, paired_difference(without, with_list))


def _side(config: TrainConfig, made: Decisions, name: str) -> Side:
    content = sorted((index, asdict(each)) for index, each in made.items())
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return Side(config, f"labels-{digest[:12]}", name)


def _by_seed(runs: Sequence[Run], side: Side) -> dict[int, Run]:
    found: dict[int, Run] = {}
    for run in runs:
        if side.tag not in run.tags or run.saved_config is None or not same_settings(run.saved_config, side.config):
            continue
        seed = run.saved_config.seed
        if seed not in found or _rank(run) < _rank(found[seed]):
            found[seed] = run
    return found


def _rank(run: Run) -> int:
    return _BEST_FIRST.index(run.state) if run.state in _BEST_FIRST else len(_BEST_FIRST)
