"""`data map` draws a map, says how far it is, and takes the same one from its file the next time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from mnist_core import cli
from mnist_core.data import own
from mnist_core.data.digits import load
from mnist_core.errors import BadInput, NotFound


def draw(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["data", "map", *arguments])


def lines(result: Result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_program_reads_where_the_map_is_and_how_good(home: Path):
    found = lines(draw("--data", "sample", "--json"))[-1]
    assert {name: found[name] for name in ("data", "method", "features", "n")} == {
        "data": "sample",
        "method": "pca",
        "features": "pixels",
        "n": 4_500,
    }
    assert 0.3 < found["neighbours_of_the_same_class"] < 0.5
    assert Path(found["file"]).is_relative_to(home / "cache" / "maps")
    with np.load(found["file"]) as kept:
        assert kept["places"].shape == (4_500, 2)
    assert lines(draw("--data", "sample", "--json"))[-1]["file"] == found["file"]


@pytest.fixture
def own_digits() -> None:
    train = load("sample").train
    for image, label in zip(train.images[:24], train.labels[:24], strict=True):
        own.add(image, int(label), origin="drawing")


@pytest.mark.usefixtures("own_digits")
def test_tsne_tells_how_far_it_is_on_the_way():
    said = lines(draw("--data", "own", "--method", "tsne", "--json"))
    shares = [each["progress"] for each in said[:-1]]
    assert len(shares) > 50
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert said[-1]["method"] == "tsne"


def test_a_person_reads_a_sentence():
    result = draw("--data", "sample")
    assert result.stdout.startswith("4,500 digits of Bundled sample of MNIST, in ")
    assert "of the ten nearest neighbours are of the same class." in result.stdout


def test_too_few_digits_and_an_unknown_model_are_errors_that_say_so():
    own.add(load("sample").train.images[0], 3, origin="drawing")
    assert "1 to learn from is too few" in str(draw("--data", "own").exception)
    own.add(load("sample").train.images[1], 4, origin="drawing")
    assert lines(draw("--data", "own", "--json"))[-1]["n"] == 2
    assert isinstance(draw("--data", "own", "--method", "tsne").exception, BadInput)
    assert isinstance(draw("--data", "sample", "--model", "nothing").exception, NotFound)
