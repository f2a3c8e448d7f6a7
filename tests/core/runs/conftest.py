from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from mnist_core.config import MLP, TrainConfig
from mnist_core.runs import Run, Store, open_store

ROOT = Path(__file__).parents[3]


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Poll until the condition is true, and give what it gave."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Any]:
    return until


class Worker:
    """A worker process forked by the nursery."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)

    def wait(self) -> int:
        self._nursery.living.discard(self.pid)
        return self._nursery.ask(wait=self.pid)["code"]


class Nursery:
    def __init__(self) -> None:
        self.living: set[int] = set()
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("nursery.py")],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request: Any) -> dict[str, int]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(
        self, store: Store, run: Run | None = None, *, file_bytes: int | None = None, **environment: str
    ) -> Worker:
        """A worker for this run, or one that waits for the next in the queue."""
        request: dict[str, Any] = {"environment": {"MNIST_HOME": str(store.home), "MNIST_DB": store.url, **environment}}
        if run:
            request["run"] = run.id
        if file_bytes is not None:
            request["file_bytes"] = file_bytes
        pid = self.ask(**request)["pid"]
        self.living.add(pid)
        return Worker(self, pid)

    def clear(self) -> None:
        for pid in list(self.living):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.ask(wait=pid)
        self.living.clear()

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def one_nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def nursery(one_nursery: Nursery) -> Iterator[Nursery]:
    yield one_nursery
    one_nursery.clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of our own, on a socket in a temporary folder."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("no PostgreSQL server here (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="lab-pg-"))
    options: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    if os.getuid() == 0:
        # PostgreSQL refuses to run as root.
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    initialise = [programs[-1] / "initdb", "-D", data, "-U", "lab", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initialise, check=True, **options)
    server = subprocess.Popen(
        [programs[-1] / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"], **options
    )
    address = f"postgresql+psycopg://lab@/{{}}?host={folder}"
    engine = sqlalchemy.create_engine(address.format("postgres"))
    until(lambda: answers(engine))
    engine.dispose()
    yield address
    server.send_signal(signal.SIGINT)
    server.wait(10)
    shutil.rmtree(folder)


def answers(engine: sqlalchemy.Engine) -> bool:
    try:
        engine.connect().close()
    except sqlalchemy.exc.OperationalError:
        return False
    return True


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """An empty database."""
    name = f"lab_{time.monotonic_ns()}"
    engine = sqlalchemy.create_engine(postgres.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        server.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgres.format(name)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    store = open_store(home=home)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, home: Path) -> Iterator[Store]:
    """A store on SQLite, then one on PostgreSQL."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    store = open_store(url, home=home)
    yield store
    store.close()


@pytest.fixture
def short() -> TrainConfig:
    """Two epochs of 20 steps: a fraction of a second."""
    return TrainConfig(data="sample", train_size=200, batch_size=10, epochs=2, network=MLP(hidden=(16,)), threads=1)


@pytest.fixture
def long() -> TrainConfig:
    """Minutes, if nobody stops it, with an epoch about every half second."""
    return TrainConfig(data="sample", batch_size=8, epochs=200, network=MLP(hidden=(16,), dropout=0.2), threads=1)
