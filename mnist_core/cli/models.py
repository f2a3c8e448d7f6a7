"""`evaluate`, `predict` and `export`: what to do with a trained model."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_core.cli import output
from mnist_core.errors import LabError
from mnist_core.runs import open_store

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A run's id, `default`, or the path of an exported .pth or .safetensors.")
]


class SplitName(StrEnum):
    """The splits that a model can be judged on."""

    VAL = "val"
    TEST = "test"


class CoverageName(StrEnum):
    """The coverages that a model has thresholds for, in percent."""

    PERCENT_99 = "99"
    PERCENT_99_5 = "99.5"
    PERCENT_99_9 = "99.9"


class InkName(StrEnum):
    """Which of ink and paper is the darker one."""

    AUTO = "auto"
    DARK = "dark"
    LIGHT = "light"


class FormatName(StrEnum):
    """The kinds of file a model can be exported as."""

    PTH = "pth"
    SAFETENSORS = "safetensors"


def evaluate(
    model: Model,
    data: Annotated[str | None, typer.Option(help="Data set; by default the one the model learned from.")] = None,
    split: Annotated[
        SplitName,
        typer.Option(
            help="val is for choosing between models. test is sealed: every look is counted, because a test split that "
            "choices are made on no longer tells how good a model is on digits nobody has seen."
        ),
    ] = SplitName.VAL,
    coverage: Annotated[
        CoverageName,
        typer.Option(
            help="Percent of digits whose true class shall be in the model's prediction set. Higher is safer and makes the "
            "sets larger."
        ),
    ] = (CoverageName.PERCENT_99),
    json: output.Json = False,
) -> None:
    """Judge a model on digits it has not learned from."""
    from mnist_core.evaluation import per_class, top_k_accuracy
    from mnist_core.evaluation.trust import kept
    from mnist_core.runs.model import find_predictor, judge

    store = open_store()
    predictor = find_predictor(store, model)
    chosen = data or predictor.card.data
    judged = judge(store, predictor, chosen, split.value)
    scores, labels = judged.scores, judged.pictures.labels
    low, high = scores.interval
    promise = None if judged.trust is None else kept(judged.trust, judged.logits, labels, coverage.value)
    by_class = dict(zip(predictor.card.classes, per_class(scores.confusion), strict=True))
    if json:
        values: dict[str, Any] = {
            "model": model,
            "data": chosen,
            "split": judged.split,
            "n": scores.n,
            "correct": scores.correct,
            "accuracy": scores.accuracy,
            "interval": [low, high],
            "loss": scores.loss,
            "top2_accuracy": top_k_accuracy(judged.logits, labels, 2),
            "confusion": scores.confusion.tolist(),
            "per_class": {name: asdict(each) for name, each in by_class.items()},
            "refused_as_no_digit": judged.refused,
            "looks": judged.looks,
        }
        if judged.fresh:
            values["fresh"] = {
                "data": "qmnist",
                "n": judged.fresh.n,
                "correct": judged.fresh.correct,
                "accuracy": judged.fresh.accuracy,
                "interval": list(judged.fresh.interval),
            }
        if judged.trust and promise:
            values |= {"temperature": judged.trust.temperature, **asdict(promise)}
        output.as_json(values)
        return
    output.result.print(
        f"Accuracy {output.percent(scores.accuracy)} ({scores.correct:,} of {scores.n:,}; "
        f"95 % interval {output.percent(low)} to {output.percent(high)}), loss {scores.loss:.4f}"
    )
    if judged.fresh:
        low, high = judged.fresh.interval
        output.result.print(
            f"On {judged.fresh.n:,} further test digits of QMNIST, which nobody has tuned on: "
            f"{output.percent(judged.fresh.accuracy)} (95 % interval {output.percent(low)} to {output.percent(high)})"
        )
    if promise:
        output.result.print(
            f"Calibration error {output.percent(promise.ece)} ({output.percent(promise.ece_before)} before its temperature); "
            f"sets promised to hold the truth in {coverage.value} % of cases do in {output.percent(promise.coverage)}, "
            f"with {promise.mean_set_size:.2f} classes on average"
        )
    if judged.refused is not None:
        output.result.print(f"Not taken for a digit: {judged.refused:,} of {scores.n:,}")
    rows: list[list[object]] = [
        [name, *row] for name, row in zip(predictor.card.classes, scores.confusion.tolist(), strict=True)
    ]
    output.table(["truth \\ read as", *predictor.card.classes], rows)
    shares: list[list[object]] = [
        [name, *(output.percent(share) for share in (each.precision, each.recall, each.f1)), f"{each.support:,}"]
        for name, each in by_class.items()
    ]
    output.table(["class", "precision", "recall", "F1", "pictures"], shares)
    if split is SplitName.TEST:
        output.say(f"Looks at the test split with this run: {judged.looks}. Choose between models on --split val.")


def predict(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures: drawings, photos or scans.")],
    model: Annotated[
        str,
        typer.Option(help="A run's id, the path of an exported model, or `default`: the one that comes with the lab."),
    ] = "default",
    many: Annotated[
        bool,
        typer.Option(
            "--many",
            help="Find several digits in each picture: their boxes (left, top, right, bottom) and the text by lines.",
        ),
    ] = False,
    stages: Annotated[
        bool, typer.Option("--stages", help="Also say what the model answers after each stage of the preparation.")
    ] = False,
    doctor: Annotated[
        bool,
        typer.Option(
            "--doctor",
            help="Also say why a digit may be misread: what is not as in MNIST, what mends it, and how it is read then.",
        ),
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Ink of this strength, from 0 (paper) to 1 (the darkest), is a stroke. Higher leaves out faint strokes, "
            "specks and shadows. By default chosen for each picture."
        ),
    ] = None,
    ink: Annotated[
        InkName, typer.Option(help="Whether the ink is darker or lighter than the paper; auto looks.")
    ] = InkName.AUTO,
    json: output.Json = False,
) -> None:
    """Read digits from pictures: dark ink on light paper or the other way round, of any size."""
    from mnist_core.cli.reading import Asked, describe, read_many, read_one
    from mnist_core.runs.model import find_predictor

    predictor = find_predictor(open_store(), model)
    asked = Asked(threshold, None if ink is InkName.AUTO else ink is InkName.LIGHT, stages, doctor)
    read = read_many if many else read_one
    results: list[dict[str, Any]] = []
    worst = 0
    for path in images:
        try:
            result = read(predictor, path, asked)
        except LabError as error:
            # One bad picture must not cost the answers for the others.
            output.complain(error)
            worst = max(worst, error.exit_code)
            results.append({"file": str(path), "error": str(error)})
            continue
        results.append(result)
        if not json:
            if len(images) > 1:
                output.result.print(str(path), markup=False)
            for line in describe(result):
                output.result.print(line, markup=False)
    if json:
        output.as_json({"model": model, "predictions": results})
    if worst:
        raise typer.Exit(worst)


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or `default`.")],
    format: Annotated[
        FormatName, typer.Option(help="pth: a plain PyTorch state_dict; safetensors: no pickle inside.")
    ] = (FormatName.PTH),
    out: Annotated[Path | None, typer.Option(help="Where to write it; by default RUN.FORMAT here.")] = None,
    json: output.Json = False,
) -> None:
    """Write a run's best model to a file that is enough to predict with."""
    from mnist_core.export import save_model
    from mnist_core.models.code import loading_code
    from mnist_core.runs.model import find_predictor

    predictor = find_predictor(open_store(), run)
    path = out or Path(f"{run}.{format.value}")
    save_model(path, predictor.network, predictor.card, format.value)
    card = predictor.card
    if json:
        output.as_json({"file": str(path), "bytes": path.stat().st_size, "card": card.model_dump(mode="json")})
        return
    output.result.print(f"Wrote {path} ({path.stat().st_size:,} bytes).", markup=False)
    if format is FormatName.PTH:
        output.say("To load it without the lab:\n")
        output.result.print(
            loading_code(card.network, str(path), card.input_mean, card.input_std, len(card.classes)), markup=False
        )
