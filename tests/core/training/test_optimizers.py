"""Each optimiser takes the same steps as torch's own, to the bit."""

from __future__ import annotations

import pytest
import torch

from mnist_core.config import TrainConfig
from mnist_core.training.optimizers import Optimizer

SHAPES = [(5, 7), (5,), (3, 5)]


def torchs_own(config: TrainConfig, parameters: list[torch.Tensor]) -> torch.optim.Optimizer:
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer == "sgd":
        options = {"momentum": config.momentum, "nesterov": config.nesterov}
        return torch.optim.SGD(parameters, rate, weight_decay=decay, fused=True, **options)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, rate, weight_decay=decay, fused=True)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "sgd", "momentum": 0.0},
        {"optimizer": "sgd", "momentum": 0.9},
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        {"optimizer": "adam"},
        {"optimizer": "adam", "weight_decay": 0.01},
        {"optimizer": "adamw", "weight_decay": 0.01},
    ],
    ids=str,
)
def test_twenty_steps_equal_those_of_torchs_own_optimiser(settings: dict[str, object]) -> None:
    config = TrainConfig.parse({"learning_rate": 0.05, **settings})
    torch.manual_seed(0)
    theirs = [torch.nn.Parameter(torch.randn(shape)) for shape in SHAPES]
    ours = [torch.nn.Parameter(weight.detach().clone()) for weight in theirs]
    reference, optimizer = torchs_own(config, theirs), Optimizer(ours, config)
    for step in range(20):
        gradients = [torch.randn(shape) for shape in SHAPES]
        rate = 0.05 / (step + 1)
        for weight, gradient in zip(theirs, gradients, strict=True):
            weight.grad = gradient.clone()
        reference.param_groups[0]["lr"] = rate
        reference.step()
        optimizer.step(gradients, rate)
    assert all(torch.equal(one, other) for one, other in zip(theirs, ours, strict=True))
