"""The model that a run has made: its best weights with their card, and its counted looks at the test split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mnist_core.config import TrainConfig
from mnist_core.data import load, source
from mnist_core.errors import NotFound
from mnist_core.evaluation import Scores
from mnist_core.evaluation.predictor import Predictor
from mnist_core.export import ModelCard
from mnist_core.models.networks import build
from mnist_core.runs.run import Run
from mnist_core.runs.store import Store
from mnist_core.training import checkpoint

DEFAULT = "default"


@dataclass(frozen=True)
class Judged:
    """A model's result on one split, and how often that run's model has been shown the test split."""

    split: Literal["val", "test"]
    scores: Scores
    looks: int


def predictor_of(store: Store, run_id: str, which: Literal["best", "last"] | int = "best") -> Predictor:
    """The run's model at its best epoch, its newest checkpoint, or the epoch of that number.

    Raises:
        NotFound: no such run, or it has no such checkpoint.
        BadFile: the checkpoint is damaged.
    """
    run = store.run(run_id)
    saved = store.checkpoint(run_id, which)
    card = _card(store, run, saved.epoch)
    network = build(card.network, len(card.classes))
    network.load_state_dict(checkpoint.load(saved.path, saved.sha256)["network"])
    return Predictor(network.eval(), card)


def find_predictor(store: Store, name: str) -> Predictor:
    """The model that a person means by `name`: a run's id, or the path of a model file.

    Raises:
        NotFound: there is no such run or file.
        BadFile: the file is not a model, or is damaged.
    """
    if name == DEFAULT:
        raise NotFound("No default model ships with the lab yet.", "Train one and give its run's id.")
    if Path(name).suffix:
        return Predictor.from_file(Path(name))
    return predictor_of(store, name)


def judge(store: Store, predictor: Predictor, data: str, split: Literal["val", "test"]) -> Judged:
    """Judge a model on the validation or the test split of a data set; a look at the test split is counted.

    The splits are those the model was trained with, if it was trained on this data set, so that no picture it learned
    from is among those it is judged on.

    Raises:
        NotFound: the data set is not here.
    """
    config = _config_of(store, predictor.card)
    share = config.validation_share if config and config.data == data else None
    digits = load(data, validation_share=share)
    pictures = digits.test if split == "test" else digits.validation
    scores = predictor.score(pictures.images, pictures.labels)
    if config is None:
        return Judged(split, scores, looks=0)
    if split == "test":
        store.record_test_look(predictor.card.run, scores.accuracy, scores.correct, scores.n)
    return Judged(split, scores, looks=store.run(predictor.card.run).test_looks)


def look_at_test(store: Store, run_id: str) -> Judged:
    """Judge a run's best model on the test split of its own data set, and count the look."""
    predictor = predictor_of(store, run_id)
    return judge(store, predictor, predictor.card.data, "test")


def _config_of(store: Store, card: ModelCard) -> TrainConfig | None:
    try:
        return store.run(card.run).config
    except NotFound:
        # A model file from another machine: its run is not in this store.
        return None


def _card(store: Store, run: Run, epoch: int) -> ModelCard:
    config = run.config
    chosen = source(config.data)
    standard = config.input == "standard"
    result = next((row for row in store.epochs(run.id) if row.epoch == epoch), None)
    return ModelCard(
        network=config.network,
        input_mean=chosen.mean if standard else 0.0,
        input_std=chosen.std if standard else 1.0,
        classes=chosen.classes,
        data=config.data,
        recipe=config.recipe,
        seed=config.seed,
        split_hash=run.split_hash,
        run=run.id,
        epoch=epoch,
        val_accuracy=result.val_accuracy if result else None,
        val_count=int(result.confusion.sum()) if result else None,
    )
