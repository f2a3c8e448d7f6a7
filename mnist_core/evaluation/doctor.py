"""Why a digit may be misread: what about it is not as in MNIST, what mends that, and what the model reads then.

A fault is named by what can be measured on the picture; only whether there is more than one is decided by the model, which
is asked again after each remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mnist_core.data.sources import DIGITS
from mnist_core.errors import BadInput
from mnist_core.evaluation.measures import USUAL, Measures, measure
from mnist_core.evaluation.predictor import Answer, Predictor
from mnist_core.evaluation.tilt import tilts
from mnist_core.images import remedies
from mnist_core.images.prepare import SIDE, Stage

FaultName = Literal["inverted", "speckled", "small", "large", "shifted", "thin", "thick", "rotated"]

# Half of full ink along the picture's edge: the paper is light.
LIGHT_PAPER = 0.5
# So many specks are dirt if one lies apart from the digit, or more of them wherever they lie; eroded strokes fall apart, too.
FEWEST_SPECKS, MANY_SPECKS = 3, 8
# Half to three quarters of MNIST's 20 pixels; between the two, what is left of eroded strokes is told by their width.
SMALL, RATHER_SMALL = 12, 15
# Strokes of less than this have lost their rims, whatever their length; below the second, not even half a size explains it.
SCRAPED, BROKEN = 0.9, 0.6
FAR = 2.6
MOST_CUT = 3
THIN, THICK = 1.05, 4.5
# Eroded, a stroke loses as much of its length as of its width, and the box is no longer 20 pixels.
ERODED_SIDES, ERODED = (18, 19), 2.5
# A lean is named from the first probability on where the answer is not sure, else from the second: people lean, too.
TILTED, CERTAINLY_TILTED = 0.6, 0.85
ANGLES = range(5, 36, 5)
PENS = (1.0, 1.5, 2.0)
# From this probability on, an answer is sure; further faults are looked for only until then.
SURE = 0.9
MOST_FINDINGS = 3
# Probabilities that differ by less are the same to a reader.
NOTED = 0.01


@dataclass(frozen=True, eq=False)
class Finding:
    """One fault of a digit.

    Attributes:
        fault: its name.
        stage: the stage of the preparation that mends such a fault (threshold, box, centre ...).
        measured: what was measured and what is usual, in a sentence.
        sentence: what mends it and what that does to the answer.
        advice: what to do next time.
        remedy: (28, 28) bytes, the digit without this fault.
        before, after: what the model reads without and with the remedy.
    """

    fault: FaultName
    stage: str
    measured: str
    sentence: str
    advice: str
    remedy: np.ndarray
    before: Answer
    after: Answer


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What is wrong with a digit, the first fault first; each further one was found after mending those before it.

    Attributes:
        digit: (28, 28) bytes as it came.
        answer: what the model reads.
        findings: empty where nothing is wrong.
        sentence: all of it in a sentence.
    """

    digit: np.ndarray
    answer: Answer
    findings: tuple[Finding, ...]
    sentence: str

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong with it, and it is read surely."""
        return not self.findings and _is_sure(self.answer)

    @property
    def mended(self) -> np.ndarray:
        """(28, 28) bytes: the digit after all remedies."""
        return self.findings[-1].remedy if self.findings else self.digit


@dataclass(frozen=True, eq=False)
class StageAnswer:
    """What the model reads if the preparation ends with a stage, and whether that differs from the stage before."""

    stage: Stage
    answer: Answer
    changes: bool


@dataclass(frozen=True)
class _Fault:
    stage: str
    measured: Callable[[Measures], str]
    advice: str


# What a stage of the preparation mends, and how.
_STAGES = {
    "polarity": "dark ink on light paper: turned round",
    "light": "faint, or unevenly lit: with the light evened out",
    "threshold": "traces beside the strokes: without them",
    "lines": "printed lines: without them",
    "crop": "too much paper around it: cut out",
    "stroke width": "too thin: widened to the width of MNIST's strokes",
    "box": "not of MNIST's size: scaled to 20 pixels",
    "centre": "off the middle: moved back",
}

_FAULTS: dict[FaultName, _Fault] = {
    "inverted": _Fault(
        "polarity",
        lambda it: f"The picture's edge is at {100 * it.paper:.0f} % of full ink, where MNIST's digits have none.",
        "Write light on dark, or let the preparation turn the picture round.",
    ),
    "speckled": _Fault(
        "threshold",
        lambda it: f"There are {it.specks} specks apart from the strokes; 98 of 100 MNIST digits have one at most.",
        "Raise the threshold until the specks are gone, or clean the paper or the lens.",
    ),
    "small": _Fault(
        "box",
        lambda it: f"It is {it.longest_side} pixels at its longest; MNIST's digits are {USUAL['longest_side'][0]}.",
        "Write it larger, or cut the picture closer.",
    ),
    "large": _Fault(
        "box",
        lambda it: f"It is {it.longest_side} pixels at its longest; MNIST's digits are {USUAL['longest_side'][0]}.",
        "Leave more paper around it.",
    ),
    "shifted": _Fault(
        "centre",
        lambda it: (
            f"Its centre of mass is {it.off_centre:.1f} pixels from the middle; in 98 of 100 MNIST digits it is at "
            f"most {USUAL['off_centre'][1]}."
            + (f" The picture's edge cuts {it.cut} pixels of ink." if it.cut > MOST_CUT else "")
        ),
        "Put it into the middle, away from the picture's edge.",
    ),
    "thin": _Fault(
        "stroke width",
        lambda it: (
            f"Its strokes are {it.stroke_width:.1f} pixels wide, where 98 of 100 MNIST digits have "
            f"{USUAL['stroke_width'][0]} to {USUAL['stroke_width'][1]}."
            + (
                f" It is {it.longest_side} pixels at its longest, not 20: the strokes have lost their rims."
                if it.longest_side < 20
                else ""
            )
        ),
        "Take a wider pen, or press harder.",
    ),
    "thick": _Fault(
        "stroke width",
        lambda it: (
            f"Its strokes are {it.stroke_width:.1f} pixels wide; 98 of 100 MNIST digits have {USUAL['stroke_width'][0]} to "
            f"{USUAL['stroke_width'][1]}."
        ),
        "Take a finer pen, or write larger.",
    ),
    "rotated": _Fault(
        "deskew",
        lambda it: "It leans farther than people write.",
        "Turn the paper or the camera so that the digit stands upright.",
    ),
}


def diagnose(predictor: Predictor, digit: np.ndarray) -> Diagnosis:
    """Find what about a digit is not as in MNIST, mend it, and ask the model before and after.

    Args:
        predictor: of digits.
        digit: (28, 28) bytes, as the model was shown it.

    Raises:
        BadInput: the model reads other things than digits.
    """
    if predictor.card.classes != DIGITS:
        raise BadInput(
            "This model does not read digits.", "What is usual is known of digits only; ask a model of digits."
        )
    now, answer = digit, predictor.answer(digit[None])[0]
    first = answer
    findings: list[Finding] = []
    while len(findings) < MOST_FINDINGS:
        found = _next(predictor, now, answer, {finding.fault for finding in findings})
        # After the first fault only what changes an answer that cannot be relied on is worth naming.
        if found is None or (findings and (_is_sure(answer) or not _is_better(answer, found.after))):
            break
        findings.append(found)
        now, answer = found.remedy, found.after
    return Diagnosis(digit, first, tuple(findings), _summary(first, findings))


def examine(predictor: Predictor, stages: Sequence[Stage]) -> Diagnosis:
    """The same for a picture's stages (`Prepared.stages`).

    What the model sees is judged, after the preparation. Only of a file of 28x28 pixels, which is to be prepared already, the
    wrong polarity is a fault; of any other picture dark ink on light paper is none. Errors are those of `diagnose`.
    """
    raw = stages[0].picture
    if raw.shape == (SIDE, SIDE) and measure(stages[0].digit).paper > LIGHT_PAPER:
        return diagnose(predictor, stages[0].digit)
    return diagnose(predictor, stages[-1].digit)


def answers_by_stage(predictor: Predictor, stages: Sequence[Stage]) -> list[StageAnswer]:
    """What the model reads after each stage, in order."""
    answers = predictor.answer(np.stack([stage.digit for stage in stages]))
    before = [answers[0], *answers]
    return [
        StageAnswer(stage, answer, _said(answer) != _said(previous))
        for stage, answer, previous in zip(stages, answers, before, strict=False)
    ]


def deciding_stage(answers: Sequence[StageAnswer]) -> str:
    """The last stage that changes the answer and how, or that none does, in a sentence or two."""
    changed = [each for each in answers if each.changes]
    if not changed:
        return f"No stage changes the answer: it reads {_said(answers[0].answer)} from the file to the end."
    last = changed[-1]
    before = answers[answers.index(last) - 1].answer
    how = _STAGES.get(last.stage.name, "with what this stage does")
    return f"The stage {last.stage.name} changes the answer. {_sentence(how, before, last.answer)}"


def _next(predictor: Predictor, digit: np.ndarray, before: Answer, known: set[FaultName]) -> Finding | None:
    """The most obvious fault of a digit that has not been mended yet."""
    measures = measure(digit)
    fault, way = _fault(digit, measures, sure=_is_sure(before))
    if fault is None or fault in known or not digit.any():
        return None
    how, remedy = _mend(predictor, digit, fault, way)
    after = predictor.answer(remedy[None])[0]
    kind = _FAULTS[fault]
    return Finding(
        fault, kind.stage, kind.measured(measures), _sentence(how, before, after), kind.advice, remedy, before, after
    )


def _fault(digit: np.ndarray, it: Measures, *, sure: bool) -> tuple[FaultName | None, int]:
    """The fault that the measures show, and for a turned digit which way it must be turned back: 1 is anticlockwise."""
    if it.paper > LIGHT_PAPER:
        return "inverted", 0
    if it.specks >= MANY_SPECKS or (it.specks >= FEWEST_SPECKS and it.specks_in_frame):
        return "speckled", 0
    scraped = it.stroke_width < SCRAPED
    if it.longest_side <= SMALL and it.specks < FEWEST_SPECKS and it.stroke_width >= BROKEN:
        return "small", 0
    if it.longest_side <= RATHER_SMALL and not scraped and not it.cut:
        return "small", 0
    if scraped and it.longest_side <= 20:
        return "thin", 0
    if it.cut > MOST_CUT or it.off_centre > FAR:
        return "shifted", 0
    if it.stroke_width < THIN:
        return "thin", 0
    upright, clockwise, anticlockwise = map(float, tilts(digit[None])[0])
    eroded = it.longest_side in ERODED_SIDES and it.stroke_width < ERODED
    if 1 - upright > (CERTAINLY_TILTED if sure or eroded else TILTED):
        return "rotated", 1 if clockwise > anticlockwise else -1
    if eroded:
        return "thin", 0
    if it.stroke_width > THICK:
        return "thick", 0
    if it.longest_side > 22:
        return "large", 0
    if it.longest_side < 18:
        return "small", 0
    return None, 0


def _mend(predictor: Predictor, digit: np.ndarray, fault: FaultName, way: int) -> tuple[str, np.ndarray]:
    """What was done, in a participle, and the mended digit; of several strengths the one that looks most like a digit."""
    if fault == "inverted":
        return "inverted: turned round", remedies.inverted(digit)
    if fault == "speckled":
        return "speckled: without the specks", remedies.without_specks(digit)
    if fault in ("small", "large"):
        return f"too {fault}: scaled to 20 pixels", remedies.fitted(digit)
    if fault == "shifted":
        return "off the middle: moved back", remedies.centred(digit)
    if fault == "rotated":
        turned = [remedies.rotated(digit, way * angle) for angle in ANGLES]
        best = int(tilts(np.stack(turned))[:, 0].argmax())
        return f"leaning: turned by {ANGLES[best]} degrees", turned[best]
    sign = 1 if fault == "thin" else -1
    changed = [remedies.widened(digit, sign * pixels) for pixels in PENS]
    best = _most_like_a_digit(predictor, np.stack(changed))
    done = "thickened" if fault == "thin" else "thinned"
    return f"too {fault}: {done} by {PENS[best]:g} px", changed[best]


def _most_like_a_digit(predictor: Predictor, images: np.ndarray) -> int:
    scores = predictor.digit_scores(images)
    return int((predictor.probabilities(images).max(1) if scores is None else scores).argmax())


def _sentence(how: str, before: Answer, after: Answer) -> str:
    first, now = _said(before), _said(after)
    shares = f"{_percent(before)} before, {_percent(after)} after"
    start = f"{how[0].upper()}{how[1:]}"
    if after.is_digit is False:
        like = "it still does not look like a digit" if before.is_digit is False else "it looks less like a digit"
        return f"{start}, {like}; the nearest is {after.label}."
    if first != now:
        return f"{start}, it reads {now} ({_percent(after)}); before, {first}."
    changed = _share(after) - _share(before)
    more = "more surely" if changed > NOTED else "less surely" if changed < -NOTED else "as surely"
    return f"{start}, it still reads {now}, {more}: {shares}."


def _summary(answer: Answer, findings: Sequence[Finding]) -> str:
    if findings:
        return " ".join(finding.sentence for finding in findings)
    if _is_sure(answer):
        return "Nothing is wrong with it: it is as MNIST's digits are, and read surely."
    if answer.is_digit is False:
        return "Size, place and strokes are as in MNIST, but its shape is not that of a digit. Write one digit, large."
    return (
        "Size, place and strokes are as in MNIST; its shape can be read in more than one way. Write it more like the "
        "training digits, or keep digits of your own and train with them."
    )


def _is_sure(answer: Answer) -> bool:
    return answer.is_digit is not False and _share(answer) >= SURE


def _is_better(before: Answer, after: Answer) -> bool:
    return after.is_digit is not False and _share(after) > _share(before)


def _said(answer: Answer) -> str:
    return "no digit" if answer.is_digit is False else answer.label


def _share(answer: Answer) -> float:
    return answer.probabilities[answer.label]


def _percent(answer: Answer) -> str:
    return f"{100 * _share(answer):.0f} %"
