"""Runs of each kind for tests of what computes them: every kind of layer, rule and change of a picture is in one."""

from __future__ import annotations

from mnist_core.config import CNN, MLP, Augmentation

DEEP = CNN(channels=(8, 16), depth=2, hidden=(), padding="same", head="global max", batch_norm=True)
SETTINGS: dict[str, dict[str, object]] = {
    "neurons": {"network": MLP(hidden=(32,), dropout=0.2, batch_norm=True), "optimizer": "adam"},
    "filters": {"network": CNN(channels=(8, 16), hidden=(32,)), "optimizer": "adamw", "weight_decay": 0.01},
    "deep": {"network": DEEP, "optimizer": "sgd", "learning_rate": 0.05, "nesterov": True, "label_smoothing": 0.1},
    "plain": {"network": CNN(channels=(8,), activation="gelu"), "optimizer": "sgd", "momentum": 0.0},
    "changed": {"network": DEEP, "augmentation": Augmentation(shift=1, rotation=9, scale=0.1, elastic=0.5, stroke=1)},
}
