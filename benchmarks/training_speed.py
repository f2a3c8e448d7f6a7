"""How fast training is, beside the loop that people copy from tutorials, and beside a bare loop over tensors in memory.

    python benchmarks/training_speed.py [--rounds 5] [--recipe mlp-128-64] [--compare pace]

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
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

EPOCHS_OF_A_RUN = 5
Results = dict[str, list[dict[str, float]]]


def measure_tutorial(recipe_name: str, work: Path) -> dict[str, float]:
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


def measure_lab(recipe_name: str, work: Path) -> dict[str, float]:
    training = _training(recipe_name, EPOCHS_OF_A_RUN)
    reports = iter(training)
    started = time.perf_counter()
    next(report for report in reports if report.batch == report.batches)
    seconds = time.perf_counter() - started
    end = next(reports)
    return {"images_per_second": len(training.batches.labels) / seconds, "val_accuracy": end.val_accuracy}


def measure_bare(recipe_name: str, work: Path) -> dict[str, float]:
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


def measure_run(recipe_name: str, work: Path) -> dict[str, float]:
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


def machine() -> str:
    """Processor, cores and Python in a line."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}"


def in_process(contender: str, recipe_name: str) -> dict[str, float]:
    """One measurement in a fresh process."""
    command = [sys.executable, __file__, "--measure", contender, "--recipe", recipe_name]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def summary(values: list[float]) -> str:
    return f"median {statistics.median(values):,.4g} (from {min(values):,.4g} to {max(values):,.4g}, n={len(values)})"


def compare_pace(recipe_name: str, rounds: int) -> None:
    """The lab's pictures a second beside the tutorial's, at the validation accuracy of each after one epoch."""
    results = _alternate(("tutorial", "lab"), recipe_name, rounds)
    _print_each(results, "images_per_second", "images per second")
    _print_each(results, "val_accuracy", "validation accuracy after an epoch")
    _print_ratio(results, "lab", "tutorial", "images_per_second")


def compare_run(recipe_name: str, rounds: int) -> None:
    """What a whole run costs beside the bare loop."""
    results = _alternate(("bare", "run"), recipe_name, rounds)
    _print_each(results, "seconds", f"seconds for {EPOCHS_OF_A_RUN} epochs")
    _print_ratio(results, "run", "bare", "seconds")


def _alternate(contenders: tuple[str, str], recipe_name: str, rounds: int) -> Results:
    results: Results = {contender: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            results[contender].append(in_process(contender, recipe_name))
    return results


def _print_each(results: Results, key: str, title: str) -> None:
    for contender, values in results.items():
        print(f"  {contender:8}  {title}: {summary([each[key] for each in values])}")


def _print_ratio(results: Results, ours: str, peer: str, key: str) -> None:
    ratios = [one[key] / other[key] for one, other in zip(results[ours], results[peer], strict=True)]
    print(f"  {ours} / {peer}, {key.replace('_', ' ')}: {summary(ratios)}", flush=True)


COMPARISONS = {"pace": compare_pace, "run": compare_run}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--recipe", action="append", help="by default mlp-128-64 and cnn-32-64")
    parser.add_argument("--compare", action="append", choices=COMPARISONS, help="by default both")
    parser.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    recipes = arguments.recipe or ["mlp-128-64", "cnn-32-64"]
    if arguments.measure:
        with tempfile.TemporaryDirectory() as work:
            print(json.dumps(CONTENDERS[arguments.measure](recipes[0], Path(work))))
        return
    print(f"{machine()}, torch {version('torch')}")
    for recipe_name in recipes:
        for comparison in arguments.compare or COMPARISONS:
            print(f"\n{recipe_name}, {comparison}", flush=True)
            COMPARISONS[comparison](recipe_name, arguments.rounds)


if __name__ == "__main__":
    main()
