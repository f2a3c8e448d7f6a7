"""`compare`: whether one run is better than another, or what it would take to tell."""

from __future__ import annotations

from typing import Annotated

import typer

from mnist_core.cli import output
from mnist_core.runs import open_store

RunId = Annotated[str, typer.Argument(help="A run's id, as `runs` shows it, or `default`.")]


def compare(run_a: RunId, run_b: RunId, json: output.Json = False) -> None:
    """Compare two runs digit by digit on the validation split, and seed by seed where there are several."""
    from mnist_core.runs.shipped import run_named
    from mnist_core.runs.versus import outcome, read_all, versus

    store = open_store()
    between = versus(run_named(store, run_a), run_named(store, run_b), store.runs())
    digits = between.digits()
    if json:
        answers = read_all(store, between, digits)
    else:
        with output.progress("Reading the digits", json=False) as tell:
            answers = read_all(store, between, digits, lambda share: tell(share, f"{len(between.runs)} models"))
    found = outcome(between, digits.validation, answers)
    pair, verdict = found.pair, found.verdict
    sides = (between.seeds_a, between.seeds_b)
    if json:
        difference = verdict.difference
        output.as_json(
            {
                "run_a": run_a,
                "run_b": run_b,
                "data": between.data,
                "split": "val",
                "n": pair.n,
                "accuracy_a": found.accuracy_a,
                "accuracy_b": found.accuracy_b,
                "b": pair.only_a,
                "c": pair.only_b,
                "p": pair.p,
                "seeds_a": list(between.seeds_a.runs),
                "seeds_b": list(between.seeds_b.runs),
                "over_seeds": {
                    "pairs": verdict.pairs,
                    "b": verdict.only_a,
                    "c": verdict.only_b,
                    "p": verdict.p,
                    "difference": difference.mean if difference else None,
                    "spread": difference.spread if difference else None,
                    "interval": difference.interval if difference else None,
                },
                "verdict": verdict.says,
                "more_seeds": verdict.more_seeds,
                "sentence": found.sentence,
            }
        )
        return
    rows: list[list[object]] = [
        [name, run.id, output.percent(accuracy), len(side.runs), output.percent(side.mean), output.percent(side.spread)]
        for name, run, accuracy, side in zip(
            "AB", (between.a, between.b), (found.accuracy_a, found.accuracy_b), sides, strict=True
        )
    ]
    output.table(["", "run", "accuracy", "seeds", "mean", "spread"], rows)
    output.table(
        ["both right", "only A", "only B", "both wrong"],
        [[pair.both, pair.only_a, pair.only_b, pair.n - pair.both - pair.only_a - pair.only_b]],
    )
    output.result.print(found.sentence, markup=False)
