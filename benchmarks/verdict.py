"""How often real networks that differ only in their seed are called different.

    python -m benchmarks.verdict [--networks 40] [--draws 400] [--data mnist]

Networks of one setting are trained, then drawn into two groups as if they were of two settings.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import machine
from mnist_core.config import TrainConfig
from mnist_core.data import load
from mnist_core.evaluation.verdict import decide
from mnist_core.runs import LocalLauncher, open_store
from mnist_core.runs.versus import read

SEEDS = (1, 3, 5, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--train-size", type=int, default=10_000)
    arguments = parser.parse_args()
    print(machine())
    digits = load(arguments.data)
    right = []
    with tempfile.TemporaryDirectory() as home:
        store = open_store(home=Path(home))
        for seed in range(arguments.networks):
            config = TrainConfig(data=arguments.data, epochs=2, train_size=arguments.train_size, seed=seed)
            run = LocalLauncher(store).train_here(store.create(config, queued=False).id)
            right.append(read(store, run, digits).argmax(1) == digits.validation.labels)
        store.close()
    accuracies = np.mean(right, axis=1)
    print(f"accuracy {accuracies.mean():.4f}, standard deviation over seeds {accuracies.std(ddof=1):.4f}")
    random = np.random.default_rng(0)
    for seeds in (each for each in SEEDS if 2 * each <= arguments.networks):
        told = 0
        for _ in range(arguments.draws):
            first, second = np.split(random.permutation(arguments.networks)[: 2 * seeds], 2)
            a, b = ({i: right[network] for i, network in enumerate(side)} for side in (first, second))
            told += decide(a, b).says != "cannot_tell"
        print(
            f"{seeds} seeds a side: called different in {told / arguments.draws:.1%} of {arguments.draws} draws",
            flush=True,
        )


if __name__ == "__main__":
    main()
