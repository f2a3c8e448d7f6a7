"""Make tilt.safetensors from MNIST's training digits, as they are and turned.

    MNIST_DATA=... python -m mnist_core.evaluation.tilt_detector.build_detector

About six minutes. Nothing of MNIST's validation or test digits is used.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from mnist_core.data import load
from mnist_core.evaluation.tilt import DETECTOR
from mnist_core.images import remedies
from mnist_core.images.prepare import finish

UPRIGHT = 60_000
TURNED = 30_000
EPOCHS = 10
BATCH = 128
# Degrees: what is still as people write, and what is not.
SMALL = (-8, 8)
LARGE = (17, 33)
INTERPOLATIONS = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


class Maker:
    """Makes pictures (n, 28, 28) of bytes.

    Args:
        images: (n, 28, 28) bytes, real digits.
        generator: source of the randomness.
    """

    def __init__(self, images: np.ndarray, generator: np.random.Generator) -> None:
        self.images, self.random = images, generator

    def upright(self, n: int) -> np.ndarray:
        """Real digits: every third as it is, the others turned a little, so that the traces of turning tell nothing."""
        return np.stack([self._turned(self.random.uniform(*SMALL)) if i % 3 else self._any() for i in range(n)])

    def turned(self, n: int, way: int) -> np.ndarray:
        """Real digits, turned strongly: clockwise for -1, anticlockwise for 1."""
        return np.stack([self._turned(way * self.random.uniform(*LARGE)) for _ in range(n)])

    def _any(self) -> np.ndarray:
        one: np.ndarray = self.images[self.random.integers(len(self.images))]
        return one

    def _turned(self, angle: float) -> np.ndarray:
        """A digit turned within its picture, or beyond its edges and then prepared as a photo or a drawing is."""
        image = self._any()
        how = INTERPOLATIONS[self.random.integers(len(INTERPOLATIONS))]
        way = self.random.integers(5)
        if way < 2:
            return remedies.rotated(image, angle)
        if way < 4:
            spin = cv2.getRotationMatrix2D((13.5, 13.5), angle, 1)
            return cv2.warpAffine(image, spin, (28, 28), flags=how)
        spin = np.add(cv2.getRotationMatrix2D((13.5, 13.5), angle, 2), [[0, 0, 28.5], [0, 0, 28.5]])
        ink = cv2.warpAffine(image, spin, (84, 84), flags=how).astype(np.float32) / 255
        return finish(ink, ink >= 0.25)[-1].digit


def train(upright: np.ndarray, clockwise: np.ndarray, anticlockwise: np.ndarray) -> torch.nn.Module:
    """A detector that tells the three apart."""
    torch.manual_seed(0)
    network = DETECTOR.build()
    images = torch.as_tensor(np.concatenate([upright, clockwise, anticlockwise]))
    truth = torch.repeat_interleave(torch.arange(3), torch.tensor([len(upright), len(clockwise), len(anticlockwise)]))
    steps = EPOCHS * -(-len(images) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    for epoch in range(EPOCHS):
        total = 0.0
        for some in torch.randperm(len(images)).split(BATCH):
            batch = images[some].unsqueeze(1).float() / 255
            loss = F.cross_entropy(network(batch), truth[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total * EPOCHS / steps:.4f}", flush=True)
    return network.eval()


if __name__ == "__main__":
    torch.set_num_threads(1)
    maker = Maker(load("mnist").train.images, np.random.default_rng(0))
    network = train(maker.upright(UPRIGHT), maker.turned(TURNED, -1), maker.turned(TURNED, 1))
    DETECTOR.save(network)
    print(f"{DETECTOR.weights}: {DETECTOR.weights.stat().st_size:,} bytes")
