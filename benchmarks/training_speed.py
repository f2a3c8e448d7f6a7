"""How fast training is, beside the loop that people copy from tutorials, and beside a bare loop over tensors in memory.

    python -m benchmarks.training_speed [--rounds 5] [--recipe mlp-128-64]

Each measurement is a process of its own, and the contenders take turns, so that a slow minute of the machine hits them all:

- tutorial: DataLoader over torchvision's MNIST with ToTensor and Normalize, batch 64, Adam, torch's own choice of threads;
- lab: the same epoch by `mnist_core.training.engine.Training`, with its reports;
- bare: the lab's arithmetic on tensors in memory with nothing reported or saved, five epochs with their validation;
- run: the same five epochs as a run of the lab, with its curves, store and checkpoints, from the queue to its end: it reads
  the data once more, and fits at its end how far the model is to be trusted.

Needs MNIST itself (MNIST_DATA); reading data and importing torch are not in the times.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measurement, Row, in_process, in_turns, keep, parser, ratios, summary

MODULE = "benchmarks.training_speed"
EPOCHS_OF_A_RUN = 5


def measure_tutorial(recipe_name: str, work: Path) -> Measurement:
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, Subset

    from mnist_core.data import load
    from mnist_core.torchvision_loader import load_torchvision

    torchvision = load_torchvision()
    from torchvision import transforms

    _unpack(work)
    steps = [transforms.ToTensor()]
    if recipe_name != "mlp-512":
        steps.append(transforms.Normalize((0.1307,), (0.3081,)))
    pictures = torchvision.datasets.MNIST(work, train=True, transform=transforms.Compose(steps))
    digits = load("mnist")
    torch.manual_seed(0)
    model = {
        "mlp-128-64": lambda: nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
        ),
        "mlp-512": lambda: nn.Sequential(
            nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
        ),
        "cnn-32-64": lambda: nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(1600, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        ),
    }[recipe_name]()
    loader = DataLoader(Subset(pictures, digits.train.indices.tolist()), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    started = time.perf_counter()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
    seconds = time.perf_counter() - started
    correct = 0
    with torch.no_grad():
        validation = Subset(pictures, digits.validation.indices.tolist())
        for images, labels in DataLoader(validation, batch_size=500):
            correct += int((model(images).argmax(1) == labels).sum())
    return {"images_per_second": len(digits.train.labels) / seconds, "val_accuracy": correct / len(validation)}


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

    training = _training(recipe_name, EPOCHS_OF_A_RUN)
    network, optimizer = training.network, torch.optim.Adam(training.network.parameters(), lr=1e-3, fused=True)
    started = time.perf_counter()
    for epoch in range(EPOCHS_OF_A_RUN):
        for images, labels in training.batches.epoch(epoch):
            loss = F.cross_entropy(network(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        answers = scores(network, training.validation.images, training.scale).argmax(1).numpy()
        accuracy = (answers == training.validation.labels).mean()
    return {"seconds": time.perf_counter() - started, "val_accuracy": float(accuracy)}


def measure_run(recipe_name: str, work: Path) -> Measurement:
    os.environ["MNIST_DATA"] = str(_data())
    os.environ["MNIST_HOME"] = str(work)
    from mnist_core.models import recipe
    from mnist_core.runs import open_store
    from mnist_core.runs.worker import work as train_run

    # What the worker does once when it starts, as the bare loop's process did before its clock started.
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


def _data() -> Path:
    from mnist_core import places

    return places.data_folder()


def _unpack(work: Path) -> None:
    """Torchvision reads only the unpacked files."""
    raw = work / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in (_data() / "MNIST" / "raw").glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))


CONTENDERS = {"tutorial": measure_tutorial, "lab": measure_lab, "bare": measure_bare, "run": measure_run}


def compare(recipe_name: str, ours: str, peer: str, key: str, rounds: int) -> tuple[float, ...]:
    """Ours over the peer's, round by round; the validation accuracy of each is printed beside it."""

    def measured(contender: str) -> Callable[[], Measurement]:
        return lambda: in_process(MODULE, "--measure", contender, "--recipe", recipe_name)

    results = in_turns({name: measured(name) for name in (peer, ours)}, rounds)
    for name, values in results.items():
        for measure in (key, "val_accuracy"):
            print(f"  {recipe_name}, {name}, {measure}: {summary([each[measure] for each in values])}", flush=True)
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
        whole = compare(name, "run", "bare", "seconds", chosen.rounds)
        rows.append(Row(f"`{name}`, a whole run of five epochs / bare loop over tensors in memory, seconds", whole))
    keep("training_speed", rows, f"python -m {MODULE}")


if __name__ == "__main__":
    main()
