"""The model that comes with the lab, by the name "default": asked, judged and gone on from like a run's."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from mnist_core.errors import NotFound
from mnist_core.export import read_card
from mnist_core.files import sha256_of
from mnist_core.models import recipe
from mnist_core.runs.run import Look, Run
from mnist_core.runs.store import Store

DEFAULT = "default"
NAME = "comes with the lab"
# As its card says; the looks at the test split that this took were taken where it was made.
TEST_ACCURACY = 0.9963
FILE = Path(__file__).parents[1] / "models" / "default" / "default.safetensors"


def run_named(store: Store, name: str) -> Run:
    """The run of that id; for "default" the shipped model as if it were one.

    Raises:
        NotFound: there is no such run.
    """
    return shipped() if name == DEFAULT else store.run(name)


def weights_hash(store: Store, name: str) -> str:
    """SHA-256, 64 hexadecimal digits, of the file with the best weights of that run or of the shipped model.

    Raises:
        NotFound: no such run, or it has no checkpoint.
    """
    return _shipped_hash() if name == DEFAULT else store.checkpoint(name).sha256


@lru_cache(maxsize=1)
def shipped() -> Run:
    """The shipped model as the finished run that made it, with its recipe's settings; no store has it. Loads no torch."""
    card = read_card(FILE)
    made = datetime.strptime(card.run[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    config = recipe(card.recipe).config.changed({"data": card.data, "seed": card.seed})
    return Run(
        id=DEFAULT,
        name=NAME,
        tags=(),
        note="",
        saved_config=config,
        state="finished",
        reason="",
        created_at=made,
        started_at=made,
        ended_at=made,
        deleted_at=None,
        seconds=0.0,
        device="",
        threads=None,
        machine="",
        split_hash=card.split_hash,
        epoch=card.epoch,
        step=0,
        total_steps=0,
        images_per_second=None,
        seconds_left=None,
        best_epoch=card.epoch,
        best_val_accuracy=card.val_accuracy,
        val_accuracy=card.val_accuracy,
        test_looks=0,
        test_accuracy=None,
        beat_age=None,
        preview=(),
    )


def looks_of(store: Store, run_id: str) -> list[Look]:
    """Every look that was taken at the test split with a run's model, with the shipped one, or with a model file's."""
    name = read_card(FILE).run if run_id == DEFAULT else run_id
    try:
        return store.test_looks(store.run(name).id)
    except NotFound:
        return store.model_looks(name)


@lru_cache(maxsize=1)
def _shipped_hash() -> str:
    return sha256_of(FILE)
