"""How the command line talks: results on standard output, everything about them on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from mnist_core.errors import LabError

# A pipe or a file has no width of its own; fold tables there only where a line would get absurd.
WIDTH_WITHOUT_A_TERMINAL = 200


def _console(stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=WIDTH_WITHOUT_A_TERMINAL)


result = _console(stderr=False)
remark = _console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line, for programs.")]


def as_json(value: dict[str, Any]) -> None:
    """Print `value` as one line of JSON."""
    typer.echo(_line(value))


@contextmanager
def progress(task: str, *, json: bool) -> Iterator[Callable[[float, str], None]]:
    """Show how far `task` is: gives a function to call with the share that is done, in [0, 1], and a few words.

    A bar for people on standard error; with `json`, a line like `{"progress": 0.25, "stage": "..."}` on standard output
    whenever a hundredth more is done, for programs that start this one.
    """
    if json:
        told = -1

        def tell(share: float, stage: str) -> None:
            nonlocal told
            if int(100 * share) > told:
                told = int(100 * share)
                typer.echo(_line({"progress": share, "stage": stage}))

        yield tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"), TimeRemainingColumn())
    with Progress(*columns, console=remark) as bar:
        row = bar.add_task(task, total=1.0, stage="")
        yield lambda share, stage: bar.update(row, completed=share, stage=stage)


def table(columns: list[str], rows: list[list[object]]) -> None:
    """Print rows under headings; cells are shown as they are, never read as markup."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(str(cell)) for cell in row))
    result.print(shown)


def say(sentence: str) -> None:
    """A remark for the person at the terminal, kept out of the results."""
    remark.print(Text(sentence))


def complain(error: LabError) -> None:
    """What happened, and what to do next."""
    remark.print(Text(error.what, style="bold red"))
    if error.fix:
        remark.print(Text(error.fix))


def percent(share: float | None) -> str:
    """A share as a person reads it: "97.31 %"."""
    return "" if share is None else f"{share:.2%}".replace("%", " %")


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
