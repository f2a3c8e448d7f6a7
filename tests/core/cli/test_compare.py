"""`compare` as a person or a program at the terminal has it, with networks that are really trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from mnist_core import cli
from mnist_core.data import load
from mnist_core.errors import LabError
from mnist_core.evaluation.paired import mcnemar
from mnist_core.runs import open_store
from mnist_core.runs.model import predictor_of


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def as_json(*arguments: str) -> dict:
    result = command(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def refused(*arguments: str) -> str:
    result = command(*arguments)
    assert isinstance(result.exception, LabError), result.output
    return str(result.exception)


def trained(**settings: object) -> str:
    """A run on few digits of the sample."""
    chosen = {"data": "sample", "epochs": 1, "train_size": 300, **settings}
    assigned = [part for name, value in chosen.items() if name != "data" for part in ("--set", f"{name}={value}")]
    return as_json("train", "--recipe", "mlp-128-64", "--data", str(chosen["data"]), *assigned)["run"]


def read_right(run_id: str) -> np.ndarray:
    pictures = load("sample").validation
    return predictor_of(open_store(), run_id).probabilities(pictures.images).argmax(1) == pictures.labels


def test_two_runs_are_compared_on_the_validation_digits():
    weak, strong = trained(), trained(train_size=3000)
    said = as_json("compare", weak, strong)
    a, b = read_right(weak), read_right(strong)
    assert (said["run_a"], said["run_b"], said["data"], said["n"]) == (weak, strong, "sample", len(a))
    assert (said["b"], said["c"]) == ((a & ~b).sum(), (~a & b).sum())
    assert said["p"] == pytest.approx(mcnemar(said["b"], said["c"]))
    assert said["accuracy_a"] == pytest.approx(a.mean())
    assert (said["seeds_a"], said["seeds_b"], said["verdict"], said["more_seeds"]) == ([0], [0], "b_better", 0)
    assert said["sentence"].startswith("B is better than A: of 500 validation digits")
    assert as_json("compare", strong, weak)["verdict"] == "a_better"
    shown = command("compare", weak, strong).stdout
    assert "only A" in shown
    assert "B is better than A" in shown


def test_seeds_are_found_and_have_a_say():
    weak = [trained(seed=seed) for seed in range(3)]
    strong = [trained(seed=seed, train_size=3000) for seed in range(3)]
    said = as_json("compare", weak[1], strong[0])
    assert (said["seeds_a"], said["seeds_b"], said["over_seeds"]["pairs"]) == ([0, 1, 2], [0, 1, 2], 3)
    a, b = (sum(read_right(each) for each in side) for side in (weak, strong))
    assert said["over_seeds"]["b"] == (a > b).sum()
    assert said["over_seeds"]["c"] == (a < b).sum()
    assert said["over_seeds"]["difference"] == pytest.approx((a - b).mean() / 3)
    assert said["verdict"] == "b_better"
    same = as_json("compare", weak[0], weak[1])
    assert (same["verdict"], same["more_seeds"]) == ("cannot_tell", None)
    assert "have the same settings" in same["sentence"]


def test_what_cannot_be_compared_is_refused_in_a_sentence():
    run, other = trained(), trained(validation_share=0.2)
    waiting = open_store().create(open_store().run(run).config, queued=False)
    assert "There is no run 'nonsense'" in refused("compare", run, "nonsense")
    assert "has no model yet" in refused("compare", run, waiting.id)
    assert "A was judged on 500 validation digits of" in refused("compare", run, other)
    assert "Choose two different runs" in refused("compare", run, run)
    for file in open_store().folder(run).rglob("*.pt"):
        Path(file).unlink()
    assert "checkpoint" in refused("compare", run, trained(seed=5)).lower()
