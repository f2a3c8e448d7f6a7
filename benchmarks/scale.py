"""How training grows: time a picture and memory from 5,000 to 700,000 pictures, and the pace at other batch sizes.

    python -m benchmarks.scale [--rounds 5] [--size 5000 --size 60000 --size 700000]

Each measurement is a process of its own, and within a round the contenders take turns:

- sizes: `mlp-128-64` by `mnist_core.training.engine.Training`, with its reports, over so many pictures: MNIST's training
  digits, repeated in memory. Every size learns from as many pictures in all as the largest has, in whole epochs (140 of
  5,000, 12 of 60,000, one of 700,000), so that steps and reports are as many;
- memory: the most that the process of the largest size has ever held, less what it held when torch and the lab were imported,
  less the bytes of its data: pictures, labels and places of all three splits;
- batch sizes: an epoch of MNIST's 55,000 training digits, with the threads that the lab chooses for the network.

Shuffling is in the times; importing, reading the data and validation are not. Needs MNIST itself (MNIST_DATA).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.browse_speed import megabytes
from benchmarks.measure import Measurement, Row, in_process, in_turns, keep, parser, ratios, summary

if TYPE_CHECKING:
    from mnist_core.data import Digits

MODULE = "benchmarks.scale"
SIZES = [5_000, 60_000, 700_000]
MNIST_SIZE = 55_000
BATCH_SIZES = (16, 64, 256, 1_024, 4_096)
USUAL_BATCH = 64


def measure(recipe_name: str, size: int, epochs: int, batch_size: int) -> Measurement:
    """Train in this process: pictures a second, threads, and megabytes beyond imports and data."""
    from mnist_core.data import load
    from mnist_core.models import recipe
    from mnist_core.training.engine import Training
    from mnist_core.training.machine import choose_threads, prepare_process
    from mnist_core.training.progress import EpochReport

    imported = megabytes()
    config = recipe(recipe_name).config.changed({"epochs": epochs, "batch_size": batch_size})
    prepare_process(choose_threads(config))
    digits = repeated(load("mnist"), size)
    training = Training(config, digits)
    seconds, began = 0.0, time.perf_counter()
    for report in training:
        if isinstance(report, EpochReport):
            began = time.perf_counter()
        elif report.batch == report.batches:
            seconds += time.perf_counter() - began
    return {
        "images_per_second": epochs * size / seconds,
        "threads": training.threads,
        "megabytes": megabytes() - imported - bytes_of(digits) / 2**20,
    }


def repeated(digits: Digits, size: int) -> Digits:
    """`digits` with `size` pictures to learn from: its own, from the first on, as often as it takes."""
    import numpy as np

    return replace(digits, train=digits.train.taken(np.arange(size) % len(digits.train)))


def bytes_of(digits: Digits) -> int:
    splits = (digits.train, digits.validation, digits.test)
    return sum(split.images.nbytes + split.labels.nbytes + split.indices.nbytes for split in splits)


def compare(contenders: dict[int, tuple[str, int, int, int]], named: str, rounds: int) -> dict[int, list[Measurement]]:
    """What `measure` finds for the arguments of each contender, in turns."""

    def measured(arguments: tuple[str, int, int, int]) -> Callable[[], Measurement]:
        return lambda: in_process(MODULE, "--measure", *map(str, arguments))

    results = in_turns({str(each): measured(arguments) for each, arguments in contenders.items()}, rounds)
    for each, (recipe_name, *_) in contenders.items():
        for key in results[str(each)][0]:
            values = [measurement[key] for measurement in results[str(each)]]
            print(f"  {recipe_name}, {named} {each:,}, {key}: {summary(values)}", flush=True)
    return {each: results[str(each)] for each in contenders}


def rows_of_sizes(sizes: list[int], rounds: int) -> list[Row]:
    largest = max(sizes)
    contenders = {size: ("mlp-128-64", size, math.ceil(largest / size), USUAL_BATCH) for size in sizes}
    results = compare(contenders, "pictures", rounds)
    flat = [
        Row(
            f"`mlp-128-64`, training time a picture, {more:,} pictures / {fewer:,}",
            ratios(results[fewer], results[more], "images_per_second"),
        )
        for fewer, more in pairwise(sizes)
    ]
    beyond = tuple(each["megabytes"] for each in results[largest])
    return [*flat, Row(f"`mlp-128-64`, memory to train above the data's own bytes, {largest:,} pictures", beyond, "MB")]


def rows_of_batches(recipe_name: str, rounds: int) -> list[Row]:
    results = compare({size: (recipe_name, MNIST_SIZE, 1, size) for size in BATCH_SIZES}, "batch", rounds)
    return [
        Row(
            f"`{recipe_name}`, pictures a second, batch {size:,} / batch {USUAL_BATCH}",
            ratios(results[size], results[USUAL_BATCH], "images_per_second"),
        )
        for size in BATCH_SIZES
        if size != USUAL_BATCH
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--size", type=int, action="append", help=f"by default {', '.join(map(str, SIZES))}")
    arguments.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        recipe_name, *numbers = chosen.measure
        print(json.dumps(measure(recipe_name, *map(int, numbers))))
        return
    rows = rows_of_sizes(sorted(chosen.size or SIZES), chosen.rounds)
    for recipe_name in ("mlp-128-64", "cnn-32-64"):
        rows += rows_of_batches(recipe_name, chosen.rounds)
    keep("scale", rows, f"python -m {MODULE}")


if __name__ == "__main__":
    main()
