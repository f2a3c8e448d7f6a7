"""The command line: what a newcomer types, what a program reads, and how it ends when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from mnist_core import cli
from mnist_core.data import load
from mnist_core.errors import LabError
from mnist_core.runs import open_store

QUICK = ["--data", "sample", "--set", "epochs=2", "--set", "train_size=500"]


def run(*arguments: str) -> Result:
    """Call the command line in this process; errors of the lab become exit codes as in `cli.main`."""
    result = CliRunner().invoke(cli.app, list(arguments))
    if isinstance(result.exception, LabError):
        result.exit_code = result.exception.exit_code
    elif result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def last_line(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def trained() -> str:
    return last_line(run("train", "--recipe", "mlp-128-64", *QUICK, "--json"))["run"]


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """A real 7 of the sample's test split, as a picture file."""
    test = load("sample").test
    path = tmp_path / "seven.png"
    Image.fromarray(test.images[np.flatnonzero(test.labels == 7)[0]]).save(path)
    return path


def test_help_shows_every_verb_and_a_first_try() -> None:
    text = run("--help").output
    for verb in ("recipes", "data", "train", "runs", "compare", "evaluate", "predict", "export", "--data sample"):
        assert verb in text


@pytest.mark.parametrize(
    "verb",
    ["recipes", "data list", "data get", "train", "runs", "runs resume", "compare", "evaluate", "predict", "export"],
)
def test_every_verb_explains_itself(verb: str) -> None:
    result = run(*verb.split(), "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_recipes_are_listed_with_their_parameters() -> None:
    recipes = {recipe["name"]: recipe["parameters"] for recipe in last_line(run("recipes", "--json"))["recipes"]}
    assert recipes["mlp-512"] == 669_706
    assert "cnn-32-64" in run("recipes").output


def test_data_sets_are_listed_with_what_is_here() -> None:
    here = {source["name"]: source["present"] for source in last_line(run("data", "list", "--json"))["sources"]}
    assert here["sample"] is True
    assert here["mnist"] is False


def test_training_ends_with_one_json_object_of_results_and_a_recorded_run() -> None:
    result = last_line(run("train", "--recipe", "mlp-128-64", *QUICK, "--test", "--json"))
    assert {"run", "state", "epochs", "val_accuracy", "test_accuracy", "seconds", "images_per_second"} <= set(result)
    assert (result["state"], result["epochs"], result["test_looks"]) == ("finished", 2, 1)
    recorded = open_store().run(result["run"])
    assert recorded.config.train_size == 500
    assert recorded.test_accuracy == result["test_accuracy"]


def test_training_without_real_data_says_that_it_uses_the_sample() -> None:
    result = run("train", "--set", "epochs=1", "--set", "train_size=100")
    assert result.exit_code == 0
    assert "bundled sample" in result.stderr


def test_the_same_command_gives_the_same_weights() -> None:
    accuracies = [last_line(run("train", *QUICK, "--json"))["val_accuracy"] for _ in range(2)]
    assert accuracies[0] == accuracies[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "learning_rate=nan"], "greater than 0"),
        (["--set", "batch_size=100000"], "Allowed"),
        (["--set", "epochs=1000000000"], "at most 1,000"),
        (["--set", "epochs"], "no '='"),
        (["--set", "colour=red"], "no setting called"),
        (["--recipe", "resnet"], "mlp-128-64"),
        (["--data", "cifar"], "There are: mnist"),
        (["--data", "mnist"], "data get mnist"),
    ],
)
def test_bad_input_ends_with_2_and_says_what_is_allowed(arguments: list[str], sentence: str) -> None:
    result = run("train", "--data", "sample", *arguments)
    assert result.exit_code == 2
    assert sentence in str(result.exception)
    assert open_store().runs() == []


def test_a_diverging_run_ends_with_5_and_is_recorded_as_diverged() -> None:
    result = run("train", *QUICK, "--set", "optimizer=sgd", "--set", "learning_rate=1e6")
    assert result.exit_code == 5
    assert open_store().runs()[0].state == "diverged"


def test_runs_are_listed_shown_deleted_and_refused_when_unknown(trained: str) -> None:
    assert trained in run("runs").output
    shown = last_line(run("runs", "show", trained, "--json"))
    assert shown["settings"]["train_size"] == 500
    assert [epoch["epoch"] for epoch in shown["epochs_done"]] == [1, 2]
    assert "Created" in run("runs", "show", trained).output
    assert run("runs", "delete", trained).exit_code == 0
    assert last_line(run("runs", "--json"))["runs"] == []
    assert run("runs", "show", "nonsense").exit_code == 2


def test_a_finished_run_is_not_resumed(trained: str) -> None:
    result = run("runs", "resume", trained)
    assert result.exit_code == 2
    assert "finished" in str(result.exception)


def test_evaluating_says_what_a_model_is_worth_and_how_far_to_trust_it(trained: str, tmp_path: Path) -> None:
    found = last_line(run("evaluate", trained, "--coverage", "99.5", "--json"))
    assert found["per_class"]["7"]["support"] == sum(found["confusion"][7]) == 50
    assert found["accuracy"] <= found["top2_accuracy"] <= 1
    assert found["coverage_chosen"] == 0.995 <= found["coverage"]  # the thresholds were fitted on these very pictures
    assert found["mean_set_size"] >= 1
    # A model file carries its trust with it.
    run("export", trained, "--format", "safetensors", "--out", str(tmp_path / "model.safetensors"))
    alone = last_line(run("evaluate", str(tmp_path / "model.safetensors"), "--coverage", "99.5", "--json"))
    for key in ("temperature", "ece", "coverage", "mean_set_size"):
        assert alone[key] == pytest.approx(found[key])
    text = run("evaluate", trained).stdout
    assert "Calibration error" in text
    assert "precision" in text


def test_a_run_that_was_never_asked_is_fitted_when_it_is(trained: str) -> None:
    before = last_line(run("evaluate", trained, "--json"))
    folder = open_store().folder(trained) / "trust"
    for file in folder.iterdir():
        file.write_text("{damaged")
    assert last_line(run("evaluate", trained, "--json")) == before


def test_evaluating_counts_looks_at_the_test_split_but_not_at_validation(trained: str) -> None:
    validation = last_line(run("evaluate", trained, "--data", "sample", "--split", "val", "--json"))
    assert (validation["n"], validation["looks"]) == (500, 0)
    assert np.trace(validation["confusion"]) == validation["correct"]
    assert validation["interval"][0] < validation["accuracy"] < validation["interval"][1]
    for looks in (1, 2):
        assert last_line(run("evaluate", trained, "--split", "test", "--json"))["looks"] == looks
    assert "Looks at the test split with this run: 3" in run("evaluate", trained, "--split", "test").stderr


def test_predicting_a_picture_prints_the_digit_and_the_probabilities(trained: str, seven: Path) -> None:
    result = run("predict", str(seven), "--model", trained)
    assert "Predicted Digit: 7" in result.output
    assert result.output.count("%") == 10
    (prediction,) = last_line(run("predict", str(seven), "--model", trained, "--json"))["predictions"]
    assert prediction["digit"] == "7"
    assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_one_bad_picture_does_not_cost_the_answers_for_the_others(trained: str, seven: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"<html>")
    result = run("predict", str(tmp_path / "bad.png"), str(seven), "--model", trained)
    assert result.exit_code == 2
    assert "Predicted Digit: 7" in result.output
    assert "not a picture" in result.stderr


def test_each_stage_of_the_preparation_has_an_answer(trained: str, seven: Path) -> None:
    (prediction,) = last_line(run("predict", str(seven), "--model", trained, "--stages", "--json"))["predictions"]
    stages = prediction["stages"]
    assert [stage["name"] for stage in stages] == ["raw", "polarity", "light", "centre"]
    assert stages[-1]["digit"] == prediction["digit"]
    assert stages[-1]["probabilities"] == pytest.approx(prediction["probabilities"], abs=1e-4)
    assert np.shape(stages[0]["pixels"]) == (28, 28)
    assert prediction["ink"] == "light"
    assert "after polarity" in run("predict", str(seven), "--model", trained, "--stages").output


def test_several_digits_in_one_picture_are_read_line_by_line(trained: str, tmp_path: Path) -> None:
    test = load("sample").test
    page = np.zeros((200, 200), np.uint8)
    places = [(10, 20), (10, 90), (110, 20)]
    for (top, left), digit in zip(places, (7, 1, 0), strict=True):
        image = Image.fromarray(test.images[np.flatnonzero(test.labels == digit)[0]])
        page[top : top + 56, left : left + 56] = np.asarray(image.resize((56, 56)))
    path = tmp_path / "page.png"
    Image.fromarray(page).save(path)
    (prediction,) = last_line(run("predict", str(path), "--model", trained, "--many", "--json"))["predictions"]
    assert prediction["text"] == "71 / 0"
    assert prediction["lines"] == ["71", "0"]
    assert [digit["line"] for digit in prediction["digits"]] == [0, 0, 1]
    for (top, left), digit in zip(places, prediction["digits"], strict=True):
        assert sum(digit["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        box = digit["box"]
        assert left <= box[0] < box[2] <= left + 56
        assert top <= box[1] < box[3] <= top + 56
    assert run("predict", str(path), "--model", trained, "--many").stdout.split() == ["71", "0"]


def test_a_threshold_out_of_range_is_refused_for_each_picture(trained: str, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.effect_noise((50, 50), 90).save(path)
    result = run("predict", str(path), "--model", trained, "--threshold", "2")
    assert result.exit_code == 2
    assert "above 0 and below 1" in result.stderr


@pytest.mark.parametrize("format", ["pth", "safetensors"])
def test_an_exported_model_predicts_as_its_run_does(trained: str, seven: Path, tmp_path: Path, format: str) -> None:
    path = tmp_path / f"model.{format}"
    card = last_line(run("export", trained, "--format", format, "--out", str(path), "--json"))["card"]
    assert card["run"] == trained
    answers = [
        last_line(run("predict", str(seven), "--model", model, "--json"))["predictions"][0]["probabilities"]
        for model in (trained, str(path))
    ]
    assert answers[0] == pytest.approx(answers[1])


def test_an_exported_pth_is_a_plain_state_dict_and_the_way_to_load_it_is_shown(trained: str, tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    result = run("export", trained, "--out", str(path))
    assert "load_state_dict" in result.output
    assert next(iter(torch.load(path, weights_only=True))) == "1.weight"


def test_where_no_model_is_named_the_one_that_comes_with_the_lab_answers(seven: Path, tmp_path: Path) -> None:
    answer = last_line(run("predict", str(seven), "--json"))
    assert (answer["model"], answer["predictions"][0]["digit"]) == ("default", "7")
    path = tmp_path / "default.safetensors"
    run("export", "default", "--format", "safetensors", "--out", str(path))
    assert last_line(run("predict", str(seven), "--model", str(path), "--json"))["predictions"] == answer["predictions"]


def test_main_prints_the_sentence_and_leaves_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mnist_core", "train", "--data", "mnits"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "There is no data set called 'mnits'." in capsys.readouterr().err


def test_the_doctor_names_the_fault_what_mends_it_and_the_nearest_training_digits(trained: str, tmp_path: Path) -> None:
    test = load("sample").test
    seven = test.images[np.flatnonzero(test.labels == 7)[0]]
    small = np.zeros((28, 28), np.uint8)
    small[7:21, 7:21] = np.asarray(Image.fromarray(seven).resize((14, 14), Image.Resampling.BOX))
    path = tmp_path / "small.png"
    Image.fromarray(small).save(path)
    assert "Too small: scaled to 20 pixels, it" in run("predict", str(path), "--model", trained, "--doctor").output
    (prediction,) = last_line(run("predict", str(path), "--model", trained, "--doctor", "--json"))["predictions"]
    doctor = prediction["doctor"]
    assert (doctor["findings"][0]["fault"], doctor["findings"][0]["stage"]) == ("small", "box")
    assert doctor["findings"][0]["after"]["digit"] == "7"
    assert np.shape(doctor["findings"][0]["pixels"]) == (28, 28)
    assert len(doctor["nearest"]) == 10
    assert [near["difference"] for near in doctor["nearest"]] == sorted(
        near["difference"] for near in doctor["nearest"]
    )
    assert "doctor" not in last_line(run("predict", str(path), "--model", trained, "--json"))["predictions"][0]
