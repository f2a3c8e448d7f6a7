"""How long a person waits for the first number of a training: a run of the lab, beside a script that is started.

    python -m benchmarks.first_metric [--rounds 5] [--recipe mlp-128-64]

Each measurement of the lab has a home and a process of its own, and the contenders take turns:

- waiting: from the call that starts the run to its first step in the store, with a warm worker waiting, as in a dashboard
  that has been open for a while;
- none: the same with no worker, so that one is started and loads torch first;
- server: from the moment a dashboard that has just been started answers its first request, with the run in its queue then;
- script: `benchmarks/plain_script.py`, from the start of its Python to the line that it prints after its first step.

Needs MNIST itself (MNIST_DATA), which both read from disk; it is unpacked for the script beforehand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil

from benchmarks.measure import ROOT, Measurement, Row, in_process, in_turns, keep, parser, ratios, unpack_mnist
from mnist_core.models import recipe
from mnist_core.runs import LocalLauncher, Store, open_store

MODULE = "benchmarks.first_metric"
POLL_SECONDS = 0.01
# A warm worker does no more than look at the queue ten times a second; no pause before it is warm takes so long.
QUIET_SECONDS, QUIET_SHARE = 4.0, 0.05
WORDS = {
    "waiting": "with a worker waiting",
    "none": "with no worker yet",
    "server": "in a dashboard just started",
}


def measure_waiting(recipe_name: str) -> Measurement:
    with tempfile.TemporaryDirectory() as home:
        launcher = LocalLauncher(open_store(home=Path(home)), concurrent=1)
        launcher.tend()
        (worker,) = psutil.Process().children()
        wait_until_quiet(worker)
        return started_by(launcher, recipe_name)


def measure_none(recipe_name: str) -> Measurement:
    with tempfile.TemporaryDirectory() as home:
        return started_by(LocalLauncher(open_store(home=Path(home)), concurrent=1), recipe_name)


def measure_server(recipe_name: str) -> Measurement:
    from benchmarks.browse_page import server

    with server() as (_, process):
        began = time.perf_counter()
        store = open_store(home=Path(process.environ()["MNIST_HOME"]))
        run_id = store.create(recipe(recipe_name).config.changed({"data": "mnist"})).id
        return {"seconds": seconds_to_first_step(store, run_id, began)}


def started_by(launcher: LocalLauncher, recipe_name: str) -> Measurement:
    began = time.perf_counter()
    run_id = launcher.submit(recipe(recipe_name).config.changed({"data": "mnist"})).id
    return {"seconds": seconds_to_first_step(launcher.store, run_id, began)}


def seconds_to_first_step(store: Store, run_id: str, began: float) -> float:
    """Seconds since `began` when the first point of the run's curve can be read; the run is stopped then."""
    while not len(store.steps(run_id)):
        time.sleep(POLL_SECONDS)
    took = time.perf_counter() - began
    store.request_stop(run_id)
    while store.run(run_id).is_alive:
        time.sleep(POLL_SECONDS)
    return took


def wait_until_quiet(worker: psutil.Process) -> None:
    used = float("inf")
    while used > QUIET_SHARE * QUIET_SECONDS:
        before = sum(worker.cpu_times()[:2])
        time.sleep(QUIET_SECONDS)
        used = sum(worker.cpu_times()[:2]) - before


LAB = {"waiting": measure_waiting, "none": measure_none, "server": measure_server}


def script(recipe_name: str, folder: Path) -> Measurement:
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.plain_script", recipe_name, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        line = process.stdout.readline()
        took = time.perf_counter() - began
    if not line:
        sys.exit("The script ended without a step.")
    return {"seconds": took}


def rows_of(recipe_name: str, rounds: int, unpacked: Path) -> list[Row]:
    """Seconds of each contender, and each of the lab's over the script's."""
    contenders: dict[str, Callable[[], Measurement]] = {
        name: partial(in_process, MODULE, "--measure", name, "--recipe", recipe_name) for name in LAB
    }
    results = in_turns({"script": partial(script, recipe_name, unpacked), **contenders}, rounds)
    rows = []
    for name, words in WORDS.items():
        ratio = ratios(results[name], results["script"], "seconds")
        rows.append(Row(f"`{recipe_name}`, start to first metric {words}, lab / a script's first step", ratio))
        rows.append(
            Row(
                f"`{recipe_name}`, start to first metric {words}", tuple(each["seconds"] for each in results[name]), "s"
            )
        )
    seconds = tuple(each["seconds"] for each in results["script"])
    return [*rows, Row(f"`{recipe_name}`, start of a script to its first step", seconds, "s")]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--recipe", action="append", help="by default mlp-128-64 and cnn-32-64")
    arguments.add_argument("--measure", choices=LAB, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    recipes = chosen.recipe or ["mlp-128-64", "cnn-32-64"]
    if chosen.measure:
        print(json.dumps(LAB[chosen.measure](recipes[0])))
        return
    with tempfile.TemporaryDirectory() as folder:
        unpack_mnist(Path(folder))
        rows = [row for name in recipes for row in rows_of(name, chosen.rounds, Path(folder))]
    keep("first_metric", rows, f"python -m {MODULE}", "torchvision")


if __name__ == "__main__":
    main()
