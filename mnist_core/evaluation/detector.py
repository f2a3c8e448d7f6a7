"""The small networks that are asked about a picture beside the model: two convolutions and two linear layers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from mnist_core.files import write_atomically

PICTURES_AT_A_TIME = 500


@dataclass(frozen=True)
class Detector:
    """A detector: where its weights are, and how large it is.

    Attributes:
        weights: a safetensors file of half precision.
        channels: of the two convolutions.
        hidden: width of the layer before the last.
        outputs: numbers that it gives for each picture.
    """

    weights: Path
    channels: tuple[int, int]
    hidden: int
    outputs: int

    def build(self) -> nn.Sequential:
        """The network, untrained: (n, 1, 28, 28) floats in [0, 1], 0 is paper, to (n, outputs)."""
        first, second = self.channels
        network = nn.Sequential(
            nn.Conv2d(1, first, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(first, second, 3),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(25 * second, self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, self.outputs),
        )
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    @torch.inference_mode()
    def __call__(self, images: np.ndarray) -> Tensor:
        """What it gives, (n, outputs), for pictures (n, 28, 28) of bytes, 0 is paper, prepared as MNIST's are."""
        network = _loaded(self)
        batches = torch.as_tensor(images).unsqueeze(1).split(PICTURES_AT_A_TIME)
        return torch.cat([network(batch.float() / 255) for batch in batches])

    def save(self, network: nn.Module) -> None:
        """Write a trained network to `weights`."""
        halves = {name: value.half().contiguous() for name, value in network.state_dict().items()}
        write_atomically(self.weights, save(halves))


@cache
def _loaded(detector: Detector) -> nn.Sequential:
    network = detector.build()
    network.load_state_dict({name: value.float() for name, value in load_file(detector.weights).items()})
    return network.eval()
