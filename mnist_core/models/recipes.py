"""The published recipes, exactly, as named configs to start from."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_core.config import CNN, MLP, Augmentation, TrainConfig
from mnist_core.errors import NotFound


@dataclass(frozen=True)
class Recipe:
    """A config with a name, what it is good for, and what its authors report for it."""

    name: str
    title: str
    summary: str
    claim: str
    config: TrainConfig


def _recipe(name: str, title: str, summary: str, claim: str, **settings: object) -> Recipe:
    return Recipe(name, title, summary, claim, TrainConfig.parse({"recipe": name, **settings}))


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _recipe(
            "mlp-128-64",
            "Small MLP (128, 64)",
            "Two small layers of neurons. Learns in seconds and shows everything a first lesson needs.",
            "96.93 % on the test split, and about 97 % by another author",
            network=MLP(hidden=(128, 64)),
        ),
        _recipe(
            "mlp-512",
            "Wide MLP (512, 512)",
            "Two wide layers on plain pixels in [0, 1]. Six times the parameters of the small one, a little more accurate.",
            "no single figure published; a course's bar for any network is 90 %",
            network=MLP(hidden=(512, 512)),
            input="unit",
        ),
        _recipe(
            "cnn-32-64",
            "Convolutional (32, 64)",
            "Filters that look for strokes wherever they are. Slower for each picture, and clearly more accurate.",
            "no single figure published; a course's bar for any network is 90 %",
            network=CNN(channels=(32, 64), hidden=(64,)),
        ),
        _recipe(
            "quick-cnn",
            "Quick convolutional (16, 32)",
            "99 % of MNIST's test digits in five to ten seconds: half the filters of the published one, larger batches, and "
            "a learning rate that goes up and down once.",
            "",
            network=CNN(channels=(16, 32), hidden=(64,)),
            optimizer="adamw",
            learning_rate=4e-3,
            weight_decay=0.01,
            schedule="one-cycle",
            batch_size=128,
            epochs=4,
            label_smoothing=0.05,
        ),
        _recipe(
            "best-cnn",
            "Deep convolutional (32, 64, 128)",
            "Made for accuracy, not for speed: 99.75 % of MNIST's test digits. Six convolutions with batch normalisation, "
            "and forty epochs of digits that are shifted, turned and scaled. Takes half an hour to an hour.",
            "",
            network=CNN(channels=(32, 64, 128), depth=2, hidden=(), padding="same", head="global max", batch_norm=True),
            optimizer="sgd",
            nesterov=True,
            learning_rate=0.1,
            weight_decay=5e-4,
            schedule="one-cycle",
            batch_size=128,
            epochs=40,
            label_smoothing=0.1,
            augmentation=Augmentation(shift=2, rotation=12, scale=0.12),
        ),
        _recipe(
            "cnn-pens",
            "Convolutional, for pens (24, 48, 96)",
            "Learns MNIST's digits with every pen, slant and hand it can be given, for drawings and photos. The model that "
            "comes with the lab.",
            "",
            network=CNN(channels=(24, 48, 96), depth=2, hidden=(), padding="same", head="global max", batch_norm=True),
            optimizer="sgd",
            nesterov=True,
            learning_rate=0.1,
            weight_decay=5e-4,
            schedule="one-cycle",
            batch_size=128,
            epochs=24,
            label_smoothing=0.05,
            augmentation=Augmentation(shift=1, rotation=10, scale=0.15, elastic=0.5, stroke=1.5),
            threads=1,
        ),
        _recipe(
            "own-mlp",
            "Your own MLP",
            "Every layer, width and setting is yours to choose.",
            "",
            network=MLP(hidden=(256,)),
        ),
        _recipe(
            "own-cnn",
            "Your own CNN",
            "Every filter, layer and setting is yours to choose.",
            "",
            network=CNN(channels=(16, 32), hidden=(64,), padding="same"),
        ),
    )
}


def recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        NotFound: there is none; the sentence lists those there are.
    """
    if name not in RECIPES:
        raise NotFound(f"There is no recipe called {name!r}.", f"The recipes are: {', '.join(RECIPES)}.")
    return RECIPES[name]
