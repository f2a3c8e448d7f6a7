"""Principal components: the few directions in which the pictures of a data set differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Enough for axes that no longer change visibly, few enough to take a tenth of a second.
LEARNED_FROM = 10_000
# Pictures turned into floats at a time, so that 47 MB of bytes never become 190 MB of floats.
AT_ONCE = 4_096


@dataclass(frozen=True, eq=False)
class Projection:
    """A linear map from pictures to a few numbers.

    Attributes:
        mean: (784,) float32, the mean picture in [0, 1].
        axes: (784, dimensions) float32, orthonormal columns; the first has the largest variance.
    """

    mean: np.ndarray
    axes: np.ndarray

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Coordinates (n, dimensions) float32 of pictures (n, 28, 28) uint8; distances are in units of a pixel's full ink."""
        # The mean is taken off after the product, which spares a pass over all pixels.
        offset = self.mean @ self.axes
        pieces = [
            _flat(images[start : start + AT_ONCE]) @ self.axes - offset for start in range(0, len(images), AT_ONCE)
        ]
        return np.concatenate(pieces) if pieces else np.empty((0, self.axes.shape[1]), np.float32)


def principal_axes(images: np.ndarray, dimensions: int) -> Projection:
    """Fit principal components (PCA) to the first 10,000 of `images`, (n, 28, 28) uint8.

    The sign of each axis is chosen so that its largest entry is positive, so that maps look the same on every machine.
    """
    pixels = _flat(images[:LEARNED_FROM])
    mean = pixels.mean(0)
    pixels -= mean
    _, vectors = np.linalg.eigh(pixels.T @ pixels)
    axes = vectors[:, ::-1][:, :dimensions]
    largest = np.abs(axes).argmax(0)
    axes = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    return Projection(mean, np.ascontiguousarray(axes))


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
