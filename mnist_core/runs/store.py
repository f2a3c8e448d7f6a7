"""The store of all runs: one database of facts and curves, and one folder of files for each run.

Pages, command line and workers read and write runs here and nowhere else. The state of a run is worked out when it is
asked for: that a run is running is never written down, because a killed worker could not take it back.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, func, insert, literal, select, update
from sqlalchemy.exc import NoResultFound

from mnist_core import places
from mnist_core.config import TrainConfig
from mnist_core.errors import BadConfig, BadInput, Busy, DiskProblem, NotFound
from mnist_core.runs import label, schema
from mnist_core.runs.lock import FileLock, holder
from mnist_core.runs.run import (
    Checkpoint,
    Event,
    Fact,
    Guess,
    Look,
    Run,
    State,
    Steps,
    checked_id,
    no_such_run,
)
from mnist_core.training.progress import EpochReport, EpochRow, StepReport

# A worker beats twice a second. One that holds its lock and is silent for this long is paused or starved, not dead.
STALLED_SECONDS = 15.0
CURVES = ("loss", "smoothed_loss", "learning_rate", "gradient_norm", "images_per_second")
EPOCH_NUMBERS = tuple(column.name for column in fields(EpochRow))


def open_store(url: str | None = None, home: Path | None = None) -> Store:
    """The store in the database at `url`, with the runs' files under `home`.

    Without arguments these are `MNIST_DB` and `MNIST_HOME`; with a home alone, the SQLite file `lab.db` in it.

    Raises:
        DiskProblem: the database cannot be opened or written.
        BadFile: the database is damaged or made by a newer version of the lab.
    """
    if home is None:
        return Store(url or places.database_url(), places.home())
    home = home.resolve()
    return Store(url or f"sqlite:///{home / 'lab.db'}", home)


class Store:
    """All runs. May be shared by threads; each process opens its own.

    Methods that take a run's id raise NotFound if there is no such run, and all of them raise DiskProblem if the
    database cannot be used.
    """

    def __init__(self, url: str, home: Path) -> None:
        self.url = url
        self.home = home
        schema.make_folder(home)
        self._engine = schema.open_database(url)
        self._beats: dict[str, tuple[int, float]] = {}  # run -> its latest beat, and when this process first saw it

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()

    # ---- reading

    def run(self, run_id: str) -> Run:
        """One run, also if it is in the bin."""
        return self._as_run(self._row(run_id))

    def runs(self, *, include_deleted: bool = False) -> list[Run]:
        """All runs, the newest first."""
        question = select(schema.run).order_by(schema.run.c.number.desc())
        if not include_deleted:
            question = question.where(schema.run.c.deleted_at.is_(None))
        with self._reading() as database:
            rows = database.execute(question).all()
        return [self._as_run(row) for row in rows]

    def queue(self) -> list[str]:
        """Ids of the runs that wait for a worker, the first in the queue first."""
        waiting = (schema.run.c.fact == "queued") & schema.run.c.deleted_at.is_(None)
        with self._reading() as database:
            return list(
                database.scalars(
                    select(schema.run.c.id).where(waiting).order_by(schema.run.c.turn, schema.run.c.number)
                )
            )

    def steps(self, run_id: str, *, after: int = 0) -> Steps:
        """The curve, from the first report beyond step `after`."""
        table = schema.step.c
        question = select(table.step, *(table[name] for name in CURVES)).order_by(table.step)
        with self._reading() as database:
            rows = database.execute(question.where(table.run_id == checked_id(run_id), table.step > after)).all()
        columns = list(zip(*rows, strict=True)) or [()] * (1 + len(CURVES))
        return Steps(
            np.array(columns[0], dtype=np.int64), *(np.array(column, dtype=np.float64) for column in columns[1:])
        )

    def epochs(self, run_id: str) -> list[EpochRow]:
        """The results of the epochs done so far."""
        table = schema.epoch.c
        question = select(*(table[name] for name in EPOCH_NUMBERS)).order_by(table.epoch)
        with self._reading() as database:
            return [EpochRow(*row) for row in database.execute(question.where(table.run_id == checked_id(run_id)))]

    def confusion(self, run_id: str, epoch: int) -> np.ndarray | None:
        """The confusion matrix of the validation split after an epoch, as in `EpochReport`; None if it was not trained."""
        table = schema.epoch.c
        question = select(table.confusion).where(table.run_id == checked_id(run_id), table.epoch == epoch)
        with self._reading() as database:
            found = database.scalar(question)
        return None if found is None else np.array(json.loads(found))

    def events(self, run_id: str) -> list[Event]:
        """What happened to the run, in order."""
        table = schema.happening.c
        question = select(table.at, table.kind, table.text).order_by(table.number)
        with self._reading() as database:
            return [Event(*row) for row in database.execute(question.where(table.run_id == checked_id(run_id)))]

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """The checkpoints there are, oldest first; that at the end of an epoch comes after one just before it."""
        table = schema.checkpoint.c
        question = select(table.file, table.kind, table.step, table.epoch, table.sha256, table.bytes)
        folder = self._checkpoint_folder(run_id)
        with self._reading() as database:
            rows = database.execute(
                question.where(table.run_id == checked_id(run_id)).order_by(table.step, table.epoch)
            ).all()
        return [Checkpoint(folder / file, *rest) for file, *rest in rows]

    def checkpoint(self, run_id: str, which: Literal["best", "last"] | int = "best") -> Checkpoint:
        """One checkpoint: of an epoch by its number, the newest, or that of the best epoch.

        Before the first epoch has ended, "best" is the newest too.

        Raises:
            NotFound: there is none.
        """
        found = self.checkpoints(run_id)
        number = self.run(run_id).best_epoch if which == "best" else which
        chosen = [one for one in found if one.kind == "epoch" and one.epoch == number]
        if not chosen and isinstance(which, str):
            chosen = found
        if not chosen:
            raise NotFound(f"Run {run_id} has no such checkpoint ({which}).", "Train the run, or choose another epoch.")
        return chosen[-1]

    def test_looks(self, run_id: str) -> list[Look]:
        """Every look at the test split with this run."""
        table = schema.test_look.c
        question = select(table.at, table.accuracy, table.correct, table.n).order_by(table.number)
        with self._reading() as database:
            return [Look(*row) for row in database.execute(question.where(table.run_id == checked_id(run_id)))]

    def model_looks(self, model: str) -> list[Look]:
        """Every look at the test split with a model whose run is not here, by the name its card gives that run."""
        table = schema.model_look.c
        question = select(table.at, table.accuracy, table.correct, table.n).order_by(table.number)
        with self._reading() as database:
            return [Look(*row) for row in database.execute(question.where(table.model == model))]

    def folder(self, run_id: str) -> Path:
        """The folder of the run's files: lock, log and checkpoints. Deleted runs have theirs in the bin."""
        in_bin = self._bin(run_id)
        return in_bin if in_bin.exists() else self._home_of(run_id)

    # ---- what people do

    def create(self, config: TrainConfig, *, name: str = "", tags: Iterable[str] = (), queued: bool = True) -> Run:
        """Record a new run and put it at the end of the queue.

        Args:
            config: its settings.
            name: a label of at most 80 characters.
            tags: at most 10 short words.
            queued: False leaves it stopped until someone resumes it.

        Raises:
            BadInput: name or tags are too long.
            DiskProblem: there is no room for it.
        """
        name, words = label.name(name), label.tags(tags)
        run_id = self._new_folder()
        with self._writing() as database:
            database.execute(
                insert(schema.run).values(
                    id=run_id,
                    name=name,
                    tags=json.dumps(words),
                    config=config.model_dump_json(),
                    fact="queued" if queued else "stopped",
                    turn=_next_turn(),
                    created_at=_now(),
                )
            )
            _note(database, run_id, "created", f"Created with recipe {config.recipe}.")
        return self.run(run_id)

    def rename(self, run_id: str, name: str) -> None:
        """Give the run another name.

        Raises:
            BadInput: it is longer than 80 characters.
        """
        self._change(run_id, name=label.name(name))

    def tag(self, run_id: str, tags: Iterable[str]) -> None:
        """Replace the run's tags.

        Raises:
            BadInput: there are more than 10, or one is longer than 30 characters.
        """
        self._change(run_id, tags=json.dumps(label.tags(tags)))

    def annotate(self, run_id: str, note: str) -> None:
        """Replace the run's note.

        Raises:
            BadInput: it is longer than 4,000 characters.
        """
        self._change(run_id, note=label.note(note))

    def request_stop(self, run_id: str) -> None:
        """Ask the worker to save the model so far and stop; a run that still waits leaves the queue at once.

        Asking twice, or when the run has ended already, changes nothing.
        """
        self._row(run_id)
        table = schema.run
        with self._writing() as database:
            asked = database.execute(
                update(table)
                .where(table.c.id == run_id, table.c.fact == "started", ~table.c.stop_requested)
                .values(stop_requested=True)
            )
            taken = database.execute(
                update(table)
                .where(table.c.id == run_id, table.c.fact == "queued")
                .values(fact="stopped", ended_at=_now())
            )
            if taken.rowcount:
                _note(database, run_id, "stopped", "Taken out of the queue.")
            elif asked.rowcount:
                _note(database, run_id, "stop", "Asked to stop.")

    def resume(self, run_id: str) -> None:
        """Put a crashed, stopped or failed run at the end of the queue; one that waits there already keeps its place.

        Raises:
            Busy: it is running.
            BadInput: it has finished, would diverge again, is damaged or lies in the bin.
        """
        with self.locked(run_id):
            self.enqueue(run_id)

    def delete(self, run_id: str) -> None:
        """Move the run to the bin, with its files.

        Raises:
            Busy: it is running.
        """
        with self.locked(run_id):
            with self._writing() as database:
                table = schema.run
                here = (table.c.id == run_id) & table.c.deleted_at.is_(None)
                database.execute(update(table).where(here, table.c.fact == "queued").values(fact="stopped"))
                if database.execute(update(table).where(here).values(deleted_at=_now())).rowcount:
                    _note(database, run_id, "deleted", "Moved to the bin.")
            _move(self._home_of(run_id), self._bin(run_id))

    def restore(self, run_id: str) -> None:
        """Take the run out of the bin; nothing happens if it is not there."""
        self._row(run_id)
        _move(self._bin(run_id), self._home_of(run_id))
        with self._writing() as database:
            table = schema.run
            gone = (table.c.id == run_id) & table.c.deleted_at.is_not(None)
            if database.execute(update(table).where(gone).values(deleted_at=None)).rowcount:
                _note(database, run_id, "restored", "Taken out of the bin.")

    def empty_bin(self) -> int:
        """Remove the runs in the bin for good, with their files, and say how many there were."""
        with self._reading() as database:
            gone = list(database.scalars(select(schema.run.c.id).where(schema.run.c.deleted_at.is_not(None))))
        for run_id in gone:
            # Files first: what is interrupted here is still listed in the bin and is removed the next time.
            shutil.rmtree(self._bin(run_id), ignore_errors=True)
            with self._writing() as database:
                for part in schema.PARTS:
                    database.execute(delete(part).where(part.c.run_id == run_id))
                database.execute(delete(schema.run).where(schema.run.c.id == run_id))
        return len(gone)

    def record_test_look(self, run_id: str, accuracy: float, correct: int, n: int) -> None:
        """Count a look at the test split.

        Args:
            run_id: the run whose model was tested.
            accuracy: share of the test split that was read right, in [0, 1].
            correct: how many of them.
            n: pictures in the test split.
        """
        self._row(run_id)
        table = schema.run
        with self._writing() as database:
            database.execute(
                insert(schema.test_look).values(run_id=run_id, at=_now(), accuracy=accuracy, correct=correct, n=n)
            )
            looks = table.c.test_looks + 1
            database.execute(update(table).where(table.c.id == run_id).values(test_looks=looks, test_accuracy=accuracy))

    def record_model_look(self, model: str, accuracy: float, correct: int, n: int) -> None:
        """Count a look at the test split with a model whose run is not here; the arguments are as for a run's."""
        values = {"model": model, "at": _now(), "accuracy": accuracy, "correct": correct, "n": n}
        with self._writing() as database:
            database.execute(insert(schema.model_look).values(values))

    # ---- what a worker does, while it holds the run's lock

    @contextmanager
    def locked(self, run_id: str) -> Iterator[FileLock]:
        """Hold the run's lock: whoever does is the only one who may train, move or requeue it.

        Raises:
            Busy: someone else holds it.
        """
        with self.lock(run_id) as lock:
            if not lock.take():
                raise Busy(f"Run {run_id} is being trained.", "Stop it first, or wait until it has ended.")
            yield lock

    def lock(self, run_id: str) -> FileLock:
        """The run's lock, not taken yet. The folder is made again if someone has removed it."""
        self._row(run_id)
        folder = self.folder(run_id)
        schema.make_folder(folder)
        return FileLock(folder / "lock")

    def enqueue(self, run_id: str) -> None:
        """As `resume`, for a caller that holds the run's lock."""
        row = self._row(run_id)
        if row.deleted_at is not None:
            raise BadInput(f"Run {run_id} lies in the bin.", "Restore it first.")
        if row.fact in ("finished", "diverged"):
            fix = {
                "finished": "Start a new run to train longer.",
                "diverged": "It would diverge again at the same step; start a new run with a lower learning rate.",
            }
            raise BadInput(f"Run {run_id} has {row.fact}.", fix[row.fact])
        if isinstance(problem := _config(row.config), str):
            raise BadInput(f"Run {run_id} cannot be resumed.", problem)
        if row.fact == "queued":
            return
        with self._writing() as database:
            database.execute(
                update(schema.run)
                .where(schema.run.c.id == run_id)
                .values(
                    fact="queued", reason="", turn=_next_turn(), stop_requested=False, ended_at=None, seconds_left=None
                )
            )
            _note(database, run_id, "queued", "Put in the queue to go on.")

    def start(self, run_id: str) -> bool:
        """Record that a worker begins: False if the run is neither waiting nor crashed, or lies in the bin."""
        table = schema.run
        allowed = table.c.fact.in_(("queued", "started")) & table.c.deleted_at.is_(None)
        begin = func.coalesce(table.c.started_at, literal(_now(), schema.UtcTime()))
        with self._writing() as database:
            begun = database.execute(
                update(table)
                .where(table.c.id == run_id, allowed)
                .values(
                    fact="started",
                    started_at=begin,
                    beat=table.c.beat + 1,
                    stop_requested=False,
                    reason="",
                    ended_at=None,
                )
            )
            if begun.rowcount:
                _note(database, run_id, "started", f"Taken by worker {os.getpid()}.")
            return bool(begun.rowcount)

    def describe(
        self, run_id: str, *, device: str, threads: int, machine: str, split_hash: str, total_steps: int
    ) -> None:
        """Record with what the run is trained, so that it can go on with the same."""
        self._change(
            run_id, device=device, threads=threads, machine=machine, split_hash=split_hash, total_steps=total_steps
        )

    def record(
        self,
        run_id: str,
        *,
        steps: Sequence[StepReport] = (),
        epochs: Sequence[EpochReport] = (),
        seconds: float,
        preview: Sequence[Guess] | None = None,
    ) -> bool:
        """Write what a training has reported since the last call, with a sign of life, in one transaction.

        Args:
            run_id: a run that the caller trains.
            steps: new points of the curve.
            epochs: epochs that have ended.
            seconds: trained so far, over all parts of the run.
            preview: latest answers for the twelve validation pictures, if there are newer ones.

        Returns:
            Whether someone has asked the run to stop.
        """
        table = schema.run
        values = _progress(steps, epochs) | {"seconds": seconds, "beat": table.c.beat + 1}
        if preview is not None:
            values["preview"] = json.dumps(preview)
        with self._writing() as database:
            if steps:
                points = [{"step": point.step} | {name: getattr(point, name) for name in CURVES} for point in steps]
                database.execute(insert(schema.step), [{"run_id": run_id, **point} for point in points])
            for report in epochs:
                numbers = {name: getattr(report, name) for name in EPOCH_NUMBERS}
                confusion = json.dumps(np.asarray(report.confusion).tolist())
                database.execute(insert(schema.epoch).values(run_id=run_id, confusion=confusion, **numbers))
            database.execute(update(table).where(table.c.id == run_id).values(values))
            return bool(database.scalar(select(table.c.stop_requested).where(table.c.id == run_id)))

    def add_checkpoint(self, run_id: str, saved: Checkpoint) -> None:
        """Register a checkpoint whose file is written."""
        values = {name: getattr(saved, name) for name in ("kind", "step", "epoch", "sha256", "bytes")}
        with self._writing() as database:
            database.execute(insert(schema.checkpoint).values(run_id=run_id, file=saved.path.name, **values))

    def drop_checkpoints(self, run_id: str, dropped: Iterable[Checkpoint]) -> None:
        """Forget checkpoints; the caller removes their files afterwards."""
        table = schema.checkpoint
        files = [one.path.name for one in dropped]
        with self._writing() as database:
            database.execute(delete(table).where(table.c.run_id == run_id, table.c.file.in_(files)))

    def rewind(self, run_id: str, *, step: int, epoch: int) -> None:
        """Forget all that was reported beyond a checkpoint, in one transaction, so that nothing is ever recorded twice.

        Args:
            run_id: a run that the caller trains.
            step: optimiser steps done at the checkpoint; 0 for the beginning.
            epoch: epochs done there.
        """
        epochs = schema.epoch
        with self._writing() as database:
            database.execute(delete(schema.step).where(schema.step.c.run_id == run_id, schema.step.c.step > step))
            database.execute(delete(epochs).where(epochs.c.run_id == run_id, epochs.c.epoch > epoch))
            done = epochs.c.run_id == run_id
            last = database.scalar(select(epochs.c.val_accuracy).where(done, epochs.c.epoch == epoch))
            best = database.execute(
                select(epochs.c.epoch, epochs.c.val_accuracy)
                .where(done, epochs.c.is_best)
                .order_by(epochs.c.epoch.desc())
                .limit(1)
            ).first() or (None, None)
            database.execute(
                update(schema.run)
                .where(schema.run.c.id == run_id)
                .values(step=step, epoch=epoch, val_accuracy=last, best_epoch=best[0], best_val_accuracy=best[1])
            )

    def end(self, run_id: str, fact: Fact, reason: str = "", *, kind: str | None = None) -> None:
        """Record how a run ended, as an event of `kind` too (default: the fact's own name)."""
        with self._writing() as database:
            database.execute(
                update(schema.run)
                .where(schema.run.c.id == run_id)
                .values(fact=fact, reason=reason, ended_at=_now(), seconds_left=None, stop_requested=False)
            )
            _note(database, run_id, kind or fact, reason or f"The run has {fact}.")

    def note_event(self, run_id: str, kind: str, text: str) -> None:
        """Record that something happened to the run."""
        with self._writing() as database:
            _note(database, run_id, kind, text)

    # ---- inside

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with schema.plain_errors(self._engine), self._engine.connect() as database:
            yield database

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with schema.plain_errors(self._engine), self._engine.begin() as database:
            yield database

    def _row(self, run_id: str) -> Row[Any]:
        try:
            with self._reading() as database:
                return database.execute(select(schema.run).where(schema.run.c.id == checked_id(run_id))).one()
        except NoResultFound:
            raise no_such_run(run_id) from None

    def _change(self, run_id: str, **values: object) -> None:
        with self._writing() as database:
            changed = database.execute(update(schema.run).where(schema.run.c.id == checked_id(run_id)).values(values))
        if not changed.rowcount:
            raise no_such_run(run_id)

    def _home_of(self, run_id: str) -> Path:
        return self.home / "runs" / checked_id(run_id)

    def _bin(self, run_id: str) -> Path:
        return self.home / "bin" / checked_id(run_id)

    def _checkpoint_folder(self, run_id: str) -> Path:
        return self.folder(run_id) / "checkpoints"

    def _new_folder(self) -> str:
        """Make the folder of a new run, and with it its id: the time in UTC, and six random hexadecimal digits."""
        run_id = f"{_now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        schema.make_folder(self._home_of(run_id))
        return run_id

    def _as_run(self, row: Row[Any]) -> Run:
        # What nobody trains cannot change without its row, so a long list is put together only once.
        return _run(row, *self._state(row)) if row.fact == "started" else _settled(row)

    def _state(self, row: Row[Any]) -> tuple[State, float | None]:
        """What can be said of a run that was started, and for how long its worker has been silent (None without a worker)."""
        if holder(self._home_of(row.id) / "lock") is None:
            # Between reading the row and asking for the lock, the worker may have ended as it should.
            fact = self._fact(row.id)
            return ("crashed" if fact == "started" else fact), None
        now = time.monotonic()
        beat, first_seen = self._beats.get(row.id, (None, now))
        if beat != row.beat:
            first_seen = now
            self._beats[row.id] = (row.beat, now)
        silent = now - first_seen
        return ("stalled" if silent >= STALLED_SECONDS else "running"), silent

    def _fact(self, run_id: str) -> Fact:
        fact: Fact = self._row(run_id).fact
        return fact


def _progress(steps: Sequence[StepReport], epochs: Sequence[EpochReport]) -> dict[str, Any]:
    """The columns of the run that new reports change."""
    values: dict[str, Any] = {}
    if steps:
        latest = steps[-1]
        values |= {name: getattr(latest, name) for name in ("step", "epoch", "images_per_second", "seconds_left")}
    for report in epochs:
        values |= {"val_accuracy": report.val_accuracy}
        if report.is_best:
            values |= {"best_epoch": report.epoch, "best_val_accuracy": report.val_accuracy}
    return values


def _note(database: Connection, run_id: str, kind: str, text: str) -> None:
    database.execute(insert(schema.happening).values(run_id=run_id, at=_now(), kind=kind, text=text))


def _next_turn() -> Any:
    return select(func.coalesce(func.max(schema.run.c.turn), 0) + 1).scalar_subquery()


def _now() -> datetime:
    return datetime.now(UTC)


# More than a long list has, or reading it once would throw out each one just before it is needed again.
@lru_cache(maxsize=16_384)
def _settled(row: Row[Any]) -> Run:
    return _run(row, row.fact, None)


def _run(row: Row[Any], state: State, beat_age: float | None) -> Run:
    config = _config(row.config)
    if isinstance(config, str):
        state = "damaged"
    return Run(
        id=row.id,
        name=row.name,
        tags=tuple(_json(row.tags)),
        note=row.note,
        saved_config=None if isinstance(config, str) else config,
        state=state,
        reason=config if isinstance(config, str) else row.reason,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        deleted_at=row.deleted_at,
        seconds=row.seconds,
        device=row.device,
        threads=row.threads,
        machine=row.machine,
        split_hash=row.split_hash,
        epoch=row.epoch,
        step=row.step,
        total_steps=row.total_steps,
        images_per_second=row.images_per_second,
        seconds_left=row.seconds_left,
        best_epoch=row.best_epoch,
        best_val_accuracy=row.best_val_accuracy,
        val_accuracy=row.val_accuracy,
        test_looks=row.test_looks,
        test_accuracy=row.test_accuracy,
        beat_age=beat_age,
        preview=tuple(Guess(*guess) for guess in _json(row.preview)),
    )


@lru_cache(maxsize=4096)
def _config(text: str) -> TrainConfig | str:
    """The settings in a row, or a sentence on why they cannot be read."""
    try:
        return TrainConfig.model_validate_json(text)
    except ValidationError:
        pass  # once more, for the sentence
    try:
        values = json.loads(text)
        if not isinstance(values, Mapping):
            raise BadConfig("They are not a list of settings.")
        return TrainConfig.parse(values)
    except (BadConfig, ValueError, RecursionError) as error:
        return f"The saved settings cannot be read by this version of the lab: {error}"


def _json(text: str) -> list[Any]:
    if text == "[]":  # most are, and a long list has many
        return []
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return values if isinstance(values, list) else []


def _move(source: Path, target: Path) -> None:
    if not source.exists():
        return
    schema.make_folder(target.parent)
    try:
        source.rename(target)
    except OSError as error:
        raise DiskProblem(f"{source} cannot be moved to {target.parent}: {error.strerror or error}.") from error
