"""A guided series: thirty drawings, every digit three times in a mixed order, kept as own digits under the series' name."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.data import own
from mnist_core.data.own import OwnDigit

ROUNDS = 3
LENGTH = 10 * ROUNDS
_NAME = re.compile(rf"series (\d+), (\d+) of {LENGTH}")


@dataclass(frozen=True, eq=False)
class Series:
    """One series as far as it was drawn.

    Attributes:
        number: 1 for a person's first one.
        drawn: what was drawn, by its place in the series, 0 to 29. A digit that was removed since leaves its place empty.
    """

    number: int
    drawn: Mapping[int, OwnDigit]

    @property
    def asked(self) -> tuple[int, ...]:
        """The digit to draw at each place: every ten hold each digit once, in an order that depends on the series."""
        shuffle = random.Random(self.number)
        return tuple(digit for _ in range(ROUNDS) for digit in shuffle.sample(range(10), 10))

    @property
    def place(self) -> int | None:
        """The first place that is still empty; None if the series is complete."""
        return next((place for place in range(LENGTH) if place not in self.drawn), None)

    @property
    def digits(self) -> list[OwnDigit]:
        """What was drawn, in the order of the series."""
        return [self.drawn[place] for place in sorted(self.drawn)]

    def keep(self, image: np.ndarray, strokes: Sequence[Sequence[tuple[float, float]]]) -> OwnDigit:
        """Keep a drawing as the digit that was asked for at the first empty place.

        Args:
            image: (28, 28) uint8, prepared; 0 is paper.
            strokes: the pen's way.

        Raises:
            ValueError: the series is complete.
            DiskProblem: it could not be written.
        """
        if self.place is None:
            raise ValueError(f"series {self.number} is complete")
        name = f"series {self.number}, {self.place + 1} of {LENGTH}"
        return own.add(image, self.asked[self.place], origin="drawing", name=name, strokes=strokes)


def latest(digits: Sequence[OwnDigit]) -> Series | None:
    """The series that was begun last, from a person's own digits; None if there is none."""
    drawn: dict[int, dict[int, OwnDigit]] = {}
    for digit in digits:
        named = _NAME.fullmatch(digit.name) if digit.origin == "drawing" else None
        if named:
            drawn.setdefault(int(named[1]), {})[int(named[2]) - 1] = digit
    return Series(max(drawn), drawn[max(drawn)]) if drawn else None


def next_series(digits: Sequence[OwnDigit]) -> Series:
    """A series that is not begun yet."""
    last = latest(digits)
    return Series(last.number + 1 if last else 1, {})
