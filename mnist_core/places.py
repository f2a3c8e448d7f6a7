"""Where the lab keeps things: the home folder, the data folder and the database."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of everything the lab writes: `MNIST_HOME`, or `workspace/` in the current folder."""
    return Path(os.environ.get("MNIST_HOME") or "workspace").expanduser().resolve()


def data_folder() -> Path:
    """The folder of the data sets: `MNIST_DATA`, or `data/` in the home folder."""
    chosen = os.environ.get("MNIST_DATA")
    return Path(chosen).expanduser().resolve() if chosen else home() / "data"


def database_url() -> str:
    """SQLAlchemy's address of the run store: `MNIST_DB`, or the SQLite file `lab.db` in the home folder."""
    return os.environ.get("MNIST_DB") or f"sqlite:///{home() / 'lab.db'}"
