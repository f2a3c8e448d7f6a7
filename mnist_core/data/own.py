"""A person's own digits: drawings and pictures with their labels, one small file each, in the folder `own` of the home."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mnist_core import places
from mnist_core.data.split import Split
from mnist_core.errors import BadInput, DiskProblem, NotFound
from mnist_core.files import write_atomically

Origin = Literal["drawing", "picture"]
# Of every five digits of a class one is kept for the test: enough to judge by, few enough to leave something to learn from.
ONE_IN = 5
# It is the third, so that who has drawn each digit three times has something to be judged by.
KEPT = 2
LONGEST_NAME = 80


@dataclass(frozen=True, eq=False)
class OwnDigit:
    """A digit that a person drew or brought.

    Attributes:
        number: 1 for the first one; never given to another digit again.
        image: (28, 28) uint8, prepared as MNIST's are; 0 is paper.
        label: 0 to 9, what it is.
        is_test: whether it is kept for the test. Decided when it was added and never changed, so that no model can learn
            from a digit that another one was tested on.
        origin: how it came here.
        name: of the file it was in, or what the person calls it; may be empty.
        strokes: the pen's way for each stroke of a drawing, as (x, y) in pixels of the canvas; empty for pictures.
        made_at: when it was added.
    """

    number: int
    image: np.ndarray
    label: int
    is_test: bool
    origin: Origin
    name: str
    strokes: tuple[tuple[tuple[float, float], ...], ...]
    made_at: datetime


def folder() -> Path:
    """Where they lie."""
    return places.home() / "own"


def add(
    image: np.ndarray,
    label: int,
    *,
    origin: Origin,
    name: str = "",
    strokes: Sequence[Sequence[tuple[float, float]]] = (),
) -> OwnDigit:
    """Keep a digit.

    Args:
        image: (28, 28) uint8, prepared; 0 is paper.
        label: 0 to 9.
        origin: "drawing" or "picture".
        name: at most 80 characters are kept.
        strokes: of a drawing.

    Raises:
        BadInput: the label is not a digit, or the picture has another shape.
        DiskProblem: it could not be written.
    """
    _check(label)
    if image.shape != (28, 28) or image.dtype != np.uint8:
        raise BadInput(f"The picture is {image.dtype} of shape {image.shape}.", "It must be uint8 of shape (28, 28).")
    of_class = sum(each.label == label for each in own_digits())
    digit = OwnDigit(
        number=_reserve(),
        image=image,
        label=label,
        is_test=of_class % ONE_IN == KEPT,
        origin=origin,
        name=name[:LONGEST_NAME],
        strokes=tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in strokes),
        made_at=datetime.now(UTC),
    )
    _write(digit)
    return digit


def own_digits() -> list[OwnDigit]:
    """All of them, in the order of their numbers. Files that cannot be read are left out."""
    try:
        changed = folder().stat().st_mtime_ns
    except OSError:
        return []
    return list(_read_all(folder(), changed))


def relabel(number: int, label: int) -> None:
    """Say what a digit really is.

    Raises:
        NotFound: there is no digit of that number.
        BadInput: the label is not a digit.
    """
    _check(label)
    digit = _digit(number)
    _write(OwnDigit(**(vars(digit) | {"label": label})))


def remove(number: int) -> None:
    """Move a digit to the bin, from which `restore` takes it back.

    Raises:
        NotFound: there is no digit of that number.
    """
    _digit(number)
    _move(_path(number), _bin_path(number))


def restore(number: int) -> None:
    """Take a digit back out of the bin.

    Raises:
        NotFound: it is not there.
    """
    if not _bin_path(number).is_file():
        raise NotFound(f"There is no digit {number} of your own in the bin.")
    _move(_bin_path(number), _path(number))


def splits_of_own() -> tuple[Split, Split]:
    """The digits to learn from and those kept for the test; the index of a digit is its number."""
    digits = own_digits()
    return _as_split([each for each in digits if not each.is_test]), _as_split(
        [each for each in digits if each.is_test]
    )


def version() -> str:
    """A text that changes whenever a digit is added, relabelled, removed or restored."""
    try:
        return str(folder().stat().st_mtime_ns)
    except OSError:
        return ""


def _as_split(digits: list[OwnDigit]) -> Split:
    return Split(
        np.stack([each.image for each in digits]) if digits else np.empty((0, 28, 28), np.uint8),
        np.array([each.label for each in digits], np.int64),
        np.array([each.number for each in digits], np.int64),
    )


def _check(label: int) -> None:
    if not isinstance(label, int) or not 0 <= label <= 9:
        raise BadInput(f"The label is {label!r}.", "Allowed: 0 to 9.")


def _digit(number: int) -> OwnDigit:
    for digit in own_digits():
        if digit.number == number:
            return digit
    raise NotFound(f"There is no digit {number} of your own.")


def _path(number: int) -> Path:
    return folder() / f"{number:06d}.json"


def _bin_path(number: int) -> Path:
    return folder() / "bin" / f"{number:06d}.json"


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
    except OSError as error:
        raise DiskProblem(f"{source.name} could not be moved: {error.strerror or error}.") from error


def _reserve() -> int:
    """The next number; an empty file holds its place, so that two windows never take the same one."""
    number = 1 + max((int(path.stem) for path in folder().glob("**/[0-9]*.json")), default=0)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        while True:
            try:
                _path(number).touch(exist_ok=False)
                return number
            except FileExistsError:
                number += 1
    except OSError as error:
        raise DiskProblem(
            f"Nothing can be kept in {folder()}: {error.strerror or error}.", "Free some space, then try again."
        ) from error


def _write(digit: OwnDigit) -> None:
    values: dict[str, Any] = vars(digit) | {
        "image": base64.b64encode(digit.image.tobytes()).decode("ascii"),
        "made_at": digit.made_at.isoformat(),
    }
    write_atomically(_path(digit.number), json.dumps(values).encode())


@lru_cache(maxsize=2)
def _read_all(where: Path, changed: int) -> tuple[OwnDigit, ...]:
    """Read the folder as it was when it last changed: every write replaces a file, which changes the folder's own time."""
    digits = (_read(path) for path in sorted(where.glob("[0-9]*.json")))
    return tuple(digit for digit in digits if digit is not None)


def _read(path: Path) -> OwnDigit | None:
    try:
        values = json.loads(path.read_bytes())
        digit = OwnDigit(
            **values
            | {
                "image": np.frombuffer(base64.b64decode(values["image"]), np.uint8).reshape(28, 28),
                "strokes": tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in values["strokes"]),
                "made_at": datetime.fromisoformat(values["made_at"]),
            }
        )
        _check(digit.label)
    except (OSError, ValueError, TypeError, KeyError, BadInput):
        return None
    return digit
