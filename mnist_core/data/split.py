"""Some pictures of a data set with their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """Some pictures of a data set.

    Attributes:
        images: (n, 28, 28) uint8; 0 is paper, 255 is full ink.
        labels: (n,) int64, 0 to 9.
        indices: (n,) int64, the position of each in the source's own training or test file. The sample's are positions
            in MNIST's training file, from which all of its digits come. A person's own digits have their number; mixed
            with another source, that number below zero.
    """

    images: np.ndarray
    labels: np.ndarray
    indices: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def taken(self, positions: np.ndarray) -> Split:
        """The pictures at some positions, in their order."""
        return Split(self.images[positions], self.labels[positions], self.indices[positions])

    def with_more(self, other: Split) -> Split:
        """These pictures and then those of another split."""
        return Split(
            np.concatenate([self.images, other.images]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.indices, other.indices]),
        )
