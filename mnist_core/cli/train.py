"""`train` and `recipes`: from a recipe's name to a trained, recorded model."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mnist_core.cli import output
from mnist_core.config import TrainConfig
from mnist_core.data import best_available, require, source
from mnist_core.errors import BadConfig
from mnist_core.models import RECIPES, parameter_count, recipe
from mnist_core.runs import LocalLauncher, Run, Store, open_store
from mnist_core.runs.start import check_start
from mnist_core.training.plan import plan
from mnist_core.training.progress import EpochReport, StepReport


def recipes(json: output.Json = False) -> None:
    """Show the recipes: named settings to start from."""
    if json:
        output.as_json(
            {
                "recipes": [
                    {
                        "name": each.name,
                        "title": each.title,
                        "parameters": parameter_count(each.config.network),
                        "claim": each.claim,
                        "settings": each.config.settings(),
                    }
                    for each in RECIPES.values()
                ]
            }
        )
        return
    rows: list[list[object]] = [
        [each.name, f"{parameter_count(each.config.network):,}", each.summary] for each in RECIPES.values()
    ]
    output.table(["name", "parameters", "what it is"], rows)


def train(
    recipe_name: Annotated[
        str, typer.Option("--recipe", help="Settings to start from; `recipes` lists them.")
    ] = "mlp-128-64",
    data: Annotated[
        str | None, typer.Option(help="Data set; by default MNIST if it is here, else the bundled sample.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a setting, e.g. --set learning_rate=0.01; may be repeated."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="A name for the run, to find it again.")] = "",
    test: Annotated[
        bool,
        typer.Option("--test", help="Look at the test split at the end. Looks are counted: see `evaluate --help`."),
    ] = False,
    json: output.Json = False,
) -> None:
    """Train a model here and now; it is recorded like a run started from the dashboard. Ctrl-C stops and keeps it."""
    config = _config(recipe_name, data, settings or [])
    _say_which_data(config, data)
    store = open_store()
    run = _train_with_a_bar(store, config, name)
    summary: dict[str, Any] = {
        "run": run.id,
        "state": run.state,
        "epochs": run.epoch,
        "val_accuracy": run.val_accuracy,
        "best_val_accuracy": run.best_val_accuracy,
        "seconds": round(run.seconds, 3),
        "images_per_second": run.images_per_second,
    }
    if test:
        from mnist_core.runs.model import look_at_test

        look = look_at_test(store, run.id)
        summary |= {"test_accuracy": look.scores.accuracy, "test_n": look.scores.n, "test_looks": look.looks}
    if json:
        output.as_json(summary)
        return
    output.table(["", ""], [[key.replace("_", " "), _shown(key, value)] for key, value in summary.items()])


def _config(recipe_name: str, data: str | None, settings: list[str]) -> TrainConfig:
    changes: dict[str, Any] = {"data": source(data).name if data else best_available().name}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise BadConfig(f"--set {setting!r} has no '='.", "Write it as --set learning_rate=0.01.")
        changes[key.strip()] = value.strip()
    return recipe(recipe_name).config.changed(changes)


def _say_which_data(config: TrainConfig, asked_for: str | None) -> None:
    chosen = source(config.data)
    if config.data == "sample":
        output.say(
            f"Working with the bundled sample: {chosen.train_count:,} digits to learn from. "
            "`python -m mnist_core data get mnist` gets all 70,000."
        )
    elif asked_for is None:
        output.say(f"Working with {chosen.title}.")


def _train_with_a_bar(store: Store, config: TrainConfig, name: str) -> Run:
    """Train in this process, as a worker would, drawing a bar on standard error."""
    require(config.data)
    plan(config)
    check_start(store, config)
    run = store.create(config, name=name, queued=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), TimeRemainingColumn())
    with Progress(*columns, console=output.remark) as bar:
        task = bar.add_task(config.recipe, total=1.0, state="starting")

        def show(report: StepReport | EpochReport) -> None:
            if isinstance(report, StepReport):
                text = f"epoch {report.epoch}/{config.epochs}  loss {report.smoothed_loss:.4f}"
                bar.update(task, completed=report.fraction, state=f"{text}  {report.images_per_second:,.0f} images/s")
            else:
                bar.console.print(
                    f"epoch {report.epoch}  train {output.percent(report.train_accuracy)}  "
                    f"validation {output.percent(report.val_accuracy)}  {report.seconds:.1f} s"
                )

        def wait() -> None:
            bar.update(task, state="waiting for the runs before it")

        return LocalLauncher(store).train_here(run.id, on_progress=show, on_wait=wait)


def _shown(key: str, value: object) -> str:
    if isinstance(value, float):
        return output.percent(value) if key.endswith("accuracy") else f"{value:,.1f}"
    return str(value)
