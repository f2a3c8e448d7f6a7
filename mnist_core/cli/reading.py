"""What `predict` says of a picture: one digit, or several with their places, and what each stage changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.data import load, present_or_best
from mnist_core.data.catalogue import nearest
from mnist_core.data.split import Split
from mnist_core.images.page import find_digits
from mnist_core.images.prepare import Stage, open_picture, prepare

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Answer, Predictor


@dataclass(frozen=True)
class Asked:
    """How pictures are to be read (threshold and light_ink as for `prepare`), and what else is to be said of each digit."""

    threshold: float | None
    light_ink: bool | None
    stages: bool
    doctor: bool


def read_one(predictor: Predictor, path: Path, asked: Asked) -> dict[str, Any]:
    """A file's one digit, as `predict --json` prints it.

    Raises:
        NotFound, BadInput: as `prepare_file`.
    """
    picture = open_picture(path)
    prepared = prepare(picture.grey, threshold=asked.threshold, light_ink=asked.light_ink)
    result = {"file": str(path), **_said(predictor.answer(prepared.digit[None])[0])}
    result |= {"ink": _ink(prepared.light_ink), "notes": list(picture.notes)}
    return result | _more(predictor, prepared.stages, asked)


def read_many(predictor: Predictor, path: Path, asked: Asked) -> dict[str, Any]:
    """All digits of a file in reading order, as `predict --many --json` prints them.

    Raises:
        NotFound, BadInput: as `prepare_file`; BlankImage where no digit is found.
    """
    picture = open_picture(path)
    page = find_digits(picture.grey, predictor.probabilities, threshold=asked.threshold, light_ink=asked.light_ink)
    answers = predictor.answer(np.stack([found.digit for found in page.digits]))
    lines = page.lines(answer.label for answer in answers)
    digits = [
        {"box": list(found.box), "line": found.line, **_said(answer)} | _more(predictor, found.stages, asked)
        for found, answer in zip(page.digits, answers, strict=True)
    ]
    return {
        "file": str(path),
        "text": " / ".join(lines),
        "lines": lines,
        "digits": digits,
        "ink": _ink(page.light_ink),
        "notes": list(picture.notes),
    }


def describe(result: dict[str, Any]) -> Iterator[str]:
    """The same for a person, line by line."""
    yield from result["notes"]
    if "lines" in result:
        yield from result["lines"]
        for digit in result["digits"]:
            for sentence in _sentences(digit):
                yield f"  {digit['digit']} at {', '.join(map(str, digit['box']))}: {sentence}"
        return
    yield f"Predicted Digit: {result['digit']}"
    if result["is_digit"] is False:
        yield "It does not look like a digit: no answer can be relied on."
    for label, share in sorted(result["probabilities"].items(), key=lambda item: -item[1]):
        yield f"  {label:>10}  {share:7.2%}"
    for stage in result.get("stages", ()):
        share = stage["probabilities"][stage["digit"]]
        yield f"  after {stage['name']:<12}  {stage['digit']:>3} {share:7.2%}  {stage['note']}"
    yield from _sentences(result)


def _said(answer: Answer) -> dict[str, Any]:
    return {
        "digit": answer.label,
        "probabilities": answer.probabilities,
        "set": None if answer.set is None else list(answer.set),
        "is_digit": answer.is_digit,
    }


def _more(predictor: Predictor, stages: Sequence[Stage], asked: Asked) -> dict[str, Any]:
    more: dict[str, Any] = {"stages": _stages(predictor, stages)} if asked.stages else {}
    return more | ({"doctor": _doctor(predictor, stages)} if asked.doctor else {})


def _stages(predictor: Predictor, stages: Sequence[Stage]) -> list[dict[str, Any]]:
    answers = predictor.answer(np.stack([stage.digit for stage in stages]))
    return [
        {"name": stage.name, "note": stage.note, **_said(answer), "pixels": stage.digit.tolist()}
        for stage, answer in zip(stages, answers, strict=True)
    ]


def _doctor(predictor: Predictor, stages: Sequence[Stage]) -> dict[str, Any]:
    from mnist_core.evaluation.doctor import answers_by_stage, deciding_stage, examine

    diagnosis = examine(predictor, stages)
    return {
        "sentence": diagnosis.sentence,
        "deciding_stage": deciding_stage(answers_by_stage(predictor, stages)),
        "findings": [
            {
                "fault": finding.fault,
                "stage": finding.stage,
                "measured": finding.measured,
                "sentence": finding.sentence,
                "advice": finding.advice,
                "before": _said(finding.before),
                "after": _said(finding.after),
                "pixels": finding.remedy.tolist(),
            }
            for finding in diagnosis.findings
        ],
        "nearest": _nearest(predictor, diagnosis.mended),
    }


def _nearest(predictor: Predictor, digit: np.ndarray) -> list[dict[str, Any]]:
    """The ten training digits most like a digit, of the data that the model learned from or the best that are here."""
    train = _training_split(present_or_best(predictor.card.data))
    return [
        {
            "label": predictor.card.classes[train.labels[near.row]],
            "index": int(train.indices[near.row]),
            "difference": near.difference,
        }
        for near in nearest(train, digit)
    ]


@cache
def _training_split(data: str) -> Split:
    return load(data).train


def _sentences(result: dict[str, Any]) -> Iterator[str]:
    """What the doctor found, for a person."""
    if "doctor" not in result:
        return
    doctor = result["doctor"]
    yield doctor["deciding_stage"]
    if not doctor["findings"]:
        yield doctor["sentence"]
    for finding in doctor["findings"]:
        yield f"{finding['sentence']} {finding['measured']} {finding['advice']}"
    yield f"The ten nearest training digits: {' '.join(near['label'] for near in doctor['nearest'])}"


def _ink(light: bool) -> str:
    return "light" if light else "dark"
