"""What fine-tuning on a person's own digits changed: the run before and the one after, on what neither has learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.data import load, names, source
from mnist_core.data.own import OwnDigit
from mnist_core.evaluation.paired import Pair, compare
from mnist_core.runs.model import predictor_of
from mnist_core.runs.own_digits import not_learned, read
from mnist_core.runs.run import Run
from mnist_core.runs.shipped import run_named
from mnist_core.runs.store import Store


@dataclass(frozen=True, eq=False)
class Change:
    """Two models on the same digits.

    Attributes:
        before, after: (n,) bool, which of them each reads right.
    """

    before: np.ndarray
    after: np.ndarray

    @property
    def pair(self) -> Pair:
        """The model after fine-tuning (A) beside the one before (B)."""
        return compare(self.after, self.before)


@dataclass(frozen=True, eq=False)
class Tuning:
    """A fine-tuned run beside the run it was started from.

    Attributes:
        mine: on the person's own digits that neither can have learned from; they may be none.
        others: on the validation digits of the data both learned from.
        data: title of that data.
    """

    mine: Change
    others: Change
    data: str


def origin_of(store: Store, run: Run) -> Run | None:
    """The run that a fine-tuned run was started from; None if it was not fine-tuned with own digits.

    Raises:
        NotFound: that run is gone for good.
    """
    config = run.saved_config
    if config is None or not config.start_from or not names.parse(config.data).with_own:
        return None
    return run_named(store, config.start_from)


def tuning(store: Store, before: Run, after: Run, digits: Sequence[OwnDigit]) -> Tuning:
    """Ask both runs about the same digits; some seconds, for each reads thousands of them.

    Args:
        store: where the runs are.
        before, after: as `origin_of` gives the one for the other.
        digits: the person's own.

    Raises:
        NotFound: a model or the data are gone.
        BadFile: a model is damaged.
    """
    mine = not_learned(store, after, digits)
    config = after.config
    base = names.parse(config.data).base
    validation = load(base, validation_share=config.validation_share).validation
    readings, right = [], []
    for run in (before, after):
        predictor = predictor_of(store, run.id)
        readings.append(read(predictor, mine))
        right.append(predictor.probabilities(validation.images).argmax(1) == validation.labels)
    return Tuning(Change(*(~reading.is_wrong for reading in readings)), Change(*right), source(base).title)
