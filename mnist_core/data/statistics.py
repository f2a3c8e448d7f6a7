"""What a data set consists of: how many of each class, how bright, how thick the strokes, which pictures occur twice.

Pixels are counted as the whole numbers they are on disk, so that mean and standard deviation are exact and no copy of the
pictures as floats is ever made. All pictures, histograms and spreads are of the training file, which is the training and
the validation split together; the test split is only counted and searched for duplicates.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mnist_core.data.digits import Digits
from mnist_core.data.sources import Source

# Pictures at a time: bincount makes 8 bytes of every pixel, 13 MB for so many.
CHUNK = 2_048
# Half of full ink: the edge of a stroke lies where a pixel is half covered.
EDGE = 128
# 98 of 100 digits lie between the first and the last; a single smudged one does not stretch the chart.
SPREAD_PERCENTILES = (1, 25, 50, 75, 99)


@dataclass(frozen=True, eq=False)
class Spread:
    """How a quantity is spread within each class: percentiles 1, 25, 50, 75 and 99, each of shape (classes,).

    A class without digits has NaN.
    """

    low: np.ndarray
    q1: np.ndarray
    median: np.ndarray
    q3: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Pictures that are the same in every pixel.

    Attributes:
        pairs: (k, 2) int64, one row for each test picture that is also in the training file: the place of its first twin
            among the training file's pictures, and its own among those of the test file (see `Split.indices`).
        within_training_file: pictures of the training file that are also found further up in it.
        train_validation: validation pictures that are also in the training split.
        train_test: test pictures that are also in the training split.
        validation_test: test pictures that are also in the validation split.
    """

    pairs: np.ndarray
    within_training_file: int
    train_validation: int
    train_test: int
    validation_test: int


@dataclass(frozen=True, eq=False)
class Statistics:
    """What `statistics` finds out about a data set.

    Attributes:
        source: the data set.
        class_counts: (3, classes) int64, digits in training, validation and test.
        histogram: (256,) int64, how many pixels of the training file have each value.
        mean: of all pixels of the training file, a fraction in [0, 1].
        std: their standard deviation (of the population), a fraction.
        mean_pictures: (classes, 28, 28) float64 in [0, 1], the average picture of each class in the training file.
        variance_pictures: (classes, 28, 28) float64 in [0, 0.25], the variance of each pixel within its class.
        ink: the spread of `ink` in each class of the training file, fractions.
        stroke_width: the spread of `stroke_width` in each class of the training file, in pixels.
        duplicates: pictures that occur more than once.
    """

    source: Source
    class_counts: np.ndarray
    histogram: np.ndarray
    mean: float
    std: float
    mean_pictures: np.ndarray
    variance_pictures: np.ndarray
    ink: Spread
    stroke_width: Spread
    duplicates: Duplicates

    @property
    def class_totals(self) -> np.ndarray:
        """(classes,) int64: digits of each class in the whole data set."""
        totals: np.ndarray = self.class_counts.sum(0)
        return totals

    @property
    def pixels(self) -> int:
        """How many pixels the training file has."""
        return int(self.histogram.sum())


def statistics(digits: Digits) -> Statistics:
    """Everything this module can say about a data set; about a second and 15 MB of memory for MNIST."""
    training_file = (digits.train, digits.validation)
    classes = len(digits.source.classes)
    labels = np.concatenate([split.labels for split in training_file])
    images = [split.images for split in training_file]
    histogram = pixel_histogram(*images)
    mean, std = mean_and_std(histogram)
    means, variances = class_pictures(digits)
    return Statistics(
        source=digits.source,
        class_counts=class_counts(digits),
        histogram=histogram,
        mean=mean,
        std=std,
        mean_pictures=means,
        variance_pictures=variances,
        ink=spread(np.concatenate([ink(part) for part in images]), labels, classes),
        stroke_width=spread(np.concatenate([stroke_width(part) for part in images]), labels, classes),
        duplicates=duplicates(digits),
    )


def class_counts(digits: Digits) -> np.ndarray:
    """(3, classes) int64: how many digits of each class are in training, validation and test."""
    classes = len(digits.source.classes)
    splits = (digits.train, digits.validation, digits.test)
    return np.stack([np.bincount(split.labels, minlength=classes) for split in splits])


def pixel_histogram(*images: np.ndarray) -> np.ndarray:
    """How many pixels have each of the values 0 to 255.

    Args:
        images: any number of (n, 28, 28) uint8 arrays, counted together.

    Returns:
        (256,) int64.
    """
    counts = np.zeros(256, dtype=np.int64)
    for part in images:
        for chunk in _chunks(part):
            counts += np.bincount(chunk.ravel(), minlength=256)
    return counts


def mean_and_std(histogram: np.ndarray) -> tuple[float, float]:
    """Mean and population standard deviation of pixels as fractions in [0, 1], rounded once at the very end.

    Args:
        histogram: (256,) whole numbers, how many pixels have each value; at least one has.
    """
    counts = [int(count) for count in histogram]
    pixels = sum(counts)
    total = sum(value * count for value, count in enumerate(counts))
    squares = sum(value * value * count for value, count in enumerate(counts))
    return total / (255 * pixels), math.sqrt(pixels * squares - total * total) / (255 * pixels)


def class_pictures(digits: Digits) -> tuple[np.ndarray, np.ndarray]:
    """The average picture of each class in the training file, and the variance of each of its pixels.

    Returns:
        Two (classes, 28, 28) float64 arrays of fractions: means in [0, 1], population variances in [0, 0.25]. A class
        without digits has zeros.
    """
    classes = len(digits.source.classes)
    means, variances = np.zeros((2, classes, 28, 28))
    for each in range(classes):
        count = 0
        total, squares = np.zeros((2, 28, 28), dtype=np.int64)
        for split in (digits.train, digits.validation):
            for chunk in _chunks(split.images[split.labels == each]):
                count += len(chunk)
                total += chunk.sum(0, dtype=np.uint32)
                # 255 squared still fits into 16 bits.
                squares += np.square(chunk, dtype=np.uint16).sum(0, dtype=np.uint32)
        if count:
            means[each] = total / (255 * count)
            variances[each] = (count * squares - total * total) / (255 * count) ** 2
    return means, variances


def mean_as_bytes(pictures: np.ndarray) -> np.ndarray:
    """Mean pictures to look at: fractions in [0, 1] as uint8 of the same shape, 255 is full ink in every digit."""
    scaled: np.ndarray = np.rint(255 * pictures).astype(np.uint8)
    return scaled


def variance_as_bytes(pictures: np.ndarray) -> np.ndarray:
    """Variance pictures to look at: [0, 0.25] as uint8 of the same shape.

    255 is the greatest variance a pixel can have, 1/4: paper in half of the digits, full ink in the other half.
    """
    scaled: np.ndarray = np.rint(4 * 255 * pictures).astype(np.uint8)
    return scaled


def ink(images: np.ndarray) -> np.ndarray:
    """How much of each picture is ink: the mean of its pixels as a fraction in [0, 1].

    Args:
        images: (n, 28, 28) uint8.

    Returns:
        (n,) float64.
    """
    shares: np.ndarray = images.sum((1, 2), dtype=np.uint32) / (255 * 28 * 28)
    return shares


def stroke_width(images: np.ndarray) -> np.ndarray:
    """How thick the strokes of each picture are, in pixels.

    A pixel of at least half ink belongs to a stroke. Through each such pixel run a horizontal and a vertical chord of the
    stroke, h and v pixels long. In a straight stroke they are the legs of a right-angled triangle whose altitude is the
    stroke's width, h v / sqrt(h^2 + v^2), at whatever angle the stroke lies. The estimate is the average of that over the
    stroke's pixels. It is a tenth too small for a stroke that is only twice as long as wide, and too large where
    strokes cross. A shape without strokes, such as a shirt, gets a number near its own breadth.

    Args:
        images: (n, 28, 28) uint8.

    Returns:
        (n,) float64; 0 for a picture without any pixel of at least half ink.

    Source: elementary geometry. Epshtein, Ofek & Wexler, "Detecting Text in Natural Scenes with Stroke Width Transform",
        CVPR 2010, measure the same along the gradient at each edge pixel.
    """
    widths = [_stroke_width(chunk) for chunk in _chunks(images)]
    return np.concatenate(widths) if widths else np.zeros(0)


def spread(values: np.ndarray, labels: np.ndarray, classes: int) -> Spread:
    """Percentiles of `values` within each class.

    Args:
        values: (n,) numbers, one for each digit.
        labels: (n,) the classes of the digits, 0 to `classes` - 1.
        classes: how many classes there are.
    """
    percentiles = np.full((classes, len(SPREAD_PERCENTILES)), np.nan)
    for each in range(classes):
        members = values[labels == each]
        if len(members):
            percentiles[each] = np.percentile(members, SPREAD_PERCENTILES)
    return Spread(*percentiles.T)


def duplicates(digits: Digits) -> Duplicates:
    """Find the pictures that are the same in every pixel, within the training file and across the splits."""
    train, validation, test = (_digests(split.images) for split in (digits.train, digits.validation, digits.test))
    positions = np.concatenate([digits.train.indices, digits.validation.indices]).tolist()
    first: dict[bytes, int] = {}
    for position, digest in zip(positions, train + validation, strict=True):
        first[digest] = min(position, first.get(digest, position))
    pairs = [
        (first[digest], i) for i, digest in zip(digits.test.indices.tolist(), test, strict=True) if digest in first
    ]
    in_train, in_validation = set(train), set(validation)
    return Duplicates(
        pairs=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        within_training_file=len(positions) - len(first),
        train_validation=sum(digest in in_train for digest in validation),
        train_test=sum(digest in in_train for digest in test),
        validation_test=sum(digest in in_validation for digest in test),
    )


def _chunks(images: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(images), CHUNK):
        yield images[start : start + CHUNK]


def _digests(images: np.ndarray) -> list[bytes]:
    """16 bytes that stand for each picture; two different pictures with the same ones have never been seen."""
    return [hashlib.blake2b(image, digest_size=16).digest() for image in images]


def _stroke_width(images: np.ndarray) -> np.ndarray:
    # Pictures last: each step of a run is then one operation on long stretches of memory.
    stroke = np.ascontiguousarray((images >= EDGE).view(np.uint8).reshape(len(images), -1).T)
    stroke = stroke.reshape(28, 28, len(images))
    vertical = _run_lengths(stroke)
    horizontal = _run_lengths(stroke.transpose(1, 0, 2)).transpose(1, 0, 2)
    total = _WIDTHS[horizontal, vertical].sum((0, 1), dtype=np.float64)
    average: np.ndarray = total / np.maximum(stroke.sum((0, 1), dtype=np.int64), 1)
    return average


def _run_lengths(stroke: np.ndarray) -> np.ndarray:
    """How long the unbroken run of ones along the first axis is that each one is part of; 0 for a zero."""
    lengths = stroke.copy()
    for i in range(1, len(stroke)):
        lengths[i] += lengths[i - 1] * stroke[i]
    for i in range(len(stroke) - 2, -1, -1):
        # The last pixel of a run has counted all of it.
        np.maximum(lengths[i], lengths[i + 1] * stroke[i], out=lengths[i])
    return lengths


def _altitudes() -> np.ndarray:
    """(29, 29) float32: the altitude of the right-angled triangle with such legs, 0 where one is 0."""
    legs = np.arange(29)
    hypotenuse = np.hypot(legs[:, None], legs[None, :])
    hypotenuse[0, 0] = 1
    altitudes: np.ndarray = (np.outer(legs, legs) / hypotenuse).astype(np.float32)
    return altitudes


_WIDTHS = _altitudes()
