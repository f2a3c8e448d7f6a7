"""Accuracy on MNIST's test split of a vote of three networks built differently, each trained as `best-cnn` is.

    python -m benchmarks.vote

They are `best-cnn` itself, one of six unpadded convolutions, and one with a single 5x5 convolution a block: networks that are
built differently err on different digits. That it is these three was decided by their vote on validation digits
(benchmarks/LOG.md). Their training is the final one of `benchmarks.accuracy --final`, seed 0.

Finished runs of the store (MNIST_HOME) with these settings are taken as they are; what is missing is trained first. Then each
model is shown the test split, and the look is counted as every other. The vote is the mean of the models' probabilities.
Needs MNIST itself (MNIST_DATA).
"""

from __future__ import annotations

import argparse

from benchmarks.accuracy import FINAL, accuracy_of_vote, minutes, trained
from benchmarks.measure import Row, keep
from mnist_core.config import CNN, TrainConfig
from mnist_core.models import recipe
from mnist_core.runs import open_store
from mnist_core.runs.model import look_at_test

BEST = recipe("best-cnn").config.changed({"data": "mnist", **FINAL})
VOTERS: dict[str, TrainConfig] = {
    "`best-cnn`": BEST,
    "three unpadded convolutions of 48 filters, three of 96": BEST.changed(
        {"network": CNN(channels=(48, 96), depth=3, hidden=(), head="flatten", batch_norm=True)}
    ),
    "one 5x5 convolution a block": BEST.changed(
        {
            "network": CNN(
                channels=(32, 64, 128), kernel=5, hidden=(), padding="same", head="global max", batch_norm=True
            )
        }
    ),
}


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    store = open_store()
    runs = {name: trained(store, config) for name, config in VOTERS.items()}
    judged = {name: look_at_test(store, run.id) for name, run in runs.items()}
    rows = [
        *(
            Row(f"vote of three networks: {name}, test accuracy", (100 * each.scores.accuracy,), "%")
            for name, each in judged.items()
        ),
        Row("vote of three networks: test accuracy", (100 * accuracy_of_vote(list(judged.values())),), "%"),
        Row("vote of three networks: training time of one", tuple(minutes(store, run) for run in runs.values()), "min"),
    ]
    for name, run in runs.items():
        print(f"{name}: run {run.id}, {run.threads} thread(s), looks at the test split: {judged[name].looks}")
    keep("vote", rows, "python -m benchmarks.vote")


if __name__ == "__main__":
    main()
