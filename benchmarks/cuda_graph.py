"""How fast a CUDA card trains when steps are played back, beside the same steps computed anew.

    python -m benchmarks.cuda_graph [--rounds 5] [--recipe cnn-32-64]

Both in one process, an epoch with its validation each in turns. What is done once, the recording too, falls into an epoch
before the first round. Needs MNIST itself (MNIST_DATA) and a CUDA card.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import torch

from benchmarks.measure import Measurement, Row, in_turns, keep, parser, ratios, show
from mnist_core.data import load
from mnist_core.models import recipe
from mnist_core.training.cuda_graph import Recording
from mnist_core.training.engine import Training
from mnist_core.training.progress import EpochReport

MODULE = "benchmarks.cuda_graph"


class Computed(Training):
    """Training that records nothing."""

    def _record(self) -> Recording | None:
        return None


def epoch_of(training: Training) -> Callable[[], Measurement]:
    """Learns from each picture once at every call."""
    epochs = (report for report in training if isinstance(report, EpochReport))

    def measure() -> Measurement:
        began = time.perf_counter()
        accuracy = next(epochs).val_accuracy
        pictures = len(training.batches.labels)
        return {"images_per_second": pictures / (time.perf_counter() - began), "val_accuracy": accuracy}

    measure()
    return measure


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--recipe", default="cnn-32-64")
    chosen = arguments.parse_args()
    if not torch.cuda.is_available():
        sys.exit("This machine has no CUDA card; elsewhere steps are not recorded.")
    digits = load("mnist")
    config = recipe(chosen.recipe).config.changed({"epochs": chosen.rounds + 1, "device": "cuda"})
    contenders = {"played back": epoch_of(Training(config, digits)), "computed": epoch_of(Computed(config, digits))}
    results = in_turns(contenders, chosen.rounds)
    show(chosen.recipe, results, ("images_per_second", "val_accuracy"))
    found = ratios(results["played back"], results["computed"], "images_per_second")
    title = f"`{chosen.recipe}`, pictures a second on a card, steps played back / computed"
    keep(f"cuda_graph_{chosen.recipe}", [Row(title, found)], f"python -m {MODULE} --recipe {chosen.recipe}")


if __name__ == "__main__":
    main()
