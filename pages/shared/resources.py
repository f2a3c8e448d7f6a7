"""What all sessions share: the store, the launcher, data sets in memory, models' answers about them."""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from mnist_core.data import Digits, load, version
from mnist_core.data.catalogue import Answers, Catalogue
from mnist_core.runs import LocalLauncher, Run, Store, open_store
from mnist_core.runs.shipped import run_named, weights_hash
from mnist_core.training.doubt import Doubts
from mnist_core.training.doubt_cache import kept, path_of

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Predictor
    from mnist_core.runs.model import Judged

# Digits handed to a model in one go, so that no second copy of a whole data set is made.
ASKED_AT_ONCE = 5_000
# Models in memory, each of some megabytes at most.
MOST_MODELS = 8
# Seconds that a page which has just been drawn is left to paint in before torch is imported.
PAINT_S = 0.5

_loaders = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The run store of this server."""
    return open_store()


@st.cache_resource(show_spinner=False)
def launcher() -> LocalLauncher:
    """The one that queues runs; `background` keeps its workers warm."""
    return LocalLauncher(store())


def digits(name: str, validation_share: float | None = None) -> Digits:
    """A data set with its splits; 55 MB for MNIST, so only the last two are kept."""
    return _digits(name, version(name), validation_share)


@st.cache_resource(max_entries=2, show_spinner="Reading the digits ...")
def _digits(name: str, as_of: str, validation_share: float | None) -> Digits:
    return load(name, validation_share=validation_share)


def catalogue(name: str, validation_share: float | None = None) -> Catalogue:
    """A data set as one table to filter and sort; what is unusual is found out meanwhile, so that no click waits for it."""
    return _catalogue(name, version(name), validation_share)


@st.cache_resource(max_entries=2, show_spinner="Reading the digits ...")
def _catalogue(name: str, as_of: str, validation_share: float | None) -> Catalogue:
    table = Catalogue(digits(name, validation_share))
    Thread(target=lambda: table.unusualness, daemon=True).start()
    return table


def doubts(chosen: Digits) -> Doubts | None:
    """How doubtful the labels of a training split are, if that was worked out before and its file is whole."""
    file = path_of(chosen)
    return _doubts(chosen.split_hash, file.stat().st_mtime_ns, chosen) if file.is_file() else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _doubts(split_hash: str, as_of: int, _chosen: Digits) -> Doubts | None:
    return kept(_chosen)


class Readings:
    """What the best models of runs make of their validation digits: (n, classes) probabilities, of the latest 200 runs."""

    MOST = 200  # 40 MB with MNIST

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int | None, str], np.ndarray] = {}

    def of(self, run: Run, data: str) -> np.ndarray | None:
        """What was kept for a run and the data set that its validation digits are from; None if it was not asked yet."""
        return self._kept.get(self._key(run, data))

    def keep(self, run: Run, data: str, probabilities: np.ndarray) -> None:
        """Keep what a run's model said, in place of the oldest if there is no room."""
        self._kept[self._key(run, data)] = probabilities
        for oldest in list(self._kept)[: -self.MOST]:
            self._kept.pop(oldest, None)

    @staticmethod
    def _key(run: Run, data: str) -> tuple[str, int | None, str]:
        return run.id, run.best_epoch, version(data)


@st.cache_resource(show_spinner=False)
def readings() -> Readings:
    """What models were asked about validation digits on this server."""
    return Readings()


def answers(run_id: str, name: str) -> Answers:
    """What a run's best model says about the training and validation digits of a data set.

    Raises:
        LabError: the run or its model is not there, or is damaged.
    """
    return _answers(run_id, name, version(name))


@st.cache_resource(max_entries=4, show_spinner="The model reads every digit but those of the test split ...")
def _answers(run_id: str, name: str, as_of: str) -> Answers:
    from mnist_core.runs.model import predictor_of

    table = catalogue(name)
    predictor = predictor_of(store(), run_id)
    asked = len(table) - len(table.digits.test.labels)
    parts = np.array_split(np.arange(asked), -(-asked // ASKED_AT_ONCE))
    return Answers(np.concatenate([predictor.probabilities(table.images(rows)) for rows in parts]), table.label[:asked])


def judged(run: Run, which: Literal["best"] | int = "best") -> Judged:
    """A run's best model, or that of an epoch, judged on the validation digits of its own data set.

    Raises:
        LabError: the model or the data are not there, or are damaged.
    """
    weights = weights_hash(store(), run.id) if which == "best" else store().checkpoint(run.id, which).sha256
    return _judged(run.id, which, weights, version(run.config.data))


@st.cache_resource(max_entries=4, show_spinner="The model reads the validation digits ...")
def _judged(run_id: str, which: Literal["best"] | int, weights: str, as_of: str) -> Judged:
    config = run_named(store(), run_id).config
    # First, because this says without torch what is not here.
    chosen = digits(config.data, config.validation_share)
    from mnist_core.runs.model import find_predictor, judge, predictor_of

    # Only the best model's trust is fitted.
    predictor = find_predictor(store(), run_id) if which == "best" else predictor_of(store(), run_id, which)
    return judge(store(), predictor, config.data, "val", chosen)


def begin_loading(run: Run) -> None:
    """See that a run's best model is loaded meanwhile, for `predictor` to find."""
    _loading(run.id, run.best_epoch)


def predictor(run: Run) -> Predictor:
    """A run's best model, loaded once for all sessions; it may be asked from several threads at a time.

    Raises:
        LabError: the run or its model is not there, or is damaged.
    """
    return _loading(run.id, run.best_epoch).result()


def _is_usable(loading: Future[Predictor]) -> bool:
    return not loading.done() or loading.exception() is None


@st.cache_resource(max_entries=MOST_MODELS, show_spinner=False, validate=_is_usable)
def _loading(run_id: str, best_epoch: int | None) -> Future[Predictor]:
    return _loaders.submit(_load, store(), run_id)


def _load(shared: Store, run_id: str) -> Predictor:
    if "torch" not in sys.modules:
        time.sleep(PAINT_S)
    import torch

    from mnist_core.runs.model import predictor_of

    # For single pictures a second thread only waits: on two busy cores one in twenty took 56 ms with two threads, 3 with one.
    torch.set_num_threads(1)
    return predictor_of(shared, run_id)
