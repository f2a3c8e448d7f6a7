"""Seconds of training until 99.0 % of MNIST's test digits are read: `quick-cnn`, the tutorial loop, PyTorch's example.

    python -m benchmarks.time_to_99 [--rounds 5] [--peer tutorial|examples]

- lab: the recipe `quick-cnn` by `mnist_core.training.engine.Training`, with its reports and its validation after each epoch;
- tutorial: cnn-32-64 in the plain loop (DataLoader, ToTensor, Normalize, batch 64, Adam);
- examples: the network and settings of the MNIST script in PyTorch's repository of examples, re-written.

A round is a seed, and within a round the contenders take turns, each in a process of its own. Test accuracy is looked at
after each epoch and its time does not count; no setting was chosen by it. A peer that is not there after 15 epochs is
given up. Needs MNIST itself (MNIST_DATA); reading data and importing torch are not in the times. On a machine with a graphics
card all of them learn there, and its name stands beside the results.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator

from benchmarks.measure import Measurement, Row, in_process, in_turns, keep, parser, ratios, show

MODULE = "benchmarks.time_to_99"
GOAL = 0.990
MOST_EPOCHS = 15
PEERS = {"tutorial": "cnn-32-64 in the tutorial loop", "examples": "PyTorch's example script"}
# Seconds that one epoch took, and the test accuracy after it.
Epochs = Iterator[tuple[float, float]]


def epochs_of_lab(seed: int) -> Epochs:
    from mnist_core.data import load
    from mnist_core.evaluation.metrics import score
    from mnist_core.models import recipe
    from mnist_core.models.inference import scores
    from mnist_core.training.engine import Training
    from mnist_core.training.machine import choose_threads, prepare_process
    from mnist_core.training.progress import EpochReport

    config = recipe("quick-cnn").config.changed({"seed": seed})
    digits = load("mnist")
    began = time.perf_counter()
    prepare_process(choose_threads(config))
    training = Training(config, digits)
    for report in training:
        if isinstance(report, EpochReport):
            took = time.perf_counter() - began
            answers = scores(training.network, digits.test.images, training.scale).cpu().numpy()
            yield took, score(answers, digits.test.labels).accuracy
            began = time.perf_counter()


def epochs_of_peer(peer: str, seed: int) -> Epochs:
    from benchmarks.peers import PlainLoop
    from mnist_core.data import load

    digits = load("mnist")
    loop = PlainLoop("examples" if peer == "examples" else "cnn-32-64", digits, seed)
    for _ in range(MOST_EPOCHS):
        began = time.perf_counter()
        loop.epoch()
        took = time.perf_counter() - began
        test_accuracy = loop.accuracy(digits, "test")
        yield took, test_accuracy
        if test_accuracy >= GOAL:
            return


def measured(epochs: Epochs) -> Measurement:
    """Seconds and epochs to the goal (infinite if it was not reached), and where it ended."""
    seconds, reached, count = 0.0, math.inf, 0
    for took, test_accuracy in epochs:
        seconds += took
        count += 1
        if test_accuracy >= GOAL:
            reached = min(reached, seconds)
    return {
        "seconds": reached,
        "whole": seconds,
        "epochs": count,
        "seconds_an_epoch": seconds / count,
        "test_accuracy": test_accuracy,
    }


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--peer", choices=PEERS, default="tutorial", help="by default the tutorial loop")
    arguments.add_argument("--measure", choices=("lab", *PEERS), help=argparse.SUPPRESS)
    arguments.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        epochs = epochs_of_lab(chosen.seed) if chosen.measure == "lab" else epochs_of_peer(chosen.measure, chosen.seed)
        print(json.dumps(measured(epochs)))
        return

    def contender(name: str) -> Callable[[], Measurement]:
        seeds = iter(range(chosen.rounds))
        return lambda: in_process(MODULE, "--measure", name, "--seed", str(next(seeds)))

    results = in_turns({name: contender(name) for name in ("lab", chosen.peer)}, chosen.rounds)
    show("to 99.0 %", results, ("whole", "epochs", "seconds_an_epoch", "test_accuracy"))
    lab = results["lab"]
    peer = results[chosen.peer]
    rows = [
        Row("`quick-cnn`, training to 99.0 % of the test digits", tuple(each["seconds"] for each in lab), "s"),
        Row("`quick-cnn`, test accuracy at its end", tuple(100 * each["test_accuracy"] for each in lab), "%"),
        Row(f"time to 99.0 %, {PEERS[chosen.peer]} / `quick-cnn`", ratios(peer, lab, "seconds")),
        Row(f"an epoch, {PEERS[chosen.peer]} / `quick-cnn`", ratios(peer, lab, "seconds_an_epoch")),
    ]
    keep(f"time_to_99_{chosen.peer}", rows, f"python -m {MODULE} --peer {chosen.peer}")


if __name__ == "__main__":
    main()
