"""The model that a run has made: its best weights with their card, how it is judged, and its counted looks at the test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ValidationError

from mnist_core.config import TrainConfig
from mnist_core.data import Digits, Split, is_present, load, source
from mnist_core.errors import BadConfig, BadFile, NotFound
from mnist_core.evaluation import Scores, score
from mnist_core.evaluation.predictor import Predictor
from mnist_core.evaluation.trust import fit_trust
from mnist_core.export import ModelCard
from mnist_core.files import write_atomically
from mnist_core.models.networks import build
from mnist_core.models.trust import Trust
from mnist_core.runs.run import Checkpoint, Run
from mnist_core.runs.shipped import DEFAULT, FILE, looks_of
from mnist_core.runs.store import Store
from mnist_core.training import checkpoint

# The test file of QMNIST begins with MNIST's; the 50,000 digits after those had been lost until 2019, so that nobody has
# tuned a network on them.
FRESH_DATA = "qmnist"
FRESH = slice(10_000, None)


@dataclass(frozen=True, eq=False)
class Judged:
    """A model's result on one split.

    Attributes:
        split: which one.
        pictures: of that split.
        logits: (n, classes) the model's scores of them.
        scores: accuracy, loss and confusion.
        refused: how many of the pictures the model would not take for digits; None if it cannot tell.
        trust: fitted on the validation split of the data the model learned from; None if that is not here.
        looks: how often that run's model has been shown the test split.
        fresh: of a look at MNIST's test split, the result on the 50,000 further test digits of QMNIST; None without them.
    """

    split: Literal["val", "test"]
    pictures: Split
    logits: np.ndarray
    scores: Scores
    refused: int | None
    trust: Trust | None
    looks: int
    fresh: Scores | None = None


def predictor_of(store: Store, run_id: str, which: Literal["best", "last"] | int = "best") -> Predictor:
    """The run's model at its best epoch, its newest checkpoint, or the epoch of that number; "default" is the shipped one.

    Raises:
        NotFound: no such run, or it has no such checkpoint.
        BadFile: the checkpoint is damaged.
    """
    if run_id == DEFAULT:
        return Predictor.from_file(FILE)
    run = store.run(run_id)
    saved = store.checkpoint(run_id, which)
    card = _card(store, run, saved)
    network = build(card.network, len(card.classes))
    network.load_state_dict(checkpoint.load(saved.path, saved.sha256)["network"])
    return Predictor(network.eval(), card)


def trusted_predictor_of(store: Store, run_id: str, digits: Digits | None = None) -> Predictor:
    """The run's best model with its trust, which is fitted now and kept in the run's folder if it was not before.

    Args:
        store: where the run is.
        run_id: its id.
        digits: the run's data, if they are in memory already.

    Raises:
        NotFound, BadFile: as `predictor_of`; also if the trust is to be fitted and the data are not here.
        BadConfig: the data are no longer those the run was trained with.
    """
    predictor = predictor_of(store, run_id)
    if predictor.card.trust:
        return predictor
    run = store.run(run_id)
    if digits is None:
        config = run.config
        digits = load(
            config.data,
            train_size=config.train_size,
            validation_share=config.validation_share,
            own_repeat=config.own_repeat,
        )
    if digits.split_hash != run.split_hash:
        raise BadConfig(f"The pictures of {run.config.data!r} are no longer those that run {run_id} was trained with.")
    images, labels = digits.validation.images, digits.validation.labels
    trust = fit_trust(predictor.logits(images), labels, predictor.digit_scores(images))
    write_atomically(_trust_file(store.checkpoint(run_id)), trust.model_dump_json().encode())
    return Predictor(predictor.network, predictor.card.model_copy(update={"trust": trust}))


def find_predictor(store: Store, name: str) -> Predictor:
    """The model that a person means by `name`: "default" for the shipped one, a run's id, or the path of a model file.

    Raises:
        NotFound: there is no such run or file.
        BadFile: the file is not a model, or is damaged.
    """
    if Path(name).suffix:
        return Predictor.from_file(Path(name))
    predictor = predictor_of(store, name)
    try:
        return trusted_predictor_of(store, name)
    except (NotFound, BadConfig, BadFile):
        # Without the data it was trained with, nobody can say how far it can be trusted; it can still be asked.
        return predictor


def judge(
    store: Store, predictor: Predictor, data: str, split: Literal["val", "test"], digits: Digits | None = None
) -> Judged:
    """Judge a model on the validation or the test split of a data set; a look at the test split is counted.

    The splits are those the model was trained with, if it was trained on this data set, so that no picture it learned
    from is among those it is judged on.

    Args:
        store: where the model's run is.
        predictor: the model.
        data: name of the data set.
        split: which pictures.
        digits: that data set with those splits, if it is in memory already.

    Raises:
        NotFound: the data set is not here, or the split is empty.
    """
    config = _config_of(store, predictor.card)
    if digits is None:
        share = config.validation_share if config and config.data == data else None
        digits = load(data, validation_share=share)
    pictures = digits.test if split == "test" else digits.validation
    if not len(pictures):
        raise NotFound(f"{digits.source.title}: no picture is kept for the {split} split.", "Add more of them.")
    logits = predictor.logits(pictures.images)
    scores = score(logits, pictures.labels)
    if split == "test":
        record = store.record_test_look if config is not None else store.record_model_look
        record(predictor.card.run, scores.accuracy, scores.correct, scores.n)
    looks = len(looks_of(store, predictor.card.run))
    are_digits = predictor.are_digits(pictures.images)
    refused = None if are_digits is None else int((~are_digits).sum())
    fresh = _fresh(predictor) if split == "test" and data == "mnist" and is_present(FRESH_DATA) else None
    return Judged(split, pictures, logits, scores, refused, predictor.card.trust, looks, fresh)


def look_at_test(store: Store, run_id: str, digits: Digits | None = None) -> Judged:
    """Judge a run's best model on the test split of its own data set, and count the look; `digits` as for `judge`."""
    predictor = find_predictor(store, run_id)
    return judge(store, predictor, predictor.card.data, "test", digits)


def _fresh(predictor: Predictor) -> Scores:
    pictures = load(FRESH_DATA).test
    return score(predictor.logits(pictures.images[FRESH]), pictures.labels[FRESH])


def _config_of(store: Store, card: ModelCard) -> TrainConfig | None:
    try:
        return store.run(card.run).config
    except NotFound:
        # A model file from another machine: its run is not in this store.
        return None


def _trust_file(saved: Checkpoint) -> Path:
    # Named by the weights' own hash, so that no other weights are ever taken for these.
    return saved.path.parents[1] / "trust" / f"{saved.sha256}.json"


def _trust(saved: Checkpoint) -> Trust | None:
    """The trust of a checkpoint's model; None if it was not fitted, or if its file is damaged and it has to be again."""
    try:
        return Trust.model_validate_json(_trust_file(saved).read_bytes())
    except (OSError, ValidationError):
        return None


def _card(store: Store, run: Run, saved: Checkpoint) -> ModelCard:
    config = run.config
    chosen = source(config.data)
    standard = config.input == "standard"
    result = next((row for row in store.epochs(run.id) if row.epoch == saved.epoch), None)
    matrix = store.confusion(run.id, saved.epoch)
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
        epoch=saved.epoch,
        val_accuracy=result.val_accuracy if result else None,
        val_count=None if matrix is None else int(matrix.sum()),
        trust=_trust(saved),
    )
