"""The tables of the run store, and a database opened with them: SQLite by default, PostgreSQL by address."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError, ProgrammingError

from mnist_core.errors import BadFile, BadInput, DiskProblem

VERSION = 1
# A writer waits this long for another one. Long, because a laptop may go to sleep in the middle of a transaction.
BUSY_SECONDS = 30


class UtcTime(TypeDecorator[datetime]):
    """Aware times outside, UTC without a zone inside, since SQLite keeps no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

lab_version = Table("lab_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

# Settings, tags and preview are JSON in plain text columns: a row that cannot be read must not spoil the whole list.
run = Table(
    "run",
    metadata,
    Column("number", Integer, primary_key=True),  # in order of creation, whatever the clock does
    Column("id", String(22), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("config", Text, nullable=False),
    Column("fact", String(10), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("turn", Integer, nullable=False),  # place in the queue, in order of queueing
    Column("stop_requested", Boolean, nullable=False, default=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("deleted_at", UtcTime),
    Column("device", String(20), nullable=False, default=""),
    Column("threads", Integer),
    Column("machine", Text, nullable=False, default=""),
    Column("split_hash", String(64), nullable=False, default=""),
    Column("beat", Integer, nullable=False, default=0),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("epoch", Integer, nullable=False, default=0),
    Column("step", Integer, nullable=False, default=0),
    Column("total_steps", Integer, nullable=False, default=0),
    Column("images_per_second", Float),
    Column("seconds_left", Float),
    Column("best_epoch", Integer),
    Column("best_val_accuracy", Float),
    Column("val_accuracy", Float),
    Column("preview", Text, nullable=False, default="[]"),
    Column("test_looks", Integer, nullable=False, default=0),
    Column("test_accuracy", Float),
)


def _run_id() -> Column[str]:
    return Column("run_id", String(22), ForeignKey("run.id"), primary_key=True)


step = Table(
    "step",
    metadata,
    _run_id(),
    Column("step", Integer, primary_key=True, autoincrement=False),
    # SQLite keeps "not a number" as NULL.
    Column("loss", Float),
    Column("smoothed_loss", Float),
    Column("learning_rate", Float),
    Column("gradient_norm", Float),
    Column("images_per_second", Float),
)
epoch = Table(
    "epoch",
    metadata,
    _run_id(),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, nullable=False),
    Column("train_loss", Float),
    Column("train_accuracy", Float),
    Column("val_loss", Float),
    Column("val_accuracy", Float),
    Column("confusion", Text, nullable=False),
    Column("seconds", Float),
    Column("is_best", Boolean, nullable=False),
)
happening = Table(
    "event",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("run_id", String(22), ForeignKey("run.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
)
checkpoint = Table(
    "checkpoint",
    metadata,
    _run_id(),
    Column("file", String(40), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("step", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
)
test_look = Table(
    "test_look",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("run_id", String(22), ForeignKey("run.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("accuracy", Float, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("n", Integer, nullable=False),
)
# Of models whose runs are not in this store: the one that comes with the lab, and files from elsewhere.
model_look = Table(
    "model_look",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("model", String(80), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("accuracy", Float, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("n", Integer, nullable=False),
)
# What belongs to a run, to be removed with it.
PARTS = (step, epoch, happening, checkpoint, test_look)


def open_database(address: str) -> Engine:
    """Connect to the database at `address` (SQLAlchemy's form) and make the tables if they are not there.

    Raises:
        BadInput: the address cannot be read, or its driver is not installed.
        DiskProblem: it cannot be opened or written.
        BadFile: it is damaged, not a database, or was made by a newer version of the lab.
    """
    try:
        url = make_url(address)
        # A server may have been restarted since the last call; a file has not.
        options = {"connect_args": {"timeout": BUSY_SECONDS}} if is_sqlite(url) else {"pool_pre_ping": True}
        engine = create_engine(url, **options)
    except (ArgumentError, ImportError) as error:
        raise BadInput(
            f"The run database's address cannot be used: {error}.",
            "Set MNIST_DB to something like postgresql+psycopg://user@host/name, or unset it.",
        ) from error
    if is_sqlite(url):
        make_folder(Path(url.database or "").parent)
        event.listen(engine, "connect", _set_up_sqlite)
    try:
        with plain_errors(engine):
            _make_tables(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def is_sqlite(url: URL) -> bool:
    """Whether the address is that of an SQLite file."""
    return url.get_backend_name() == "sqlite"


def make_folder(folder: Path) -> None:
    """Make a folder, and those around it, if it is not there.

    Raises:
        DiskProblem: the disk is full or read-only, or a file is in the way.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskProblem(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            "Free some space or choose another place with MNIST_HOME, then try again.",
        ) from error


@contextmanager
def plain_errors(engine: Engine) -> Iterator[None]:
    """Say in a sentence what the database complains about. Mistakes of ours, such as wrong SQL, stay what they are.

    Raises:
        DiskProblem: the database cannot be reached, or its disk is full or read-only.
        BadFile: it is damaged.
    """
    where = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
            raise
        raise DiskProblem(
            f"The run database {where} cannot be used: {error.orig}.",
            "Free some space or choose another place with MNIST_HOME or MNIST_DB, then try again.",
        ) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        raise BadFile(
            f"The run database {where} is damaged: {error.orig}.",
            "Move it away; the lab then starts with an empty one, and the files of the runs stay where they are.",
        ) from error


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # With WAL, readers never wait for a writer. NORMAL can lose the last second in a power cut, but damages nothing.
    for setting in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _make_tables(engine: Engine) -> None:
    for attempt in range(5):
        try:
            _refuse_newer(engine)
            metadata.create_all(engine)
            with engine.begin() as database:
                if database.execute(select(lab_version)).first() is None:
                    database.execute(insert(lab_version).values(version=VERSION))
            return
        except (OperationalError, ProgrammingError, IntegrityError):
            # Another process may be making the same tables at this moment.
            if attempt == 4:
                raise
            time.sleep(0.1 * (attempt + 1))


def _refuse_newer(engine: Engine) -> None:
    if not inspect(engine).has_table(lab_version.name):
        return
    with engine.connect() as database:
        found = database.execute(select(lab_version.c.version)).scalar()
    if found is not None and found > VERSION:
        raise BadFile(
            f"The run database has format {found}, and this version of the lab knows formats up to {VERSION}.",
            "Use the newer version of the lab that made it, or choose another place with MNIST_HOME.",
        )
