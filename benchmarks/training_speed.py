"""How fast training is, beside the loop that people copy from tutorials, and beside a bare loop over tensors in memory.

    python -m benchmarks.training_speed [--rounds 5] [--recipe mlp-128-64]

Each measurement is a process of its own, and the contenders take turns, so that a slow minute of the machine hits them all:

- tutorial: DataLoader over torchvision's MNIST with ToTensor and Normalize, batch 64, Adam, torch's own choice of threads;
- scikit-learn: an epoch of its MLPClassifier with the same layers and Adam, for MLPs with a normalised input only;
- lab: the same epoch by `mnist_core.training.engine.Training`, with its reports;
- bare: the lab's arithmetic on tensors in memory with nothing reported or saved, five epochs with their validation;
- run: the same five epochs as a run of the lab, with its curves, store and checkpoints, from the queue to its end: it reads
  the data once more, and fits at its end how far the model is to be trusted.

Needs MNIST itself (MNIST_DATA); reading data and importing torch are not in the times.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.measure import Measurement, Row, in_process, in_turns, keep, parser, ratios, show

MODULE = "benchmarks.training_speed"
EPOCHS_OF_A_RUN = 5


def measure_tutorial(recipe_name: str, work: Path) -> Measurement:
    from benchmarks.peers import PlainLoop
    from mnist_core.data import load

    digits = load("mnist")
    loop = PlainLoop(recipe_name, digits)
    started = time.perf_counter()
    loop.epoch()
    seconds = time.perf_counter() - started
    return {
        "images_per_second": len(digits.train.labels) / seconds,
        "val_accuracy": loop.accuracy(digits, "validation"),
    }


def measure_scikit_learn(recipe_name: str, work: Path) -> Measurement:
    from sklearn.neural_network import MLPClassifier

    from mnist_core.data import load
    from mnist_core.models import recipe

    digits = load("mnist")
    scale = digits.source

    def pixels(images: np.ndarray) -> np.ndarray:
        return ((images.reshape(len(images), -1) / 255 - scale.mean) / scale.std).astype(np.float32)

    config = recipe(recipe_name).config
    network = MLPClassifier(
        config.network.hidden,
        learning_rate_init=config.learning_rate,
        batch_size=config.batch_size,
        alpha=0.0,
        random_state=0,
    )
    images = pixels(digits.train.images)
    started = time.perf_counter()
    network.partial_fit(images, digits.train.labels, classes=range(10))
    seconds = time.perf_counter() - started
    accuracy = network.score(pixels(digits.validation.images), digits.validation.labels)
    return {"images_per_second": len(images) / seconds, "val_accuracy": float(accuracy)}


def measure_lab(recipe_name: str, work: Path) -> Measurement:
    training = _training(recipe_name, EPOCHS_OF_A_RUN)
    reports = iter(training)
    started = time.perf_counter()
    next(report for report in reports if report.batch == report.batches)
    seconds = time.perf_counter() - started
    end = next(reports)
    return {"images_per_second": len(training.batches.labels) / seconds, "val_accuracy": end.val_accuracy}


def measure_bare(recipe_name: str, work: Path) -> Measurement:
    import torch
    import torch.nn.functional as F

    from mnist_core.models.inference import scores
    from mnist_core.training.machine import multiplying_in

    training = _training(recipe_name, EPOCHS_OF_A_RUN)
    multiplying = multiplying_in(training.precision, training.device)
    network, optimizer = training.network, torch.optim.Adam(training.network.parameters(), lr=1e-3, fused=True)
    started = time.perf_counter()
    for epoch in range(EPOCHS_OF_A_RUN):
        for images, labels in training.batches.epoch(epoch):
            with multiplying:
                answers = network(images)
            loss = F.cross_entropy(answers.float(), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        said = scores(network, training.validation.images, training.scale).argmax(1).cpu().numpy()
        accuracy = (said == training.validation.labels).mean()
    return {"seconds": time.perf_counter() - started, "val_accuracy": float(accuracy)}


def measure_run(recipe_name: str, work: Path) -> Measurement:
    from mnist_core import places

    os.environ["MNIST_DATA"] = str(places.data_folder())
    os.environ["MNIST_HOME"] = str(work)
    from mnist_core.models import recipe
    from mnist_core.runs import open_store
    from mnist_core.runs.worker import warm_up, warm_up_for_the_end
    from mnist_core.runs.worker import work as train_run

    # What the worker does once while it waits, as the bare loop's process did before its clock started.
    warm_up()
    warm_up_for_the_end()
    _training(recipe_name, EPOCHS_OF_A_RUN)
    store = open_store()
    run = store.create(recipe(recipe_name).config.changed({"epochs": EPOCHS_OF_A_RUN}))
    started = time.perf_counter()
    train_run(store, run.id)
    return {"seconds": time.perf_counter() - started, "val_accuracy": store.epochs(run.id)[-1].val_accuracy}


def _training(recipe_name: str, epochs: int):
    from mnist_core.data import load
    from mnist_core.models import recipe
    from mnist_core.training.engine import Training
    from mnist_core.training.machine import choose_threads, prepare_process

    config = recipe(recipe_name).config.changed({"epochs": epochs})
    prepare_process(choose_threads(config))
    return Training(config, load("mnist"))


CONTENDERS = {
    "tutorial": measure_tutorial,
    "scikit-learn": measure_scikit_learn,
    "lab": measure_lab,
    "bare": measure_bare,
    "run": measure_run,
}


def compare(recipe_name: str, ours: str, peer: str, key: str, rounds: int) -> tuple[float, ...]:
    """Ours over the peer's, round by round; the validation accuracy of each is printed beside it."""

    def measured(contender: str) -> Callable[[], Measurement]:
        return lambda: in_process(MODULE, "--measure", contender, "--recipe", recipe_name)

    results = in_turns({name: measured(name) for name in (peer, ours)}, rounds)
    show(recipe_name, results, (key, "val_accuracy"))
    return ratios(results[ours], results[peer], key)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--recipe", action="append", help="by default mlp-128-64 and cnn-32-64")
    arguments.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    recipes = chosen.recipe or ["mlp-128-64", "cnn-32-64"]
    if chosen.measure:
        with tempfile.TemporaryDirectory() as work:
            print(json.dumps(CONTENDERS[chosen.measure](recipes[0], Path(work))))
        return
    rows = []
    for name in recipes:
        pace = compare(name, "lab", "tutorial", "images_per_second", chosen.rounds)
        rows.append(Row(f"`{name}`, pictures a second, lab / tutorial loop", pace))
        if name == "mlp-128-64":
            pace = compare(name, "lab", "scikit-learn", "images_per_second", chosen.rounds)
            rows.append(Row(f"`{name}`, pictures a second, lab / scikit-learn's MLPClassifier", pace))
        whole = compare(name, "run", "bare", "seconds", chosen.rounds)
        rows.append(Row(f"`{name}`, a whole run of five epochs / bare loop over tensors in memory, seconds", whole))
    keep("training_speed", rows, f"python -m {MODULE}")


if __name__ == "__main__":
    main()
