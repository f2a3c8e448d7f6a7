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
            "looks": judged.looks,
        }
        if judged.trust and promise:
            values |= {"temperature": judged.trust.temperature, **asdict(promise)}
        output.as_json(values)
        return
    output.result.print(
        f"Accuracy {output.percent(scores.accuracy)} ({scores.correct:,} of {scores.n:,}; "
        f"95 % interval {output.percent(low)} to {output.percent(high)}), loss {scores.loss:.4f}"
    )
    if promise:
        output.result.print(
            f"Calibration error {output.percent(promise.ece)} ({output.percent(promise.ece_before)} before its temperature); "
            f"sets promised to hold the truth in {coverage.value} % of cases do in {output.percent(promise.coverage)}, "
            f"with {promise.mean_set_size:.2f} classes on average"
        )
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
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures of one digit each.")],
    model: Annotated[
        str,
        typer.Option(help="A run's id, the path of an exported model, or `default`: the one that comes with the lab."),
    ] = "default",
    json: output.Json = False,
) -> None:
    """Read digits from pictures: dark ink on light paper or the other way round, of any size."""
    from mnist_core.images.prepare import prepare_file
    from mnist_core.runs.model import find_predictor

    predictor = find_predictor(open_store(), model)
    results: list[dict[str, object]] = []
    worst = 0
    for path in images:
        try:
            answer = predictor.answer(prepare_file(path).digit[None])[0]
        except LabError as error:
            # One bad picture must not cost the answers for the others.
            output.complain(error)
            worst = max(worst, error.exit_code)
            results.append({"file": str(path), "error": str(error)})
            continue
        results.append({"file": str(path), "digit": answer.label, "probabilities": answer.probabilities})
        if not json:
            if len(images) > 1:
                output.result.print(str(path), markup=False)
            output.result.print(f"Predicted Digit: {answer.label}", markup=False)
            for label, share in sorted(answer.probabilities.items(), key=lambda item: -item[1]):
                output.result.print(f"  {label:>10}  {share:7.2%}", markup=False)
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
