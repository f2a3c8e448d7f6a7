"""From stored pictures to a network's scores, many at a time and without touching any random state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mnist_core.models.networks import order_of_memory

# Large enough to keep two cores busy. What the first convolution of the published CNNs makes of more pictures is above the
# 32 MiB from which on glibc gets memory anew from the system each time, which takes a third to two thirds more time.
BATCH = 250


@dataclass(frozen=True)
class InputScale:
    """How a byte of ink becomes the number a network sees: (byte / 255 - mean) / std."""

    mean: float = 0.0
    std: float = 1.0

    def __call__(self, pixels: Tensor) -> Tensor:
        """Scale `pixels` (bytes, any shape) to a new float tensor of the same shape."""
        return pixels.float().mul_(1 / (255 * self.std)).sub_(self.mean / self.std)


def scores(network: nn.Module, images: Tensor | np.ndarray, scale: InputScale) -> Tensor:
    """The network's scores (logits) for each picture, as float32 (n, classes) on the network's device.

    A network in training mode is put in evaluation mode for the call and back afterwards.

    Args:
        network: as from `build`.
        images: (n, 28, 28) bytes, 0 is paper and 255 full ink.
        scale: the scaling that the network was trained with.
    """
    device = next(network.parameters()).device
    pixels = torch.as_tensor(images)
    was_training = network.training
    # Going through all layers twice takes a fifth of a single picture's time, so it is done only where it changes something.
    if was_training:
        network.eval()
    try:
        with torch.inference_mode():
            batches = (scale(batch.to(device).unsqueeze(1)) for batch in pixels.split(BATCH))
            # As fast as it gets whatever the order of the weights.
            order = order_of_memory(device)
            return torch.cat([network(batch.to(memory_format=order)) for batch in batches])
    finally:
        if was_training:
            network.train()


def last_hidden(
    network: nn.Sequential, images: Tensor | np.ndarray, scale: InputScale, temperature: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """What the network's last layer sees and what it makes of it, for each picture.

    Args:
        network, images, scale: as for `scores`.
        temperature: as for `probabilities`.

    Returns:
        (n, width) float32, the numbers that enter the last layer: for a network with hidden layers, the output of the last
        of them. (n, classes) float32, the probabilities.
    """
    seen: list[Tensor] = []
    hook = network[-1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].cpu()))
    try:
        answers = probabilities(network, images, scale, temperature)
    finally:
        hook.remove()
    return torch.cat(seen).numpy(), answers


def probabilities(
    network: nn.Module, images: Tensor | np.ndarray, scale: InputScale, temperature: float = 1.0
) -> np.ndarray:
    """The softmax of `scores` divided by the temperature: float32 (n, classes), each row sums to 1."""
    result: np.ndarray = (scores(network, images, scale) / temperature).softmax(1).cpu().numpy()
    return result
