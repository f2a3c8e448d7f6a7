"""`data doubts` and `data labels`: which labels are probably wrong, and what somebody decided about them."""

from __future__ import annotations

import time
from collections import Counter
from enum import StrEnum
from typing import Annotated

import typer

from mnist_core.cli import output
from mnist_core.data import SOURCES, best_available, decisions, load, names, present_names
from mnist_core.data.decisions import Decision
from mnist_core.errors import BadInput
from mnist_core.training.doubt_cache import found

app = typer.Typer(no_args_is_help=True, help="Decisions about labels: named lists beside the data, each a data set.")

DataName = Annotated[
    str | None,
    typer.Option(help="A published data set, as `data list` shows it. MNIST if it is here, else the sample."),
]
ListName = Annotated[str, typer.Option("--list", help="The list's name: small letters, figures and hyphens.")]
Indices = Annotated[list[int], typer.Argument(metavar="INDEX...", help="Digits, by index in the training file.")]


class ActionName(StrEnum):
    """What can be decided about a digit."""

    KEEP = "keep"
    RELABEL = "relabel"
    EXCLUDE = "exclude"


def doubts(
    data: DataName = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Another seed trains other networks.")] = 0,
    most: Annotated[int, typer.Option(min=0, help="How many digits to show, the most doubtful first.")] = 20,
    json: output.Json = False,
) -> None:
    """Rank a training split's labels by how probably they are wrong; the result is kept, so that asking again is quick.

    Five small networks each learn from four fifths of the digits and judge the rest; confident learning compares.
    """
    from mnist_core.training.machine import prepare_process

    began = time.monotonic()
    source = SOURCES[_published(data)]
    digits = load(source.name)
    prepare_process(1)
    with output.progress("Judging every label", json=json) as tell:
        judged = found(digits, seed=seed, on_progress=tell)
    ranking = judged.ranking
    # The sample's indices are places in MNIST's training file.
    file = (source.parts or SOURCES["mnist"].parts)[0].name
    rows = [
        {
            "index": int(judged.index[position]),
            "label": source.classes[judged.label[position]],
            "suggested": source.classes[ranking.suggested[position]],
            "score": float(ranking.suspicion[position]),
            "file": file,
        }
        for position in ranking.order[:most]
    ]
    counted = len(ranking.errors)
    if json:
        seconds = round(time.monotonic() - began, 3)
        output.as_json(
            {
                "data": source.name,
                "n": len(judged),
                "seed": seed,
                "seconds": seconds,
                "doubtful": counted,
                "digits": rows,
            }
        )
        return
    output.result.print(f"{counted:,} of {len(judged):,} labels are probably wrong.")
    output.table(
        ["index", "label", "suggested", "score"],
        [[row["index"], row["label"], row["suggested"], f"{row['score']:.3f}"] for row in rows],
    )


@app.command("list")
def list_decisions(
    data: Annotated[str | None, typer.Option(help="Only those about this data set.")] = None,
    name: Annotated[str | None, typer.Option("--list", help="Show every decision of this list.")] = None,
    json: output.Json = False,
) -> None:
    """Show which lists there are, or with --list what one of them says."""
    if name is not None:
        _show(_published(data), name, json)
        return
    chosen = [_published(data)] if data else [each for each in present_names() if names.parse(each).is_published]
    rows: list[dict[str, object]] = [
        {"data": f"{each}/{listed}", **_counted(each, listed)} for each in chosen for listed in decisions.names(each)
    ]
    if json:
        output.as_json({"lists": rows})
    else:
        output.table(["data", "keep", "relabel", "exclude"], [list(row.values()) for row in rows])


@app.command()
def decide(
    action: Annotated[ActionName, typer.Argument(help="keep the label, give another one, or exclude the digit.")],
    indices: Indices,
    label: Annotated[str | None, typer.Option("--as", metavar="CLASS", help="With relabel: the right class.")] = None,
    data: DataName = None,
    name: ListName = "careful",
    json: output.Json = False,
) -> None:
    """Put digits into a list; the original files stay as they are. Train with `--data DATA/LIST`."""
    source = SOURCES[_published(data)]
    if (label is not None) != (action is ActionName.RELABEL):
        raise BadInput("--as names the new class of relabelled digits, and only theirs.", "Example: relabel 42 --as 7.")
    if label is not None and label not in source.classes:
        raise BadInput(f"{label!r} is no class of {source.title}.", f"There are: {', '.join(source.classes)}.")
    strangers = sorted(set(indices) - set(load(source.name).train.indices.tolist()))
    if strangers:
        raise BadInput(
            f"No digit of {source.title}'s training split has index {', '.join(map(str, strangers[:5]))}.",
            "Validation and test keep their labels, so that results can be compared; `data doubts` shows indices.",
        )
    decision = Decision(action.value, None if label is None else source.classes.index(label))
    decisions.decide_all(source.name, name, dict.fromkeys(indices, decision))
    _tell(source.name, name, json)


@app.command()
def undo(
    indices: Annotated[list[int] | None, typer.Argument(metavar="[INDEX...]", help="Digits, by their index.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Take every decision of the list back.")] = False,
    data: DataName = None,
    name: ListName = "careful",
    json: output.Json = False,
) -> None:
    """Take decisions back."""
    source = _published(data)
    if everything == bool(indices):
        raise BadInput("Which decisions shall be taken back?", "Name their indices, or give --all.")
    decisions.undo(source, name, *(decisions.read(source, name) if everything else indices or ()))
    _tell(source, name, json)


def _published(data: str | None) -> str:
    name = data or best_available().name
    if not names.parse(name).is_published:
        raise BadInput(f"{name} is not a data set as it was published.", f"Name one of {', '.join(SOURCES)}.")
    return name


def _show(source: str, name: str, json: bool) -> None:
    classes = SOURCES[source].classes
    rows = [
        {"index": index, "action": made.action, "label": None if made.label is None else classes[made.label]}
        for index, made in decisions.read(source, name).items()
    ]
    if json:
        output.as_json({"data": f"{source}/{name}", "decisions": rows})
    else:
        output.table(
            ["index", "decision", "new label"], [[row["index"], row["action"], row["label"] or ""] for row in rows]
        )


def _tell(source: str, name: str, json: bool) -> None:
    counted = _counted(source, name)
    if json:
        output.as_json({"data": f"{source}/{name}", **counted})
    else:
        words = ", ".join(f"{count:,} {action}" for action, count in counted.items())
        output.result.print(f"{source}/{name}: {words}.", markup=False)


def _counted(source: str, name: str) -> dict[str, int]:
    counted = Counter(made.action for made in decisions.read(source, name).values())
    return {action.value: counted[action.value] for action in ActionName}
