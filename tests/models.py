"""Models for tests that need one to ask, not one that is right."""

from __future__ import annotations

import torch

from mnist_core.data import load, source
from mnist_core.evaluation.predictor import Predictor
from mnist_core.evaluation.trust import fit_trust
from mnist_core.export import ModelCard
from mnist_core.models import recipe
from mnist_core.models.networks import build


def untrained(recipe_name: str, data: str = "sample") -> Predictor:
    """A network as it is before its first step, always the same, with the card of one that learned from `data`."""
    torch.manual_seed(0)
    chosen = source(data)
    card = ModelCard(
        network=recipe(recipe_name).config.network,
        input_mean=chosen.mean,
        input_std=chosen.std,
        classes=chosen.classes,
        data=data,
        recipe=recipe_name,
    )
    return Predictor(build(card.network, len(card.classes)).eval(), card)


def trusted(predictor: Predictor) -> Predictor:
    """The same network with its trust, fitted on the validation digits of the sample."""
    validation = load("sample").validation
    trust = fit_trust(predictor.logits(validation.images), validation.labels, predictor.digit_scores(validation.images))
    return Predictor(predictor.network, predictor.card.model_copy(update={"trust": trust}))
