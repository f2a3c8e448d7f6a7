"""A finished map of digits: which digits are on it, where they lie, and the file it is kept in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core import places
from mnist_core.data.catalogue import Catalogue
from mnist_core.evaluation.embedding import Method
from mnist_core.files import read_arrays, write_arrays

PIXELS = "pixels"
MOST = 10_000
# Of how a map is worked out: a new number makes every older file worthless.
VERSION = 1


@dataclass(frozen=True)
class MapName:
    """Everything that a map depends on.

    Attributes:
        split_hash: of the data set.
        method: how it is drawn.
        features: "pixels", or the run and the SHA-256 of the checkpoint whose last hidden layer is mapped.
        count: digits on it.
    """

    split_hash: str
    method: Method
    features: str
    count: int

    @property
    def file(self) -> Path:
        """Where such a map is kept."""
        parts = (VERSION, self.split_hash, self.method, self.features, self.count)
        digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
        return places.home() / "cache" / "maps" / f"{digest[:32]}.npz"


@dataclass(frozen=True, eq=False)
class DigitMap:
    """Where each digit lies.

    Attributes:
        places: (n, 2) float32, in the order of `mapped_rows`.
        agreement: how often the ten nearest neighbours on the map are of the same class, in [0, 1]; None for ten digits or
            fewer.
        predicted: (n,) int64, the class that the model reads; empty for a map of pixels.
        confidence: (n,) float32, the probability that it gives this class; empty for a map of pixels.
    """

    places: np.ndarray
    agreement: float | None
    predicted: np.ndarray
    confidence: np.ndarray


def mapped_rows(catalogue: Catalogue) -> np.ndarray:
    """Rows of the digits that a map shows, in rising order: training and validation digits, at most 10,000 in all.

    If there are more, both splits have their share of them, and so has each class. Test digits are never on a map: models
    are not asked about them before the end.
    """
    splits = (catalogue.digits.train, catalogue.digits.validation)
    total = sum(map(len, splits))
    of_validation = min(len(splits[1]), round(len(splits[1]) * min(1.0, MOST / total))) if total else 0
    rows = []
    for number, (split, count) in enumerate(zip(splits, (MOST - of_validation, of_validation), strict=True)):
        here = np.flatnonzero(catalogue.split == number)
        rows.append(here[np.searchsorted(catalogue.index[here], split.indices[:count])])
    return np.sort(np.concatenate(rows))


def read(name: MapName) -> DigitMap | None:
    """A map that was drawn before; None if there is none or its file is damaged."""
    arrays = read_arrays(name.file, "places", "agreement", "predicted", "confidence")
    if arrays is None:
        return None
    places, agreement, predicted, confidence = arrays
    answers = {len(predicted), len(confidence)}
    if places.shape != (name.count, 2) or answers != {0 if name.features == PIXELS else name.count}:
        return None
    return DigitMap(places, None if np.isnan(agreement) else float(agreement), predicted, confidence)


def write(name: MapName, drawn: DigitMap) -> None:
    """Keep a map.

    Raises:
        DiskProblem: it could not be written.
    """
    write_arrays(
        name.file,
        places=drawn.places,
        agreement=np.array(np.nan if drawn.agreement is None else drawn.agreement),
        predicted=drawn.predicted,
        confidence=drawn.confidence,
    )
