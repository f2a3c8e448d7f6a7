"""Long computations as processes of their own, `python -m mnist_core ...`, that belong to the server and not to a page."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Literal

import streamlit as st

import mnist_core
from mnist_core import places

State = Literal["running", "done", "stopped", "failed"]
# Behind the pages, which somebody waits for, and level with training.
NICENESS = 10


@dataclass(frozen=True)
class Task:
    """How far a computation is, or how it ended. Two are equal if they are in the same state.

    Attributes:
        progress: share that is done, in [0, 1].
        stage: what it does now, in a few words.
        seconds_left: at the average pace so far; None until there is one.
        result: what it printed with `--json`, once it is done.
        problem: why it failed.
    """

    state: State
    progress: float = field(default=0.0, compare=False)
    stage: str = field(default="", compare=False)
    seconds_left: float | None = field(default=None, compare=False)
    result: dict[str, Any] = field(default_factory=dict, compare=False)
    problem: str = field(default="", compare=False)


class Tasks:
    """The computations of a server, at most one at a time for each key; any session may ask at any time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._processes: dict[str, _Process] = {}

    def begin(self, key: str, arguments: Sequence[str]) -> None:
        """Run `python -m mnist_core ARGUMENTS --json` in the background, unless it runs already under this key."""
        with self._lock:
            latest = self._processes.get(key)
            if latest is None or latest.task.state != "running":
                self._processes[key] = _Process(arguments)

    def stop(self, key: str) -> None:
        """End a computation, if there is one; what it had worked out is lost."""
        latest = self._processes.get(key)
        if latest is not None:
            latest.stop()

    def latest(self, key: str) -> Task | None:
        """The latest computation under a key; None if there was none since the server started."""
        latest = self._processes.get(key)
        return None if latest is None else latest.task


@st.cache_resource(show_spinner=False)
def tasks() -> Tasks:
    """The computations of this server."""
    return Tasks()


class _Process:
    """One process, and the thread that reads what it says."""

    def __init__(self, arguments: Sequence[str]) -> None:
        code = str(Path(mnist_core.__file__).parents[1])
        environment = os.environ | {
            "MNIST_HOME": str(places.home()),
            "MNIST_DATA": str(places.data_folder()),
            "PYTHONPATH": os.pathsep.join(filter(None, [code, os.environ.get("PYTHONPATH")])),
        }
        self.task = Task("running", stage="starting")
        self._began = time.monotonic()
        self._stopped = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the thread
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mnist_core", *arguments, "--json"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        if hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        Thread(target=self._follow, name=f"task {arguments[0]}", daemon=True).start()

    def stop(self) -> None:
        if self.task.state == "running":
            self._stopped = True
            self._process.terminate()

    def _follow(self) -> None:
        said: dict[str, Any] = {}
        with self._complaints, self._process:
            for line in self._process.stdout or ():
                said = json.loads(line)
                if "progress" in said:
                    self._note(said["progress"], said["stage"])
            code = self._process.wait()
            self._complaints.seek(0)
            problem = self._complaints.read().decode(errors="replace").strip()
        if self._stopped:
            self.task = Task("stopped")
        elif code:
            self.task = Task("failed", problem=problem or f"It ended with exit code {code}.")
        else:
            self.task = Task("done", progress=1.0, result=said)

    def _note(self, progress: float, stage: str) -> None:
        elapsed = time.monotonic() - self._began
        left = elapsed * (1 - progress) / progress if progress > 0 else None
        self.task = Task("running", progress=progress, stage=stage, seconds_left=left)
