"""Data sets on their way here: downloads that belong to the server, so that no reload, tab or page stops or doubles one."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Literal

import streamlit as st

from mnist_core import places
from mnist_core.data import SOURCES, Progress, Source, download, is_present
from mnist_core.errors import LabError

State = Literal["coming", "stopping", "arrived", "stopped", "failed"]

# The speed of the first moments says little about the rest.
FIRST_GUESS_S = 2.0


@dataclass(frozen=True)
class Arrival:
    """How far a download is, or how it ended. Two are equal if they are in the same state.

    Attributes:
        state: "stopping" lasts until the mirror has sent something more or has been silent for too long.
        progress: None until the first bytes are here.
        seconds_left: at the average speed so far; None until there is one.
        error: why it failed, if it did. Anything but a `LabError` is a bug in the lab.
    """

    state: State
    progress: Progress | None = field(default=None, compare=False)
    seconds_left: float | None = field(default=None, compare=False)
    error: Exception | None = field(default=None, compare=False)

    @property
    def is_under_way(self) -> bool:
        """Whether something may still come."""
        return self.state in ("coming", "stopping")


@dataclass(frozen=True)
class Standing:
    """Where the lab stands with one data set: whether it is here, and its latest download if there was one.

    Two are equal if a page that shows one shows the other too, but for the progress of a download.
    """

    source: Source
    is_here: bool
    arrival: Arrival | None


class Arrivals:
    """The downloads of a server, at most one at a time for each data set; any session may ask at any time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._downloads: dict[str, _Download] = {}

    def begin(self, name: str) -> None:
        """Fetch a data set in the background, unless it is already on its way."""
        with self._lock:
            latest = self._downloads.get(name)
            if latest is None or not latest.arrival.is_under_way:
                self._downloads[name] = _Download(name)

    def stop(self, name: str) -> None:
        """Give up a download, if there is one; the files that were here before it stay as they are."""
        latest = self._downloads.get(name)
        if latest is not None:
            latest.stop()

    def latest(self, name: str) -> Arrival | None:
        """The latest download of a data set; None if there was none since the server started."""
        latest = self._downloads.get(name)
        return None if latest is None else latest.arrival

    def forget(self, name: str) -> None:
        """Drop what is known of a download that has ended; one that is under way stays."""
        with self._lock:
            latest = self._downloads.get(name)
            if latest is not None and not latest.arrival.is_under_way:
                del self._downloads[name]


@st.cache_resource(show_spinner=False)
def arrivals() -> Arrivals:
    """The downloads of this server."""
    return Arrivals()


def standings() -> list[Standing]:
    """Where the lab stands with each data set it knows."""
    # The download first: should it end between the two questions, the answer is old and not a contradiction.
    latest = {name: arrivals().latest(name) for name in SOURCES}
    return [Standing(source, is_present(name), latest[name]) for name, source in SOURCES.items()]


def can_arrive() -> bool:
    """Whether files may be put into the data folder; while it does not exist, into the folder it would be made in."""
    folder = places.data_folder()
    while not os.access(folder, os.F_OK):
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


class _StopError(Exception):
    """Ends a download from within, through its progress callback."""


class _Download:
    """One download and the thread it runs in, from now on."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = time.monotonic()
        self._progress: Progress | None = None
        self._end: Arrival | None = None
        self._stop = Event()
        # A server that is told to end does not wait for it: what it leaves behind is swept by the next download.
        Thread(target=self._run, name=f"download {name}", daemon=True).start()

    @property
    def arrival(self) -> Arrival:
        progress = self._progress
        state: State = "stopping" if self._stop.is_set() else "coming"
        return self._end or Arrival(state, progress, self._seconds_left(progress))

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        try:
            download(self._name, on_progress=self._note)
            self._end = Arrival("arrived")
        except _StopError:
            self._end = Arrival("stopped")
        except LabError as error:
            self._end = Arrival("stopped") if self._stop.is_set() else Arrival("failed", error=error)
        except Exception as error:
            self._end = Arrival("failed", error=error)
            raise

    def _note(self, progress: Progress) -> None:
        if self._stop.is_set():
            raise _StopError
        self._progress = progress

    def _seconds_left(self, progress: Progress | None) -> float | None:
        elapsed = time.monotonic() - self._started
        if progress is None or elapsed < FIRST_GUESS_S:
            return None
        return elapsed * max(0, progress.total_bytes - progress.done_bytes) / progress.done_bytes
