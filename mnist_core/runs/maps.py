"""Maps of a data set's pixels or of a run's last hidden layer: taken from their file, or drawn and kept."""

from __future__ import annotations

import numpy as np

from mnist_core.data.catalogue import Catalogue
from mnist_core.errors import BadInput
from mnist_core.evaluation import digit_map
from mnist_core.evaluation.digit_map import PIXELS, DigitMap, MapName, mapped_rows
from mnist_core.evaluation.embedding import Method, Tell, embed, label_agreement
from mnist_core.runs.shipped import weights_hash
from mnist_core.runs.store import Store

# As many as an MLP's layer can have; 10,000 digits are then 330 MB.
MOST_FEATURES = 8_192


def name_of(store: Store, catalogue: Catalogue, method: Method, run_id: str | None) -> MapName:
    """What a map depends on; `run_id` is None for a map of the pixels.

    Raises:
        NotFound: no such run, or it has no checkpoint.
        BadInput: the data set has no digits to map.
    """
    count = len(mapped_rows(catalogue))
    if not count:
        raise BadInput(
            f"{catalogue.digits.source.title} has no training or validation digits.", "Choose another data set."
        )
    features = PIXELS
    if run_id is not None:
        features = f"{run_id} {weights_hash(store, run_id)}"
    return MapName(catalogue.digits.split_hash, method, features, count)


def draw(
    store: Store,
    catalogue: Catalogue,
    method: Method,
    run_id: str | None = None,
    tell: Tell = lambda share, stage: None,
) -> DigitMap:
    """The map from its file, or else drawn now and kept.

    Args:
        store: where the run is.
        catalogue: the data set; `mapped_rows` says which of its digits.
        method: "pca" is a matter of a second, "tsne" of a minute.
        run_id: map what enters the last layer of this run's best model; None for pixels.
        tell: as for `embed`.

    Raises:
        NotFound, BadFile: no such run, or its model is missing or damaged.
        BadInput: too few digits, or the layer has more than 8,192 neurons.
        DiskProblem: the map could not be kept.
    """
    name = name_of(store, catalogue, method, run_id)
    kept = digit_map.read(name)
    if kept is not None:
        return kept
    rows = mapped_rows(catalogue)
    images = catalogue.images(rows)
    answers = np.empty((0, 0), np.float32)
    if run_id is None:
        features = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    else:
        tell(0.0, "the model reads the digits")
        features, answers = _activations(store, run_id, images)
    places = embed(features, method, tell)
    drawn = DigitMap(
        places,
        label_agreement(places, catalogue.label[rows]),
        answers.argmax(1) if len(answers) else np.empty(0, np.int64),
        answers.max(1) if len(answers) else np.empty(0, np.float32),
    )
    digit_map.write(name, drawn)
    tell(1.0, "")
    return drawn


def _activations(store: Store, run_id: str, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from torch import nn

    from mnist_core.models.inference import last_hidden
    from mnist_core.runs.model import predictor_of

    predictor = predictor_of(store, run_id)
    network = predictor.network
    last = network[-1]
    assert isinstance(last, nn.Linear)
    width = last.in_features
    if width > MOST_FEATURES:
        raise BadInput(
            f"The last layer of run {run_id} sees {width:,} numbers a digit; a map can be drawn of {MOST_FEATURES:,}.",
            "Choose a model with a smaller last hidden layer.",
        )
    return last_hidden(network, images, predictor.card.scale, predictor.card.temperature)
