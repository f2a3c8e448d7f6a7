"""The pictures that a person has brought to the page Photo: they stay for the visit, also while another page is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from mnist_core.errors import BadInput, LabError
from mnist_core.evaluation.reading import Reading
from mnist_core.images.picture import LARGEST_FILE, MOST_FILES, check_count, shown_name, too_large

# A picture, a model's weights, and the settings that it was read with.
ReadingKey = tuple[int, str, int | None, float | None, bool | None]


@dataclass
class Brought:
    """A picture as it was given to us, and how it is to be read.

    Attributes:
        number: its own for the whole visit.
        name: of its file, fit to be shown.
        data: the file's bytes; of a file that is too large, none.
        refusal: why it is not even looked at, if it is not.
        threshold, light_ink: as for `mnist_core.evaluation.reading.read`; None is automatic.
        chosen: position of the digit that is shown closely; None for none.
    """

    number: int
    name: str
    data: bytes
    refusal: LabError | None = None
    threshold: float | None = None
    light_ink: bool | None = None
    chosen: int | None = None


@dataclass
class Visit:
    """The pictures in the order in which they came, which one is shown, and what was read in them so far.

    Attributes:
        readings: what was read, or why nothing could be; of the latest ones only.
        is_stopped: whether the person stopped the reading of those that are left.
    """

    pictures: list[Brought] = field(default_factory=list)
    shown: int = 0
    readings: dict[ReadingKey, Reading | LabError] = field(default_factory=dict)
    is_stopped: bool = False
    _count: int = 0

    def add(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Take files, by name and bytes, and show the first of them.

        Raises:
            BadInput: there would be more than 32; none of them is taken.
        """
        check_count(len(files))
        if len(self.pictures) + len(files) > MOST_FILES:
            raise BadInput(
                f"There are {len(self.pictures)} pictures here; with these {len(files)} they would be "
                f"{len(self.pictures) + len(files)}.",
                f"Allowed: at most {MOST_FILES} at once. Remove some first.",
            )
        for place, (name, data) in enumerate(files):
            self._count += 1
            refusal = too_large(name, len(data)) if len(data) > LARGEST_FILE else None
            self.pictures.append(Brought(self._count, shown_name(name), b"" if refusal else data, refusal))
            if place == 0:
                self.shown = self._count
        self.is_stopped = False

    def remove(self, number: int) -> None:
        """Forget a picture."""
        self.pictures = [each for each in self.pictures if each.number != number]

    def clear(self) -> None:
        """Forget all pictures."""
        self.pictures.clear()
        self.readings.clear()

    def shown_picture(self) -> Brought:
        """The picture that is shown; the first one if that was removed."""
        return next((each for each in self.pictures if each.number == self.shown), self.pictures[0])


def visit() -> Visit:
    """This session's visit."""
    now: Visit = st.session_state.setdefault("photo visit", Visit())
    return now
