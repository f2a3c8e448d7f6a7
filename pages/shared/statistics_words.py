"""What is said about the figures of a data set: how even its classes are, whose published numbers, how many twins."""

from __future__ import annotations

import numpy as np

from mnist_core.data import SOURCES, Source
from mnist_core.data.names import OWN, parse
from mnist_core.data.statistics import Duplicates
from pages.shared import notices


def balance(source: Source, totals: np.ndarray) -> str:
    """How even the classes are, and what that is worth to a network that always answers the same.

    Args:
        source: the data set.
        totals: (classes,) how many pictures there are of each.
    """
    small, large = int(totals.min()), int(totals.max())
    smallest, largest = (notices.verbatim(source.classes[each]) for each in (totals.argmin(), totals.argmax()))
    words = f"The largest class, {largest}, has {large:,} pictures"
    if small == large:
        words = f"Perfectly balanced: each of the {len(totals)} classes has {large:,} pictures."
    elif small:
        words += f", {large / small:.2f} times as many as the smallest, {smallest}, with {small:,}."
    else:
        absent = [notices.verbatim(source.classes[each]) for each in np.flatnonzero(totals == 0)]
        words += f"; there is none of {', '.join(absent)}."
    return f"{words} Always answering {largest} would be right for {100 * large / totals.sum():.1f} % of them all."


def whose_numbers(source: Source) -> str:
    """Of which pictures the published mean and standard deviation are, where not of all these; else empty."""
    base = parse(source.name).base
    if base == OWN:
        return (
            "The published numbers are MNIST's: yours are prepared in the same way, for networks that know its scale."
        )
    if base == "sample":
        return "The published numbers are of all 60,000 training digits of MNIST; the sample has only some of them."
    return "" if source.name in SOURCES else "The published numbers are of the training file before your decisions."


def repetition(twins: Duplicates) -> str:
    """How many pictures occur twice, and what that means."""
    if not twins.within_training_file and not len(twins.pairs):
        return (
            "No picture of the training file is in it twice, and none is in the test split again: a network is only judged "
            "by pictures that it was not trained with."
        )
    return (
        f"Pixel for pixel the same: {twins.train_test:,} of the test and {twins.train_validation:,} of the validation split "
        f"are also in the training split, {twins.validation_test:,} of the test split also in validation, and "
        f"{twins.within_training_file:,} of the training file repeat an earlier one. A network can know them by heart."
    )
