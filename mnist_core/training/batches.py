"""Pictures in memory to batches on the device: shuffled, augmented and scaled many at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from mnist_core.config import TrainConfig
from mnist_core.images.augmentation import augment
from mnist_core.models.inference import InputScale
from mnist_core.training.plan import steps_per_epoch

# Pictures prepared in one go: many enough to make the cost of each call small, few enough to stay in the cache.
PICTURES_AT_ONCE = 512


class Batches:
    """One training split, giving the same batches again for the same (seed, epoch).

    Args:
        images: (n, 28, 28) bytes on the device.
        labels: (n,) int64 on the device.
        config: batch size, augmentation and seed are read from it.
        scale: how bytes become the network's input.
    """

    def __init__(self, images: Tensor, labels: Tensor, config: TrainConfig, scale: InputScale) -> None:
        self.images = images.flatten(1)
        self.labels = labels
        self.config = config
        self.scale = scale
        self.size = config.batch_size
        self.count = steps_per_epoch(config, len(labels))
        # A whole number of batches, so that every batch is one contiguous piece.
        self.at_once = self.size * max(1, PICTURES_AT_ONCE // self.size)
        self.buffer = torch.empty(self.at_once, self.images.shape[1], device=images.device)

    def __len__(self) -> int:
        """Batches an epoch; the last one may be smaller."""
        return self.count

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of epoch `number` from batch `start` on: pictures (b, 1, 28, 28) float and labels (b,).

        A batch is only valid until the next one is asked for.
        """
        order = torch.randperm(len(self.labels), generator=_generator(self.config.seed, number))
        pieces = order[: self.count * self.size].to(self.labels.device).split(self.at_once)
        per_piece = self.at_once // self.size
        for i in range(start // per_piece, len(pieces)):
            images = self._prepare(pieces[i], _generator(self.config.seed, number, i + 1))
            labels = self.labels.index_select(0, pieces[i])
            batches = list(zip(images.split(self.size), labels.split(self.size), strict=True))
            yield from batches[max(0, start - i * per_piece) :]

    def _prepare(self, chosen: Tensor, generator: torch.Generator) -> Tensor:
        pixels = self.buffer[: len(chosen)].copy_(self.images.index_select(0, chosen))
        pictures = augment(pixels.view(-1, 1, 28, 28), self.config.augmentation, generator)
        return pictures.mul_(1 / (255 * self.scale.std)).sub_(self.scale.mean / self.scale.std)


def _generator(*key: int) -> torch.Generator:
    """A generator whose stream depends on all of `key` and on nothing else."""
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(seed)
