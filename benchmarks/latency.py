"""How long one digit takes the model that comes with the lab: within the lab, by its bare network, and in ONNX Runtime.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.latency [--rounds 5] [--calls 300]

All in one process with one thread each, a block of single calls after the other in turns; the pictures are the sample's
training digits, so MNIST itself is not needed:

- lab: `Predictor.probabilities`, from 28x28 bytes to ten probabilities, scaling and softmax included;
- PyTorch: the network of the model file as it was loaded, in inference mode, from pixels that are scaled already to scores;
- ONNX Runtime: the same network as `torch.onnx.export` writes it, from the same scaled pixels to scores.

Before anything is timed, all three have to give the same probabilities. Of each block the median (p50) and what one call in
a hundred exceeds (p99) count; p99 tells as much of the machine's other programs as of the contender.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import cycle, islice

import numpy as np
import torch
from torch import nn

from benchmarks.measure import Measurement, Row, in_turns, keep, parser, ratios
from mnist_core.data import load
from mnist_core.evaluation.calibration import softmax
from mnist_core.evaluation.predictor import Predictor
from mnist_core.export import load_model
from mnist_core.runs.shipped import FILE

MODULE = "benchmarks.latency"
PEERS = ("onnx", "onnxruntime", "onnxscript")
PICTURES = 100
ALIKE = 1e-4
LAB, TORCH, ONNX = "lab", "PyTorch", "ONNX Runtime"
TITLES = {
    LAB: "PyTorch within the lab, from bytes to probabilities",
    TORCH: "bare PyTorch network",
    ONNX: "ONNX Runtime",
}
# From the number of a picture to what the contender says of it.
Call = Callable[[int], np.ndarray]


def of_torch(network: nn.Module, pixels: torch.Tensor) -> Call:
    pictures = pixels.split(1)

    def call(i: int) -> np.ndarray:
        with torch.inference_mode():
            scores: np.ndarray = network(pictures[i]).numpy()
        return scores

    return call


def of_onnx(network: nn.Module, pixels: torch.Tensor) -> Call:
    import onnxruntime

    file = io.BytesIO()
    torch.onnx.export(network, (pixels[:1],), file, dynamo=True, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    pictures = [picture.numpy() for picture in pixels.split(1)]
    return lambda i: session.run(None, {name: pictures[i]})[0]


def contenders() -> dict[str, Call]:
    """Each by name, once all of them are known to agree."""
    images = load("sample").train.images[:PICTURES]
    predictor = Predictor.from_file(FILE)
    network, card = load_model(FILE)
    pixels = card.scale(torch.from_numpy(images)).unsqueeze(1)
    calls: dict[str, Call] = {
        LAB: lambda i: predictor.probabilities(images[i : i + 1]),
        TORCH: of_torch(network, pixels),
        ONNX: of_onnx(network, pixels),
    }
    ours = np.concatenate([calls[LAB](i) for i in range(PICTURES)])
    for name in (TORCH, ONNX):
        theirs = softmax(np.concatenate([calls[name](i) for i in range(PICTURES)]), card.temperature)
        worst = np.abs(ours - theirs).max()
        if worst > ALIKE:
            sys.exit(f"{name} gives other probabilities than the lab, by up to {worst:.2g}: nothing is measured.")
    return calls


def block(call: Call, calls: int) -> Measurement:
    """The p50 and p99 of so many single calls, in ms."""
    taken = []
    for i in islice(cycle(range(PICTURES)), calls):
        began = time.perf_counter()
        call(i)
        taken.append((time.perf_counter() - began) * 1e3)
    p50, p99 = np.percentile(taken, [50, 99])
    return {"p50": float(p50), "p99": float(p99)}


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--calls", type=int, default=300, help="single calls of each contender a round")
    chosen = arguments.parse_args()
    missing = [name for name in PEERS if find_spec(name) is None]
    if missing:
        sys.exit(f"Not installed: {', '.join(missing)}. Get them with `pip install -r benchmarks/requirements.txt`.")
    torch.set_num_threads(1)
    measured = {name: lambda call=call: block(call, chosen.calls) for name, call in contenders().items()}
    results = in_turns(measured, chosen.rounds)
    percentiles = ("p50", "p99")
    rows = [
        Row(f"one digit, {title}, {key}", tuple(each[key] for each in results[name]), "ms")
        for name, title in TITLES.items()
        for key in percentiles
    ]
    rows += [
        Row(f"one digit, {key}, {TITLES[name]} / ONNX Runtime", ratios(results[name], results[ONNX], key))
        for name in (TORCH, LAB)
        for key in percentiles
    ]
    keep("latency", rows, f"python -m {MODULE}", *PEERS)


if __name__ == "__main__":
    main()
