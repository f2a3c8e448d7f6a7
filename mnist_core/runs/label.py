"""The words people put on runs: names, tags and notes, cleaned of what cannot be shown or stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from mnist_core.errors import BadInput

NAME_LENGTH = 80
TAG_LENGTH = 30
TAG_COUNT = 10
NOTE_LENGTH = 4000
# These turn the direction of the text around them, so that a name can look like another one.
_TURNERS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def name(text: str) -> str:
    """A run's name: one line of at most 80 characters, a label only; two runs may share it.

    Raises:
        BadInput: it is longer.
    """
    return _bounded(_one_line(text), NAME_LENGTH, "name")


def note(text: str) -> str:
    """A note: lines of at most 4,000 characters in all.

    Raises:
        BadInput: it is longer.
    """
    lines = (_printable(line).rstrip() for line in text.splitlines())
    return _bounded("\n".join(lines).strip(), NOTE_LENGTH, "note")


def tags(words: Iterable[str]) -> tuple[str, ...]:
    """At most 10 different tags of at most 30 characters each; empty ones are left out.

    Raises:
        BadInput: there are more, or one is longer.
    """
    cleaned = tuple(dict.fromkeys(filter(None, (_bounded(_one_line(word), TAG_LENGTH, "tag") for word in words))))
    if len(cleaned) > TAG_COUNT:
        raise BadInput(f"These are {len(cleaned)} tags.", f"A run can have at most {TAG_COUNT}.")
    return cleaned


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split())


def _printable(text: str) -> str:
    """Control characters become spaces; halves of characters and changes of direction go."""
    shown = (" " if unicodedata.category(c) == "Cc" else c for c in text if not _unstorable(c))
    return unicodedata.normalize("NFC", "".join(shown))


def _unstorable(character: str) -> bool:
    return character in _TURNERS or unicodedata.category(character) == "Cs"


def _bounded(text: str, length: int, what: str) -> str:
    if len(text) > length:
        raise BadInput(f"The {what} has {len(text):,} characters.", f"At most {length:,} fit.")
    return text
