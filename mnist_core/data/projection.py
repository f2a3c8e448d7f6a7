"""Principal components: the few directions in which the pictures of a data set differ most."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

# Enough for axes that no longer change visibly, few enough to take a tenth of a second.
LEARNED_FROM = 10_000
# Pictures turned into floats at a time, 1.6 MB: more would be faster by nothing, and what they take the server keeps.
AT_ONCE = 512
# Numbers a point; the exact axes of twice as many take eight times as long.
MOST_SOLVED_EXACTLY = 1_024


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
    learned = images[:LEARNED_FROM]
    mean = (learned.reshape(len(learned), -1).mean(0) / 255).astype(np.float32)
    # Summed up piece by piece: centred floats of all of them would be 31 MB.
    scatter = np.zeros((mean.size, mean.size), np.float32)
    with _one_thread():
        for start in range(0, len(learned), AT_ONCE):
            centred = _flat(learned[start : start + AT_ONCE]) - mean
            scatter += centred.T @ centred
        return Projection(mean, _upright(_leading(scatter, dimensions)))


def principal_coordinates(points: np.ndarray, dimensions: int) -> np.ndarray:
    """Where points lie along their own principal components; the signs are those of `principal_axes`.

    Args:
        points: (n, width) float32, n at least 1.
        dimensions: how many components; there are no more than `width`.

    Returns:
        (n, min(dimensions, width)) float32, the component with the largest variance first.
    """
    centred = points - points.mean(0)
    axes = _axes(centred, dimensions)
    with _one_thread():
        coordinates: np.ndarray = centred @ axes
    return coordinates


def _axes(centred: np.ndarray, dimensions: int) -> np.ndarray:
    """The first principal axes of points whose mean is 0, as orthonormal columns."""
    with _one_thread():
        if centred.shape[1] > MOST_SOLVED_EXACTLY:
            axes = _nearly_the_axes(centred, dimensions)
        else:
            axes = _leading(centred.T @ centred, dimensions)
    return _upright(axes)


def _leading(scatter: np.ndarray, dimensions: int) -> np.ndarray:
    """The eigenvectors of a symmetric matrix with the largest eigenvalues, as columns, the largest first."""
    _, vectors = np.linalg.eigh(scatter)
    leading: np.ndarray = vectors[:, ::-1][:, :dimensions]
    return leading


def _upright(axes: np.ndarray) -> np.ndarray:
    """The same axes, each with the sign that makes its largest entry positive."""
    largest = np.abs(axes).argmax(0)
    return np.ascontiguousarray(axes * np.sign(axes[largest, np.arange(axes.shape[1])]))


def _nearly_the_axes(centred: np.ndarray, dimensions: int) -> np.ndarray:
    """The same by a random projection, which for wide points takes seconds instead of minutes (Halko et al., 2011)."""
    from sklearn.utils.extmath import randomized_svd

    _, _, rows = randomized_svd(centred, n_components=min(dimensions, *centred.shape), random_state=0)
    axes: np.ndarray = rows.T
    return axes


def _one_thread() -> AbstractContextManager[object]:
    """For matrix products: a second thread waits for a core that others keep busy, 0.8 to 3 s instead of 0.2 to 0.6 s."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
