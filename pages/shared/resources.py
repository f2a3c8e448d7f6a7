"""What all sessions share: the store, the launcher, data sets in memory, models' answers about them."""

from __future__ import annotations

from threading import Thread

import numpy as np
import streamlit as st

from mnist_core.data import Digits, load, version
from mnist_core.data.catalogue import Answers, Catalogue
from mnist_core.runs import LocalLauncher, Run, Store, open_store
from mnist_core.training.doubt import Doubts
from mnist_core.training.doubt_cache import kept, path_of

# Digits handed to a model in one go, so that no second copy of a whole data set is made.
ASKED_AT_ONCE = 5_000


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
