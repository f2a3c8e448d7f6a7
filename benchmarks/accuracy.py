"""Accuracy on MNIST's test split: a recipe's models, one for each seed, and their vote.

    python -m benchmarks.accuracy [--recipe best-cnn] [--final] [--rounds 3]

With `--final`, it is the training after all settings are chosen: nearly all of the digits kept aside to choose by are learned
from as well, and as the few that are left cannot tell epochs apart, the model is that of the last one.

A round is a seed. Finished runs of the store (MNIST_HOME) with the recipe's settings are taken as they are; what is missing
is trained first, one seed after the other. Then each model is shown the test split, and the look is counted as every other.
The vote is the mean of the models' probabilities. A seed's time is its median epoch times its epochs, so that a pause of the
machine is not in it. Needs MNIST itself (MNIST_DATA).
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np

from benchmarks.measure import Row, keep, parser
from mnist_core.config import TrainConfig
from mnist_core.evaluation.calibration import softmax
from mnist_core.models import RECIPES, recipe
from mnist_core.runs import LocalLauncher, Run, Store, open_store
from mnist_core.runs.model import Judged, look_at_test
from mnist_core.training.plan import plan

FINAL = {"validation_share": 0.01, "best_epoch": "last"}


def trained(store: Store, config: TrainConfig) -> Run:
    """A finished run with these settings, whatever its threads: the store's own, or a new one."""
    for run in store.runs():
        if run.state == "finished" and run.config.changed({"threads": config.threads}) == config:
            return run
    return LocalLauncher(store).train_here(store.create(config, queued=False).id)


def minutes(store: Store, run: Run) -> float:
    return statistics.median(row.seconds for row in store.epochs(run.id)) * run.epoch / 60


def accuracy_of_vote(judged: Sequence[Judged]) -> float:
    """Share of the digits, the same for all, that the mean of the models' probabilities reads right."""
    answers = np.mean([softmax(each.logits) for each in judged], axis=0).argmax(1)
    return float((answers == judged[0].pictures.labels).mean())


def main() -> None:
    arguments = parser(__doc__, rounds=3)
    arguments.add_argument("--recipe", choices=RECIPES, default="best-cnn")
    arguments.add_argument(
        "--final", action="store_true", help="learn from nearly all of the digits kept aside as well"
    )
    chosen = arguments.parse_args()
    store = open_store()
    config = recipe(chosen.recipe).config.changed({"data": "mnist", **(FINAL if chosen.final else {})})
    runs = [trained(store, config.changed({"seed": seed})) for seed in range(chosen.rounds)]
    judged = [look_at_test(store, run.id) for run in runs]
    called = f"`{chosen.recipe}`" + (f", final, of {plan(config).train_count:,} digits" if chosen.final else "")
    rows = [
        Row(f"{called}, validation accuracy", tuple(100 * float(run.best_val_accuracy or 0) for run in runs), "%"),
        Row(f"{called}, test accuracy of a seed", tuple(100 * each.scores.accuracy for each in judged), "%"),
        Row(f"{called}, mean test accuracy", (100 * statistics.mean(each.scores.accuracy for each in judged),), "%"),
        Row(f"{called}, test accuracy of a vote of {len(runs)}", (100 * accuracy_of_vote(judged),), "%"),
        Row(f"{called}, training time of a seed", tuple(minutes(store, run) for run in runs), "min"),
    ]
    for run, each in zip(runs, judged, strict=True):
        print(f"run {run.id}, {run.threads} thread(s), looks at the test split: {each.looks}")
    name, command = f"accuracy_{chosen.recipe}", f"python -m benchmarks.accuracy --recipe {chosen.recipe}"
    if chosen.final:
        name, command = f"{name}_final", f"{command} --final"
    keep(name, rows, command)


if __name__ == "__main__":
    main()
