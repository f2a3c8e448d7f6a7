"""`runs`: list, show, stop, resume and delete runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from mnist_core.cli import output
from mnist_core.runs import LocalLauncher, Run, open_store

app = typer.Typer(help="The runs: list them (without a verb), show, stop, resume or delete one.")
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, as `runs` shows it.")]


@app.callback(invoke_without_command=True)
def list_runs(context: typer.Context, json: output.Json = False) -> None:
    """Show all runs, the newest first."""
    if context.invoked_subcommand is not None:
        return
    runs = open_store().runs()
    if json:
        output.as_json({"runs": [_summary(run) for run in runs]})
    elif not runs:
        output.say("No runs yet. Start one: python -m mnist_core train --recipe mlp-128-64")
    else:
        columns = ["run", "name", "recipe", "data", "state", "epoch", "validation", "best", "created"]
        output.table(columns, [_row(run) for run in runs])


@app.command()
def show(run_id: RunId, json: output.Json = False) -> None:
    """Show one run: settings, epochs and what happened to it."""
    store = open_store()
    run = store.run(run_id)
    epochs, events = store.epochs(run_id), store.events(run_id)
    if json:
        output.as_json(
            {
                **_summary(run),
                "settings": run.config.settings(),
                "epochs_done": [asdict(row) for row in epochs],
                "events": [{"at": event.at.isoformat(), "kind": event.kind, "text": event.text} for event in events],
            }
        )
        return
    output.table(
        ["", ""], [[key.replace("_", " "), value] for key, value in _summary(run).items() if value not in (None, "")]
    )
    output.table(
        ["epoch", "train loss", "train", "validation loss", "validation", "seconds"],
        [
            [
                row.epoch,
                f"{row.train_loss:.4f}",
                output.percent(row.train_accuracy),
                f"{row.val_loss:.4f}",
                output.percent(row.val_accuracy) + (" best" if row.epoch == run.best_epoch else ""),
                f"{row.seconds:.1f}",
            ]
            for row in epochs
        ],
    )
    output.table(["at (UTC)", "what happened"], [[f"{event.at:%Y-%m-%d %H:%M:%S}", event.text] for event in events])


@app.command()
def stop(run_id: RunId, json: output.Json = False) -> None:
    """Stop a run and keep the model so far; a waiting run leaves the queue."""
    store = open_store()
    store.request_stop(run_id)
    _report(store.run(run_id), f"Run {run_id} has been asked to stop.", json)


@app.command()
def resume(run_id: RunId, json: output.Json = False) -> None:
    """Go on with a stopped or crashed run from its last checkpoint, in the background."""
    store = open_store()
    store.resume(run_id)
    LocalLauncher(store).tend()
    _report(
        store.run(run_id), f"Run {run_id} goes on in the background; `runs show {run_id}` shows how far it is.", json
    )


@app.command()
def delete(run_id: RunId, json: output.Json = False) -> None:
    """Move a run to the bin, from which the dashboard can bring it back."""
    store = open_store()
    store.delete(run_id)
    _report(store.run(run_id), f"Run {run_id} is in the bin.", json)


def _report(run: Run, sentence: str, json: bool) -> None:
    if json:
        output.as_json(_summary(run))
    else:
        output.say(sentence)


def _summary(run: Run) -> dict[str, Any]:
    config = run.saved_config
    return {
        "run": run.id,
        "name": run.name,
        "tags": list(run.tags),
        "recipe": config.recipe if config else None,
        "data": config.data if config else None,
        "state": run.state,
        "reason": run.reason,
        "epochs": run.epoch,
        "step": run.step,
        "total_steps": run.total_steps,
        "val_accuracy": run.val_accuracy,
        "best_epoch": run.best_epoch,
        "best_val_accuracy": run.best_val_accuracy,
        "test_accuracy": run.test_accuracy,
        "test_looks": run.test_looks,
        "seconds": run.seconds,
        "device": run.device,
        "threads": run.threads,
        "machine": run.machine,
        "created_at": run.created_at.isoformat(),
    }


def _row(run: Run) -> list[object]:
    config = run.saved_config
    return [
        run.id,
        run.name,
        config.recipe if config else "",
        config.data if config else "",
        run.state,
        f"{run.epoch}/{config.epochs}" if config else run.epoch,
        output.percent(run.val_accuracy),
        output.percent(run.best_val_accuracy),
        f"{run.created_at:%Y-%m-%d %H:%M}",
    ]
