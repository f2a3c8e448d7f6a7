"""The rule that turns gradients into steps: torch's own fused kernels with their running averages.

`torch.optim`'s classes end in the same kernels, and a test compares the two bit for bit; but around each call they look for
hooks, rebuild lists and count steps once for every tensor, which for a small network is a fifth of the whole training.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from mnist_core.config import TrainConfig

# Adam's constants, as in its paper and in torch (Kingma and Ba, 2015).
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Optimizer:
    """SGD, Adam or AdamW over a network's parameters.

    Args:
        parameters: of the network, all on one device; they are changed in place.
        config: the rule, its momentum and its weight decay are read from it.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], config: TrainConfig) -> None:
        self.parameters: list[Tensor] = list(parameters)
        self._config = config
        # Running average of the gradients (for SGD its momentum), and of their squares.
        self._first = [torch.zeros_like(weight) for weight in self.parameters]
        self._second = [torch.zeros_like(weight) for weight in self.parameters]
        self._steps = torch.zeros((), device=self.parameters[0].device)

    def step(self, gradients: tuple[Tensor, ...] | list[Tensor], learning_rate: float) -> None:
        """Change every parameter by one step against its gradient."""
        config = self._config
        self._steps += 1
        with torch.no_grad():
            if config.optimizer == "sgd":
                torch._fused_sgd_(
                    self.parameters,
                    gradients,
                    self._first if config.momentum else [],
                    lr=learning_rate,
                    momentum=config.momentum,
                    nesterov=config.nesterov,
                    weight_decay=config.weight_decay,
                    dampening=0.0,
                    maximize=False,
                    is_first_step=False,
                )
                return
            rule = torch._fused_adam_ if config.optimizer == "adam" else torch._fused_adamw_
            rule(
                self.parameters,
                gradients,
                self._first,
                self._second,
                [],
                [self._steps] * len(self.parameters),
                lr=learning_rate,
                beta1=BETA_1,
                beta2=BETA_2,
                eps=EPSILON,
                weight_decay=config.weight_decay,
                amsgrad=False,
                maximize=False,
            )

    def state_dict(self) -> dict[str, Any]:
        """The running averages and the count of steps, as the live tensors."""
        return {"first": self._first, "second": self._second, "steps": self._steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up averages saved by `state_dict`."""
        mine = [*self._first, *self._second, self._steps]
        saved = [*state["first"], *state["second"], state["steps"]]
        for tensor, value in zip(mine, saved, strict=True):
            tensor.copy_(value)
