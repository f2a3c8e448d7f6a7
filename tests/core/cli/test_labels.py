"""`data doubts` and `data labels`: the ranking and the decisions as a person or a program at the terminal has them."""

from __future__ import annotations

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mnist_core import cli
from mnist_core.data import decisions, load
from mnist_core.data.decisions import Decision
from mnist_core.errors import BadInput
from tests.doubts import DOUBTFUL, kept_doubts


def data(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["data", *arguments])


def as_json(*arguments: str) -> dict:
    result = data(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def refused(*arguments: str) -> str:
    result = data(*arguments)
    assert isinstance(result.exception, BadInput), result.output
    return str(result.exception)


def index_of(position: int) -> str:
    return str(load("sample").train.indices[position])


def test_the_ranking_is_told_with_the_most_doubtful_first():
    doubts = kept_doubts()
    said = as_json("doubts", "--data", "sample", "--most", "3")
    assert (said["data"], said["n"], said["doubtful"]) == ("sample", 4_000, DOUBTFUL)
    assert [row["index"] for row in said["digits"]] == doubts.index[doubts.ranking.order[:3]].tolist()
    first = said["digits"][0]
    assert int(first["suggested"]) == (int(first["label"]) + 1) % 10
    assert 0.5 < first["score"] <= 1
    assert first["file"] == "train-images-idx3-ubyte.gz"
    assert f"{DOUBTFUL} of 4,000 labels are probably wrong." in data("doubts", "--data", "sample").stdout


def test_only_published_data_are_ranked():
    decisions.decide("sample", "careful", int(index_of(0)), Decision("keep"))
    assert "not a data set as it was published" in refused("doubts", "--data", "sample/careful")


def test_decisions_are_made_listed_and_taken_back():
    first, second, third = (index_of(position) for position in range(3))
    assert as_json("labels", "decide", "keep", first, "--data", "sample")["keep"] == 1
    assert as_json("labels", "decide", "exclude", second, third, "--data", "sample")["exclude"] == 2
    changed = as_json("labels", "decide", "relabel", third, "--as", "7", "--data", "sample")
    assert changed == {"data": "sample/careful", "keep": 1, "relabel": 1, "exclude": 1}
    assert as_json("labels", "list")["lists"] == [changed]
    assert as_json("labels", "list", "--data", "sample", "--list", "careful")["decisions"] == [
        {"index": int(first), "action": "keep", "label": None},
        {"index": int(second), "action": "exclude", "label": None},
        {"index": int(third), "action": "relabel", "label": "7"},
    ]
    assert "relabel" in data("labels", "list", "--data", "sample", "--list", "careful").stdout
    assert as_json("labels", "undo", first, "--data", "sample")["keep"] == 0
    as_json("labels", "undo", "--all", "--data", "sample")
    assert decisions.read("sample", "careful") == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["decide", "relabel", "1"], "--as names the new class"),
        (["decide", "keep", "1", "--as", "7"], "--as names the new class"),
        (["decide", "relabel", "1", "--as", "seven"], "is no class of"),
        (["decide", "exclude", "59999"], "has index 59999"),
        (["decide", "exclude", "1", "--list", "Not This"], "cannot be called"),
        (["undo"], "Which decisions"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_a_sentence(arguments: list[str], sentence: str):
    assert sentence in refused("labels", *arguments, "--data", "sample")
    assert decisions.names("sample") == []
