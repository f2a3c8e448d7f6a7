"""How fast digits are judged, beside the loop that people copy from tutorials.

    python -m benchmarks.evaluation_speed [--rounds 5] [--recipe mlp-128-64]

Both judge the same 10,000 training digits of MNIST, for the test split is sealed, with the same untrained weights: for the
time they are as good as any. Each measurement is a process of its own, and the two take turns:

- tutorial: DataLoader over torchvision's MNIST with ToTensor and Normalize, batch 1,000, the right answers counted, torch's
  own choice of threads;
- lab: `mnist_core.models.inference.scores` and `mnist_core.evaluation.metrics.score`, which also counts confusions and works
  out the loss, in a process that is set up as one that trains.

Needs MNIST itself (MNIST_DATA); reading data and importing torch are not in the times, nor is a first thousand digits.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

from benchmarks.measure import Measurement, Row, in_process, in_turns, keep, parser, ratios, show

MODULE = "benchmarks.evaluation_speed"
RECIPES = ("mlp-128-64", "cnn-32-64")
PICTURES = 10_000
# Also as many as are judged before the clock starts.
BATCH_OF_TUTORIAL = 1_000


def measure_tutorial(recipe_name: str) -> Measurement:
    from torch.utils.data import DataLoader, Subset

    from benchmarks.peers import NETWORKS, accuracy, torchvision_mnist
    from mnist_core.data import load

    network = NETWORKS[recipe_name]()
    network.load_state_dict(_network(recipe_name).state_dict())
    pictures = torchvision_mnist(normalised=True, train=True)
    order = load("mnist").train.indices[:PICTURES].tolist()

    def judge(count: int) -> float:
        return accuracy(network, DataLoader(Subset(pictures, order[:count]), batch_size=BATCH_OF_TUTORIAL))

    return _measured(judge)


def measure_lab(recipe_name: str) -> Measurement:
    from mnist_core.data import load
    from mnist_core.evaluation.metrics import score
    from mnist_core.models import recipe
    from mnist_core.models.inference import InputScale, scores
    from mnist_core.training.machine import choose_threads, prepare_process

    prepare_process(choose_threads(recipe(recipe_name).config))
    network, digits = _network(recipe_name), load("mnist")
    images, labels = digits.train.images[:PICTURES], digits.train.labels[:PICTURES]
    scale = InputScale(digits.source.mean, digits.source.std)

    def judge(count: int) -> float:
        return score(scores(network, images[:count], scale).numpy(), labels[:count]).accuracy

    return _measured(judge)


def _network(recipe_name: str):
    import torch

    from mnist_core.models import recipe
    from mnist_core.models.networks import build

    torch.manual_seed(0)
    return build(recipe(recipe_name).config.network)


def _measured(judge: Callable[[int], float]) -> Measurement:
    judge(BATCH_OF_TUTORIAL)
    began = time.perf_counter()
    found = judge(PICTURES)
    return {"images_per_second": PICTURES / (time.perf_counter() - began), "accuracy": found}


CONTENDERS = {"tutorial": measure_tutorial, "lab": measure_lab}


def compare(recipe_name: str, rounds: int) -> tuple[float, ...]:
    """Pictures a second, lab over tutorial, round by round; what both found is printed beside it."""

    def measured(contender: str) -> Callable[[], Measurement]:
        return lambda: in_process(MODULE, "--measure", contender, "--recipe", recipe_name)

    results = in_turns({name: measured(name) for name in CONTENDERS}, rounds)
    show(recipe_name, results, ("images_per_second", "accuracy"))
    return ratios(results["lab"], results["tutorial"], "images_per_second")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--recipe", action="append", choices=RECIPES, help="by default both")
    arguments.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    recipes = chosen.recipe or RECIPES
    if chosen.measure:
        print(json.dumps(CONTENDERS[chosen.measure](recipes[0])))
        return
    rows = [
        Row(f"`{name}`, digits judged a second, lab / tutorial loop", compare(name, chosen.rounds)) for name in recipes
    ]
    keep("evaluation_speed", rows, f"python -m {MODULE}", "torchvision")


if __name__ == "__main__":
    main()
