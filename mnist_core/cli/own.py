"""`data own`: a person's own digits, listed, added from pictures, removed and restored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_core.cli import output
from mnist_core.data import own
from mnist_core.errors import LabError
from mnist_core.images.prepare import prepare_file

app = typer.Typer(no_args_is_help=True, help="Your own digits: list them, add pictures, remove one, take it back.")
Number = Annotated[int, typer.Argument(help="The digit's number, as `data own list` shows it.")]


@app.command("list")
def list_own(json: output.Json = False) -> None:
    """Show your own digits, and which of them are kept for the test."""
    digits = own.own_digits()
    if json:
        output.as_json({"digits": [_described(digit) for digit in digits]})
        return
    output.table(
        ["number", "label", "part", "origin", "name", "added"],
        [[*_described(digit).values()] for digit in digits],
    )
    if not digits:
        output.say("None yet. `data own add FILE --label 7` takes a picture in; the page Draw keeps drawings.")


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures of one digit each.")],
    label: Annotated[int, typer.Option(help="What they are: 0 to 9.")],
    json: output.Json = False,
) -> None:
    """Keep pictures as digits of your own, prepared as MNIST's makers prepared theirs."""
    kept: list[dict[str, Any]] = []
    refused: list[dict[str, str]] = []
    worst = 0
    for path in files:
        try:
            kept.append(_described(own.add(prepare_file(path).digit, label, origin="picture", name=path.name)))
        except LabError as error:
            # One bad picture must not keep the others out.
            output.complain(error)
            worst = max(worst, error.exit_code)
            refused.append({"file": str(path), "error": str(error)})
    if json:
        output.as_json({"added": kept, "refused": refused})
    else:
        for digit in kept:
            output.result.print(f"Kept {digit['name']} as digit {digit['number']}, a {digit['label']}.", markup=False)
    if worst:
        raise typer.Exit(worst)


@app.command()
def remove(number: Number, json: output.Json = False) -> None:
    """Move a digit to the bin."""
    own.remove(number)
    _say(number, "removed", f"Digit {number} is in the bin; `data own restore {number}` takes it back.", json)


@app.command()
def restore(number: Number, json: output.Json = False) -> None:
    """Take a digit back out of the bin."""
    own.restore(number)
    _say(number, "restored", f"Digit {number} is back.", json)


def _say(number: int, what: str, sentence: str, json: bool) -> None:
    if json:
        output.as_json({what: number})
    else:
        output.result.print(sentence, markup=False)


def _described(digit: own.OwnDigit) -> dict[str, Any]:
    return {
        "number": digit.number,
        "label": digit.label,
        "part": "test" if digit.is_test else "learn",
        "origin": digit.origin,
        "name": digit.name,
        "made_at": f"{digit.made_at:%Y-%m-%d %H:%M:%S}",
    }
