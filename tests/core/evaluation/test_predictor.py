"""A model at work: the same answer for a picture whoever stands beside it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_core.data import load
from mnist_core.evaluation.predictor import Predictor
from mnist_core.export import load_model
from mnist_core.models.inference import probabilities
from mnist_core.runs.shipped import FILE
from tests.models import trusted, untrained


@pytest.fixture(scope="module", params=["mlp-128-64", "cnn-32-64"])
def predictor(request: pytest.FixtureRequest) -> Predictor:
    """An untrained network, which is unsure of everything, with what it needs to be asked."""
    return trusted(untrained(request.param))


@pytest.mark.parametrize("n", [1, 15, 16, 17, 33])
def test_a_batch_answers_as_one_by_one_does(predictor: Predictor, n: int) -> None:
    images = load("sample").test.images[:n]
    together = predictor.answer(images)
    alone = [answer for image in images for answer in predictor.answer(image[None])]
    for one, other in zip(together, alone, strict=True):
        assert (one.label, one.set, one.is_digit) == (other.label, other.set, other.is_digit)
        assert list(one.probabilities.values()) == pytest.approx(list(other.probabilities.values()), abs=1e-5)


def test_a_scribble_is_not_answered_as_a_digit(predictor: Predictor) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    assert predictor.answer(noise)[0].is_digit is False


def test_a_network_with_batch_normalisation_is_read_in_fewer_steps_and_exported_as_it_learned() -> None:
    shipped = Predictor.from_file(FILE)
    network, card = load_model(FILE)
    images = load("sample").test.images[:100]
    torch.testing.assert_close(shipped.network.state_dict(), network.state_dict(), rtol=0, atol=0)
    plain = probabilities(torch.nn.Sequential(*network), images, card.scale, card.temperature)
    assert shipped.probabilities(images) == pytest.approx(plain, abs=1e-5)
