"""From what is known of each digit, hundreds of numbers, to a point on a flat map; and how good such a map is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np

from mnist_core.data.projection import principal_coordinates
from mnist_core.errors import BadInput

Method = Literal["pca", "tsne"]
METHODS: tuple[Method, ...] = get_args(Method)
Tell = Callable[[float, str], None]

NEIGHBOURS = 10
# What the authors of openTSNE do; three quarters of MNIST's variance and nearly all of its neighbourhoods are in these.
COMPONENTS = 50
PERPLEXITY = 30
SEED = 0
FEWEST_FOR_TSNE = 10
# Iterations with clusters pulled together, then without.
EARLY, LATE = 250, 500
EXAGGERATION = 12
TOLD_EVERY = 5
# Share of the time that passes before the first iteration.
BEFORE = 0.02
SPREAD_AT_FIRST = 1e-4


def embed(features: np.ndarray, method: Method, tell: Tell = lambda share, stage: None) -> np.ndarray:
    """A place on the map for each digit; the same on every call.

    "pca" gives the two directions of largest variance. "tsne" gives t-SNE of the first 50 of them: digits that are alike
    lie together, and distances between far groups mean little (van der Maaten and Hinton, 2008; the acceleration by a tree:
    van der Maaten, 2014).

    Args:
        features: (n, width) float32, n at least 1.
        method: "pca" takes less than a second for 10,000 digits, "tsne" about a minute.
        tell: called now and then with the share that is done, in [0, 1], and what is being done.

    Returns:
        (n, 2) float32.

    Raises:
        BadInput: fewer than 10 digits for t-SNE.
    """
    if method == "pca":
        return _at_least_two(principal_coordinates(features, 2))
    if len(features) < FEWEST_FOR_TSNE:
        raise BadInput(
            f"{len(features)} digits are too few for t-SNE, which needs {FEWEST_FOR_TSNE}.",
            "Choose PCA, or more digits.",
        )
    return _tsne(_at_least_two(principal_coordinates(features, COMPONENTS)), tell)


def label_agreement(places: np.ndarray, labels: np.ndarray) -> float | None:
    """How often the ten nearest neighbours of a digit are of its class, in [0, 1]; None if there are not eleven digits.

    Chance alone gives the sum of the squared shares of the classes: 0.1 for ten equal ones.

    Args:
        places: (n, dimensions) of a map, or of what it was drawn from.
        labels: (n,) the classes.
    """
    if len(places) <= NEIGHBOURS:
        return None
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(places).kneighbors(return_distance=False)
    return float((labels[nearest] == labels[:, None]).mean())


def inside(places: np.ndarray, outline: Sequence[tuple[float, float]]) -> np.ndarray:
    """Which points lie within a polygon: (n,) bool.

    Args:
        places: (n, 2).
        outline: its corners in order, (x, y); the last is joined to the first. Fewer than three enclose nothing.
    """
    x, y = places[:, 0].astype(np.float64), places[:, 1].astype(np.float64)
    within = np.zeros(len(places), dtype=bool)
    if len(outline) < 3:
        return within
    # A ray to the right crosses the outline of what it starts in an odd number of times.
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if y1 != y2:
            within ^= ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return within


def _tsne(points: np.ndarray, tell: Tell) -> np.ndarray:
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN

    count = len(points)
    tell(0, "finding neighbours")
    # Exact neighbours are found sooner than approximate ones up to 10,000 digits. One thread: sums in a fixed order, so that
    # the same digits give the same map, and two are no faster on a busy machine.
    affinities = PerplexityBasedNN(
        points, perplexity=min(PERPLEXITY, (count - 1) / 3), method="exact", n_jobs=1, random_state=SEED
    )
    # The tree's pace is steady, while that of interpolation on a grid falls as the map spreads: 47 s both for 10,000 digits,
    # 15 and 66 s for 4,500.
    layout = TSNEEmbedding(_start(points), affinities, negative_gradient_method="bh", n_jobs=1, random_state=SEED)

    def iterated(done: int) -> Callable[..., bool]:
        def told(iteration: int, *_: object) -> bool:
            tell(BEFORE + (1 - BEFORE) * (done + iteration) / (EARLY + LATE), "moving the points")
            return False

        return told

    together = {"exaggeration": EXAGGERATION, "momentum": 0.5, "callbacks": iterated(0)}
    layout = layout.optimize(EARLY, **together, callbacks_every_iters=TOLD_EVERY)
    apart = {"momentum": 0.8, "callbacks": iterated(EARLY)}
    layout = layout.optimize(LATE, **apart, callbacks_every_iters=TOLD_EVERY)
    return np.asarray(layout, dtype=np.float32)


def _start(points: np.ndarray) -> np.ndarray:
    """The first two components, made tiny, with a grain of noise: points in the same place would never come apart."""
    spread = points[:, :2].std(0)[0] or 1.0
    noise = np.random.RandomState(SEED).normal(0, 0.01, (len(points), 2))
    start: np.ndarray = SPREAD_AT_FIRST * (points[:, :2] / spread + noise)
    return start


def _at_least_two(points: np.ndarray) -> np.ndarray:
    """The same points, with zeros for a second coordinate if they have one only."""
    return np.pad(points, ((0, 0), (0, max(0, 2 - points.shape[1]))))
