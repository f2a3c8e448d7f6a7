"""What all measurements share: the machine in a line, contenders that take turns, ratios with their spread, kept results.

A benchmark ends by keeping what it measured in `benchmarks/results/`; `python -m benchmarks.table` writes the README's table
from there, so that no figure is copied by hand.
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
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from mnist_core import places

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
# One measurement of one contender: what it measured by name.
Measurement = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One line of the README's table.

    Attributes:
        what: what was measured, beside which peer: "pictures a second, lab / tutorial loop".
        values: one for each round.
        unit: of the values: "" for a ratio, "s", "ms" and so on.
    """

    what: str
    values: tuple[float, ...]
    unit: str = ""


def machine() -> str:
    """Processor, cores, graphics card if there is one, Python and torch in a line."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    hardware = ", ".join([processor, f"{os.cpu_count()} cores", *graphics_card()])
    return f"{hardware}, Python {platform.python_version()}, torch {version('torch')}"


def graphics_card() -> list[str]:
    """The name of the CUDA card, in a list that is empty where there is none."""
    import torch

    return [torch.cuda.get_device_name()] if torch.cuda.is_available() else []


def summary(values: Sequence[float]) -> str:
    """Median, extremes and number of `values` in words."""
    return f"median {statistics.median(values):,.4g} (from {min(values):,.4g} to {max(values):,.4g}, n={len(values)})"


def parser(description: str | None, rounds: int = 5) -> argparse.ArgumentParser:
    """A command line with `--rounds`, introduced by the first line of a benchmark's docstring."""
    arguments = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=rounds)
    return arguments


def in_process(module: str, *arguments: str) -> Measurement:
    """One measurement in a fresh process: the last line that `python -m MODULE ARGUMENTS` prints, as JSON."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    result: Measurement = json.loads(done.stdout.splitlines()[-1])
    return result


def in_turns(contenders: dict[str, Callable[[], Measurement]], rounds: int) -> dict[str, list[Measurement]]:
    """Each contender once a round, so that a slow minute of the machine hits them all."""
    results: dict[str, list[Measurement]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            results[name].append(measure())
    return results


def show(title: str, results: dict[str, list[Measurement]], keys: Sequence[str]) -> None:
    """Print the `keys` of every contender's measurements."""
    for name, values in results.items():
        for key in keys:
            print(f"  {title}, {name}, {key}: {summary([each[key] for each in values])}", flush=True)


def unpack_mnist(folder: Path) -> None:
    """Unpack MNIST's files into a new `folder`/MNIST/raw: torchvision reads only unpacked ones."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in (places.data_folder() / "MNIST" / "raw").glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))


def ratios(ours: list[Measurement], theirs: list[Measurement], key: str) -> tuple[float, ...]:
    """Ours over theirs, round by round."""
    return tuple(one[key] / other[key] for one, other in zip(ours, theirs, strict=True))


def keep(name: str, rows: Sequence[Row], command: str, *packages: str) -> None:
    """Print `rows` and keep them as the results called `name`; what a graphics card did, beside what a processor did.

    With them: the machine, the command that measures them again, and the versions of `packages`, the peers'.
    """
    for row in rows:
        print(f"{row.what}{f', {row.unit}' if row.unit else ''}: {summary(row.values)}", flush=True)
    kept = {
        "command": command,
        "machine": machine(),
        "packages": [f"{package} {version(package)}" for package in packages],
        "date": date.today().isoformat(),
        "rows": [asdict(row) for row in rows],
    }
    RESULTS.mkdir(exist_ok=True)
    file = "_".join([name, *graphics_card()]).replace(" ", "-")
    (RESULTS / f"{file}.json").write_text(json.dumps(kept, indent=1) + "\n")
