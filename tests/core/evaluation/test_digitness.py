"""What is no digit is told from what is one: scribbles and letters that the detector has never seen, and blank paper."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from sklearn.metrics import roc_auc_score

from mnist_core.data import best_available, load
from mnist_core.errors import BlankImage
from mnist_core.evaluation.digitness import digit_scores
from mnist_core.evaluation.trust import fit_trust
from mnist_core.images.prepare import prepare

# Without those shaped like digits; small o, s, z and i are their capitals once they are as large.
LETTERS = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in "OoIilSsZzBgq"]
EACH = 500


@pytest.fixture(scope="module")
def test_scores() -> np.ndarray:
    """The scores of real digits, of the test split of the best data that are here."""
    return digit_scores(load(best_available().name).test.images)


def scribbles(random: np.random.Generator) -> np.ndarray:
    """Lines of random corners, one to three of them, each a walk over the sheet."""
    made: list[np.ndarray] = []
    while len(made) < EACH:
        sheet = Image.new("L", (200, 200))
        pen, width = ImageDraw.Draw(sheet), int(random.integers(6, 18))
        for _ in range(random.integers(1, 4)):
            walk = (100 + random.normal(0, 35, (random.integers(6, 16), 2)).cumsum(0)).clip(10, 190)
            pen.line([tuple(point) for point in walk], fill=255, width=width, joint="curve")
        made += _digit(sheet)
    return np.stack(made)


def curls(random: np.random.Generator) -> np.ndarray:
    """Smooth closed and open curves."""
    t, made = np.linspace(0, 1, 80), list[np.ndarray]()
    while len(made) < EACH:
        sheet = Image.new("L", (200, 200))
        points = [
            100
            + sum(
                random.normal(0, 45 / k) * np.sin(2 * np.pi * (k * t * random.uniform(0.5, 1.5) + random.random()))
                for k in range(1, 5)
            )
            for _ in range(2)
        ]
        line = [tuple(point) for point in np.stack(points, 1).clip(5, 195)]
        ImageDraw.Draw(sheet).line(line, fill=255, width=int(random.integers(6, 20)), joint="curve")
        made += _digit(sheet)
    return np.stack(made)


def letters(random: np.random.Generator) -> np.ndarray:
    """Letters of Pillow's own font, of several weights, a little turned."""
    made: list[np.ndarray] = []
    while len(made) < EACH:
        sheet = Image.new("L", (160, 160))
        font = ImageFont.load_default(int(random.integers(70, 110)))
        weight = int(random.integers(0, 5))
        letter = str(random.choice(LETTERS))
        ImageDraw.Draw(sheet).text((80, 80), letter, fill=255, font=font, anchor="mm", stroke_width=weight)
        made += _digit(sheet.rotate(float(random.uniform(-12, 12))))
    return np.stack(made)


def _digit(sheet: Image.Image) -> list[np.ndarray]:
    """The sheet as a model would see it; nothing where it is refused before any model is asked."""
    try:
        return [prepare(np.asarray(sheet, np.float32) / 255).digit]
    except BlankImage:
        return []


@pytest.mark.parametrize("kind", [scribbles, curls, letters])
def test_what_is_no_digit_scores_lower_than_digits(kind, test_scores: np.ndarray) -> None:
    others = digit_scores(kind(np.random.default_rng(0)))
    truth = np.repeat([1, 0], [len(test_scores), len(others)])
    assert roc_auc_score(truth, np.concatenate([test_scores, others])) >= 0.95


def test_of_digits_it_was_not_fitted_on_a_threshold_refuses_at_most_two_in_a_hundred(test_scores: np.ndarray) -> None:
    validation = load(best_available().name).validation
    certain = np.eye(10)[validation.labels] * 10
    threshold = fit_trust(certain, validation.labels, digit_scores(validation.images)).digit_threshold
    assert threshold is not None
    assert (test_scores < threshold).mean() <= 0.02


def test_a_threshold_refuses_one_of_a_hundred_digits_and_none_of_fewer() -> None:
    logits, labels, scores = np.eye(10)[[0] * 100], np.zeros(100, int), np.arange(100.0)
    assert fit_trust(logits, labels, scores).digit_threshold == 1.0
    assert fit_trust(logits[:99], labels[:99], scores[:99]).digit_threshold == 0.0


def test_a_model_of_other_things_has_no_such_threshold() -> None:
    assert fit_trust(np.eye(10), np.arange(10)).digit_threshold is None


def test_one_picture_scores_as_it_does_among_others() -> None:
    images = load("sample").test.images[:33]
    together = digit_scores(images)
    alone = np.concatenate([digit_scores(image[None]) for image in images])
    np.testing.assert_allclose(alone, together, atol=1e-4)
