"""Every digit of a data set in one table that can be filtered, sorted and searched for look-alikes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from mnist_core.data.digits import Digits
from mnist_core.data.projection import principal_axes
from mnist_core.data.split import Split
from mnist_core.data.statistics import ink

SplitName = Literal["train", "validation", "test"]
SortKey = Literal["index", "ink", "unusualness", "confidence", "loss"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
# Sorted by these, a model has to have answered first.
NEED_ANSWERS = ("confidence", "loss")
# Directions in which digits are compared with their class; they hold three quarters of MNIST's variance.
DIMENSIONS = 32
# A digit's nearest neighbour in MNIST usually differs from it by 0.2 to 0.7 of its own ink.
TWIN_DIFFERENCE = 0.15
# So few floats, 1.6 MB, that the memory they take for a moment is none that the server keeps.
AT_ONCE = 512


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model said about the first digits of a catalogue, row by row.

    Attributes:
        probabilities: (m, classes) float32, each row sums to 1. A sealed test split, which comes last, is left out.
        labels: (m,) the true classes.
    """

    probabilities: np.ndarray
    labels: np.ndarray

    @cached_property
    def predicted(self) -> np.ndarray:
        """(n,) the most probable class."""
        predicted: np.ndarray = self.probabilities.argmax(1)
        return predicted

    @cached_property
    def confidence(self) -> np.ndarray:
        """(n,) the probability of the predicted class."""
        confidence: np.ndarray = self.probabilities.max(1)
        return confidence

    @cached_property
    def loss(self) -> np.ndarray:
        """(n,) minus the logarithm of the true class's probability."""
        smallest = np.finfo(np.float32).tiny
        true = self.probabilities[np.arange(len(self.labels)), self.labels]
        losses: np.ndarray = -np.log(np.maximum(true, smallest))
        return losses


@dataclass(frozen=True)
class Query:
    """Which digits to show and in which order; the defaults are all of them as they lie in their files.

    Attributes:
        split: one of the three, or None for all.
        classes: only these; empty for all.
        first, last: range of indices in the source's own file, both included; None for no limit.
        mistakes: only digits that the model misread.
        sort: "index" is split by split and then by index; "unusualness" is the distance to the class's mean digit.
        descending: the largest first.
    """

    split: SplitName | None = None
    classes: tuple[int, ...] = ()
    first: int | None = None
    last: int | None = None
    mistakes: bool = False
    sort: SortKey = "index"
    descending: bool = False


@dataclass(frozen=True)
class Neighbour:
    """A look-alike: its row, and the root mean square difference of the pixels in [0, 1]."""

    row: int
    difference: float


class Catalogue:
    """A table with a row for each digit: training, then validation, then test, each by index.

    Attributes:
        digits: the data set.
        split: (n,) uint8, position in SPLITS.
        label, index: (n,) int64, the class and the position in the source's own training or test file.
    """

    def __init__(self, digits: Digits) -> None:
        self.digits = digits
        self._order = [np.argsort(split.indices, kind="stable") for split in self._splits]
        sizes = [len(order) for order in self._order]
        self._start = np.cumsum([0, *sizes])
        self.split = np.repeat(np.arange(len(SPLITS), dtype=np.uint8), sizes)
        self.label = self._column(lambda split: split.labels)
        self.index = self._column(lambda split: split.indices)

    def __len__(self) -> int:
        return int(self._start[-1])

    @cached_property
    def ink(self) -> np.ndarray:
        """(n,) float64, the mean of a digit's pixels in [0, 1]."""
        return self._column(lambda split: ink(split.images))

    @cached_property
    def unusualness(self) -> np.ndarray:
        """(n,) float32, the distance to the mean of the digit's class in the space of 32 principal components.

        Axes and class means are those of the training split, so a digit of the test split has no say in what is usual.
        """
        train = self.digits.train
        project = principal_axes(train.images, DIMENSIONS)
        classes = range(len(self.digits.source.classes))
        means = np.stack([_mean(project(train.images[train.labels == number])) for number in classes])

        def distances(split: Split) -> np.ndarray:
            found = np.empty(len(split), np.float32)
            for start in range(0, len(split), AT_ONCE):
                piece = slice(start, start + AT_ONCE)
                found[piece] = np.linalg.norm(project(split.images[piece]) - means[split.labels[piece]], axis=1)
            return found

        return self._column(distances)

    def find(self, query: Query, answers: Answers | None = None) -> np.ndarray:
        """Rows that match, in the order asked for; equal ones stay in the order of the table.

        Args:
            query: what is asked for; sorting by "confidence" or "loss" and `mistakes` need `answers`, and find only
                digits that have one.
            answers: of one model, for this catalogue.
        """
        chosen = np.ones(len(self), dtype=bool)
        if query.split is not None:
            chosen &= self.split == SPLITS.index(query.split)
        if query.classes:
            chosen &= np.isin(self.label, query.classes)
        if query.first is not None:
            chosen &= self.index >= query.first
        if query.last is not None:
            chosen &= self.index <= query.last
        if query.mistakes or query.sort in NEED_ANSWERS:
            if answers is None:
                raise ValueError("mistakes, confidence and loss need a model's answers")
            chosen[len(answers.labels) :] = False
            if query.mistakes:
                chosen[: len(answers.labels)] &= answers.predicted != answers.labels
        rows = np.flatnonzero(chosen)
        key = self._key(query.sort, answers)[rows]
        return rows[np.argsort(-key if query.descending else key, kind="stable")]

    def row_of(self, split: SplitName, index: int) -> int | None:
        """The row of a digit by its split and its index in the source's file; None if it is not there."""
        number = SPLITS.index(split)
        start, end = (int(self._start[number + i]) for i in range(2))
        row = start + int(np.searchsorted(self.index[start:end], index))
        return row if row < end and self.index[row] == index else None

    def split_of(self, row: int) -> SplitName:
        """The name of a row's split."""
        return SPLITS[int(self.split[row])]

    def images(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """The pictures of some rows: (len(rows), 28, 28) uint8."""
        rows = np.asarray(rows, dtype=np.int64)
        pictures = np.empty((len(rows), 28, 28), np.uint8)
        for number, split in enumerate(self._splits):
            here = self.split[rows] == number
            pictures[here] = split.images[self._order[number][rows[here] - self._start[number]]]
        return pictures

    def neighbours(self, row: int, count: int = 10) -> list[Neighbour]:
        """The digits of all splits most like one, itself left out, the most similar first."""
        wanted = self.images([row])[0].reshape(-1).astype(np.float32)
        distances = self._column(lambda split: _squared_distances(split.images, wanted))
        distances[row] = np.inf
        return _closest(distances, self.images, wanted, min(count, len(self) - 1))

    def twin(self, row: int, neighbours: Sequence[Neighbour]) -> Neighbour | None:
        """The digit of another split that is (almost) identical to this one; None if there is none.

        Almost: the difference is at most 0.15 of the root mean square of the digit's own pixels.

        Args:
            row: of the digit.
            neighbours: some of its neighbours, the most similar first; more are looked for if all of these are as close
                and of the digit's own split.
        """
        pixels = self.images([row])[0] / 255
        most = TWIN_DIFFERENCE * float(np.sqrt(np.square(pixels).mean()))
        while True:
            for neighbour in neighbours:
                if neighbour.difference > most:
                    return None
                if self.split[neighbour.row] != self.split[row]:
                    return neighbour
            if len(neighbours) in (0, len(self) - 1):
                return None
            neighbours = self.neighbours(row, 10 * len(neighbours))

    @property
    def _splits(self) -> tuple[Split, Split, Split]:
        return self.digits.train, self.digits.validation, self.digits.test

    def _column(self, of: Callable[[Split], np.ndarray]) -> np.ndarray:
        """A column of the table, worked out split by split."""
        return np.concatenate([of(split)[order] for split, order in zip(self._splits, self._order, strict=True)])

    def _key(self, sort: SortKey, answers: Answers | None) -> np.ndarray:
        if sort == "index":
            return np.arange(len(self))
        column: np.ndarray = getattr(answers if sort in NEED_ANSWERS else self, sort)
        return column


def nearest(split: Split, image: np.ndarray, count: int = 10) -> list[Neighbour]:
    """The digits of a split most like a picture of (28, 28) bytes, the most similar first; rows are places in the split."""
    wanted = image.reshape(-1).astype(np.float32)
    return _closest(_squared_distances(split.images, wanted), lambda rows: split.images[rows], wanted, count)


def _closest(
    distances: np.ndarray, images: Callable[[np.ndarray], np.ndarray], wanted: np.ndarray, count: int
) -> list[Neighbour]:
    """The `count` rows with the smallest distances, in the order of their exact ones."""
    rows = np.argpartition(distances, count - 1)[:count]
    exact = np.square(images(rows).reshape(len(rows), -1) - wanted).mean(1, dtype=np.float64)
    order = np.lexsort((rows, exact))
    return [Neighbour(int(rows[i]), float(np.sqrt(exact[i]) / 255)) for i in order]


def _mean(points: np.ndarray) -> np.ndarray:
    """The mean of some points; of none, the origin, which is the mean of all digits."""
    return points.mean(0) if len(points) else np.zeros(points.shape[1], points.dtype)


def _squared_distances(images: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Of each picture (n, 28, 28) uint8 to one (784,) float32, less what is the same for all; to rounding."""
    distances = np.empty(len(images), np.float32)
    for start in range(0, len(images), AT_ONCE):
        pixels = images[start : start + AT_ONCE].reshape(-1, wanted.size).astype(np.float32)
        # Not `pixels @ wanted`: its second thread would wait for a core that a browser keeps busy, 30 times as long.
        products = np.einsum("ij,j->i", pixels, wanted)
        distances[start : start + AT_ONCE] = np.einsum("ij,ij->i", pixels, pixels) - 2 * products
    return distances
