"""The command line: the same verbs as the pages, with progress bars for people and `--json` for programs."""

from __future__ import annotations

import os
import sys

import typer

from mnist_core.cli import compare, data, maps, models, output, runs, train
from mnist_core.errors import LabError

app = typer.Typer(
    name="python -m mnist_core",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Train, judge and use handwritten-digit classifiers.\n\n"
    "A first try, with the digits that come with the lab: `python -m mnist_core train --recipe mlp-128-64 --data sample`. "
    "The dashboard is `streamlit run app.py`.\n\n"
    "Exit codes: 0 done, 2 bad input, 3 disk, 4 network or a run's folder gone, 5 diverged.",
)
app.command("recipes")(train.recipes)
app.command("train")(train.train)
data.app.command("map")(maps.map_digits)
app.add_typer(data.app, name="data")
app.add_typer(runs.app, name="runs")
app.command("evaluate")(models.evaluate)
app.command("compare")(compare.compare)
app.command("predict")(models.predict)
app.command("export")(models.export)


def main() -> None:
    """Run the command line; an error of the lab becomes a sentence and an exit code, anything else is a bug and shows."""
    try:
        app()
    except LabError as error:
        output.complain(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # `... | head` has read enough; Python would complain once more while closing its output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
