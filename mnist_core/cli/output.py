"""How the command line talks: results on standard output, everything about them on standard error."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
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
    typer.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


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
