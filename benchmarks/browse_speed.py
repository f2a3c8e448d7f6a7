"""How fast the Browse page's questions are answered over a whole data set, beside pandas and scikit-learn.

    python -m benchmarks.browse_speed [--rounds 7] [--data mnist]

The contenders take turns. `pandas` filters and sorts a frame that holds the same columns; `scikit-learn` finds neighbours by
brute force over the same pixels as floats. What each has prepared beforehand is not in the times, but its memory is named.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np

from benchmarks.measure import machine, summary
from mnist_core.data import load
from mnist_core.data.catalogue import Catalogue, Query


def milliseconds(of: Callable[[], object]) -> float:
    began = time.perf_counter()
    of()
    return (time.perf_counter() - began) * 1e3


def megabytes() -> float:
    """The most memory this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare(title: str, contenders: dict[str, Callable[[], object]], rounds: int) -> None:
    print(f"\n{title}")
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for ask in contenders.values():
        ask()
    for _ in range(rounds):
        for name, ask in contenders.items():
            times[name].append(milliseconds(ask))
    for name, values in times.items():
        print(f"  {name:12}  ms: {summary(values)}")
    lab, peer = times.values()
    print(f"  peer / lab: {summary([theirs / ours for ours, theirs in zip(lab, peer, strict=True)])}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--data", default="mnist")
    arguments = parser.parse_args()
    print(f"{machine()}, numpy {version('numpy')}, pandas {version('pandas')}, scikit-learn {version('scikit-learn')}")

    digits = load(arguments.data)
    before = megabytes()
    table = Catalogue(digits)
    first = milliseconds(lambda: (table.ink, table.unusualness))
    table.neighbours(0)
    print(f"{len(table):,} digits; ink and unusualness, once: {first:.0f} ms; memory: +{megabytes() - before:.0f} MB")

    import pandas as pd
    from sklearn.neighbors import NearestNeighbors

    columns = {"split": table.split, "label": table.label, "index": table.index, "unusualness": table.unusualness}
    frame = pd.DataFrame(columns)

    def sorted_by_pandas() -> np.ndarray:
        return frame.sort_values("unusualness", ascending=False, kind="stable").index.to_numpy()

    def filtered_by_pandas() -> np.ndarray:
        chosen = (frame["split"] == 0) & frame["label"].isin((1, 7)) & frame["index"].between(1_000, 50_000)
        return frame[chosen].sort_values("unusualness", kind="stable").index.to_numpy()

    some = Query(split="train", classes=(1, 7), first=1_000, last=50_000, sort="unusualness")
    compare(
        "all digits, most unusual first",
        {"lab": lambda: table.find(Query(sort="unusualness", descending=True)), "pandas": sorted_by_pandas},
        arguments.rounds,
    )
    compare(
        "1 and 7 of the training split with index from 1,000 to 50,000, least unusual first",
        {"lab": lambda: table.find(some), "pandas": filtered_by_pandas},
        arguments.rounds,
    )
    pixels = table.images(range(len(table))).reshape(len(table), -1).astype(np.float32)
    brute = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(pixels)
    compare(
        "the ten nearest neighbours of one digit",
        {"lab": lambda: table.neighbours(123), "scikit-learn": lambda: brute.kneighbors(pixels[123:124])},
        arguments.rounds,
    )


if __name__ == "__main__":
    main()
