"""What a person decided about doubtful labels: named, reversible lists beside the data, which themselves never change.

A list speaks of digits of a source's training split only. Validation and test stay as they were published, so that runs
with and without a list are judged by the same pictures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Literal, get_args

import numpy as np

from mnist_core import places
from mnist_core.data.split import Split
from mnist_core.errors import BadFile, BadInput
from mnist_core.files import write_atomically

Action = Literal["keep", "relabel", "exclude"]
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
# Two windows of a server may decide at the same time.
_changing = Lock()


@dataclass(frozen=True)
class Decision:
    """What to do with one digit: keep its label, give it `label` instead, or train without it."""

    action: Action
    label: int | None = None


Decisions = Mapping[int, Decision]  # by the digit's index in the source's training file


def checked_name(name: str) -> str:
    """`name` itself if a list may be called that.

    Raises:
        BadInput: it may not.
    """
    if not NAME.fullmatch(name):
        raise BadInput(
            f"A list cannot be called {name[:60]!r}.", "Allowed: up to 30 small letters, figures and hyphens."
        )
    return name


def names(source: str) -> list[str]:
    """The lists there are for a source, by name."""
    return sorted(path.stem for path in _folder(source).glob("*.json") if NAME.fullmatch(path.stem))


def exists(source: str, name: str) -> bool:
    """Whether there is a list of that name."""
    return _path(source, name).is_file()


def read(source: str, name: str) -> dict[int, Decision]:
    """The decisions of a list, the latest last; empty if there is no such list.

    Raises:
        BadFile: its file is damaged.
    """
    path = _path(source, name)
    try:
        values = json.loads(path.read_bytes())
        decisions = {int(index): Decision(**decision) for index, decision in values.items()}
        for decision in decisions.values():
            _check(decision)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, BadInput) as error:
        raise BadFile(
            f"The list {name!r} cannot be read from {path}: {error}.", "Move the file away to begin anew."
        ) from error
    return decisions


def decide(source: str, name: str, index: int, decision: Decision) -> None:
    """Put a decision into a list, in place of an earlier one about the same digit; the list is made if need be.

    Args:
        source: a source's name.
        name: of the list.
        index: of the digit, in the source's training file.
        decision: what to do with it.

    Raises:
        BadInput: the name or the label is not allowed.
        DiskProblem: it could not be written.
    """
    decide_all(source, name, {index: decision})


def decide_all(source: str, name: str, made: Decisions) -> None:
    """Put several decisions into a list at once, as `decide` does with one; either all of them or none.

    Raises:
        BadInput, DiskProblem: as `decide`.
    """
    for decision in made.values():
        _check(decision)
    with _changing:
        others = {index: earlier for index, earlier in read(source, name).items() if index not in made}
        _write(source, name, others | dict(made))


def undo(source: str, name: str, *indices: int) -> None:
    """Take the decisions about some digits back; nothing happens where there is none."""
    with _changing:
        before, gone = read(source, name), set(indices)
        after = {index: decision for index, decision in before.items() if index not in gone}
        if len(after) < len(before):
            _write(source, name, after)


def applied(split: Split, decisions: Decisions) -> Split:
    """A training split as a list wants it: some labels changed, some pictures left out, the order kept."""
    labels = split.labels.copy()
    stays = np.ones(len(split), dtype=bool)
    for position in np.flatnonzero(np.isin(split.indices, list(decisions))):
        decision = decisions[int(split.indices[position])]
        stays[position] = decision.action != "exclude"
        if decision.action == "relabel" and decision.label is not None:
            labels[position] = decision.label
    return Split(split.images, labels, split.indices).taken(np.flatnonzero(stays))


def version(source: str, name: str) -> str:
    """A text that changes whenever a decision is made or taken back."""
    try:
        return str(_path(source, name).stat().st_mtime_ns)
    except OSError:
        return ""


def _check(decision: Decision) -> None:
    if decision.action not in get_args(Action):
        raise BadInput(f"The decision is {decision.action!r}.", f"Allowed: {', '.join(get_args(Action))}.")
    if decision.action == "relabel" and decision.label not in range(10):
        raise BadInput(f"The new label is {decision.label!r}.", "Allowed: 0 to 9.")


def _folder(source: str) -> Path:
    return places.home() / "labels" / source


def _path(source: str, name: str) -> Path:
    return _folder(source) / f"{checked_name(name)}.json"


def _write(source: str, name: str, decisions: dict[int, Decision]) -> None:
    values = {str(index): asdict(decision) for index, decision in decisions.items()}
    write_atomically(_path(source, name), json.dumps(values, indent=1).encode())
