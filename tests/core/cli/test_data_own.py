"""`data own` on the command line, and `train --set start_from=...`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from mnist_core import cli
from mnist_core.errors import BadConfig, LabError, NotFound
from mnist_core.runs import open_store


def run(*arguments: str) -> dict:
    result = CliRunner().invoke(cli.app, [*arguments, "--json"])
    if isinstance(result.exception, LabError):
        raise result.exception
    return {"code": result.exit_code} | json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "[bold]seven.png"
    image = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(image).rectangle((40, 20, 50, 80), fill=0)
    image.save(path)
    return path


def test_pictures_are_added_listed_removed_and_restored(picture: Path, tmp_path: Path):
    blank = tmp_path / "blank.png"
    Image.new("L", (50, 50), 255).save(blank)
    done = run("data", "own", "add", str(picture), str(blank), "--label", "1")
    assert done["code"] == 2
    assert [digit["name"] for digit in done["added"]] == ["[bold]seven.png"]
    assert "nothing on this picture" in done["refused"][0]["error"]
    [listed] = run("data", "own", "list")["digits"]
    assert (listed["number"], listed["label"], listed["part"], listed["origin"]) == (1, 1, "learn", "picture")
    assert run("data", "own", "remove", "1")["removed"] == 1
    assert run("data", "own", "list")["digits"] == []
    with pytest.raises(NotFound):
        run("data", "own", "remove", "1")
    assert run("data", "own", "restore", "1")["restored"] == 1
    assert len(run("data", "own", "list")["digits"]) == 1


def test_without_json_a_person_reads_sentences(picture: Path):
    told = CliRunner().invoke(cli.app, ["data", "own", "list"])
    assert "None yet" in told.output
    told = CliRunner().invoke(cli.app, ["data", "own", "add", str(picture), "--label", "1"])
    assert "Kept [bold]seven.png as digit 1, a 1." in told.output


def test_a_label_that_is_no_digit_keeps_nothing(picture: Path):
    done = run("data", "own", "add", str(picture), "--label", "12")
    assert (done["code"], done["added"]) == (2, [])
    assert "Allowed: 0 to 9" in done["refused"][0]["error"]


def test_a_run_can_start_from_another_and_not_from_one_that_is_not_there():
    quick = ["train", "--data", "sample", "--set", "epochs=1", "--set", "train_size=500"]
    first = run(*quick)
    second = run(*quick, "--set", f"start_from={first['run']}")
    assert second["val_accuracy"] > first["val_accuracy"]
    with pytest.raises(BadConfig, match="There is no run"):
        run(*quick, "--set", "start_from=20200101-000000-abcdef")
    store = open_store()
    assert len(store.runs()) == 2
    store.close()
