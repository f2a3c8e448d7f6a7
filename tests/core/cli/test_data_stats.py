"""`data stats` says of a data set what plain counting in floats and bytes says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from mnist_core import cli
from mnist_core.data import Digits, load
from mnist_core.errors import NotFound


def stats(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["data", "stats", *arguments])


def as_json(*arguments: str) -> dict:
    result = stats(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def counted_independently(digits: Digits) -> dict:
    splits = {"train": digits.train, "validation": digits.validation, "test": digits.test}
    pictures = {name: Counter(image.tobytes() for image in split.images) for name, split in splits.items()}

    def twins(first: str, second: str) -> int:
        return sum(n for image, n in pictures[second].items() if image in pictures[first])

    both = pictures["train"] + pictures["validation"]
    # Train and validation one after the other: floats of all 60,000 at once would be 376 MB.
    parts = [digits.train.images.reshape(-1), digits.validation.images.reshape(-1)]
    pixels = sum(part.size for part in parts)
    mean = sum(_sum(part) for part in parts) / pixels
    variance = sum(_sum(part, minus=mean) for part in parts) / pixels
    return {
        "n": sum(len(split.labels) for split in splits.values()),
        "counts": {
            name: {digits.source.classes[label]: n for label, n in sorted(Counter(split.labels.tolist()).items())}
            for name, split in splits.items()
        },
        "mean": pytest.approx(mean, abs=1e-12),
        "std": pytest.approx(np.sqrt(variance), abs=1e-12),
        "duplicates": {
            "within_training_file": both.total() - len(both),
            "train_validation": twins("train", "validation"),
            "train_test": twins("train", "test"),
            "validation_test": twins("validation", "test"),
        },
    }


def _sum(pixels: np.ndarray, minus: float | None = None) -> float:
    """Of the fractions, or of their squared differences from a number."""
    total = 0.0
    for part in np.array_split(pixels, 50):
        fractions = part / 255
        total += float(fractions.sum() if minus is None else np.square(fractions - minus).sum())
    return total


def test_the_sample_is_what_plain_counting_says():
    found = as_json("--data", "sample")
    published = {"data": "sample", "published_mean": 0.1307, "published_std": 0.3081}
    assert found == published | counted_independently(load("sample"))


@pytest.mark.parametrize(("name", "mean", "std"), [("mnist", 0.1307, 0.3081), ("fashion-mnist", 0.286, 0.353)])
def test_a_genuine_data_set_is_what_plain_counting_says_and_what_is_published(name, mean, std, real_data, monkeypatch):
    monkeypatch.setenv("MNIST_DATA", str(real_data))
    try:
        digits = load(name)
    except NotFound as absent:
        pytest.skip(str(absent))
    found = as_json("--data", name)
    assert found == {"data": name, "published_mean": mean, "published_std": std} | counted_independently(digits)
    assert (round(found["mean"], 4), round(found["std"], 4)) == (mean, std)


def test_without_a_name_it_counts_the_best_data_set_here():
    assert as_json()["data"] == "sample"


def test_a_person_gets_tables():
    result = stats("--data", "sample")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split() == ["class", "train", "validation", "test"]
    assert "all    4,000  500         500" in result.stdout
    assert "std   0.308660  0.3081" in result.stdout
    assert "within training file  0" in result.stdout


@pytest.mark.parametrize("name", ["mnist", "letters"])
def test_a_data_set_that_is_not_here_is_an_error_that_says_so(name, home: Path):
    assert isinstance(stats("--data", name).exception, NotFound)
