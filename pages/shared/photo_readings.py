"""What a model reads in the pictures of a visit: each is read once, with progress and a way to stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.errors import LabError
from mnist_core.evaluation.reading import Reading, read
from mnist_core.images.picture import MOST_FILES, read_picture
from mnist_core.runs import Run
from pages.shared import notices, resources
from pages.shared.photo_visit import Brought, ReadingKey, Visit

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Predictor

# Each keeps some hundred kilobytes: with those of the models and settings before, so that a step back is quick.
MOST_KEPT = 2 * MOST_FILES


def of(visit: Visit, run: Run) -> dict[int, Reading | LabError] | None:
    """Read the pictures that were not read yet, and give what is in each, or why it cannot be read, by its number.

    Those that are left after a stop are missing. None, and the page says why, if the model cannot be had.
    """
    left = [each for each in visit.pictures if _key(each, run) not in visit.readings]
    if left and not visit.is_stopped and not _read(visit, left, run):
        return None
    found = {}
    for each in visit.pictures:
        key = _key(each, run)
        if key in visit.readings:
            # The latest ones are at the end, and stay.
            found[each.number] = visit.readings[key] = visit.readings.pop(key)
    for oldest in list(visit.readings)[:-MOST_KEPT]:
        del visit.readings[oldest]
    if len(found) < len(visit.pictures):
        st.button(
            f"Read the {len(visit.pictures) - len(found)} that are left",
            icon=":material/play_arrow:",
            key="go on",
            on_click=lambda: setattr(visit, "is_stopped", False),
            help="Goes on where it was stopped.",
        )
    return found


def _read(visit: Visit, left: list[Brought], run: Run) -> bool:
    progress = st.empty()
    with progress.container():
        bar = st.progress(0.0, text="Loading the model ...")
        if len(left) > 1:
            st.button(
                "Stop",
                icon=":material/stop:",
                key="stop",
                on_click=lambda: setattr(visit, "is_stopped", True),
                help="What was read so far stays; the others can be read later.",
            )
    try:
        predictor = resources.predictor(run)
    except LabError as error:
        progress.empty()
        notices.problem(error)
        return False
    began = time.monotonic()
    for done, each in enumerate(left):
        words = f"Reading {each.name}" if len(left) == 1 else f"{done} of {len(left)} read"
        if done:
            seconds = (time.monotonic() - began) / done * (len(left) - done)
            words += f" · about {notices.age(max(seconds, 1))} left"
        bar.progress(done / len(left), text=notices.verbatim(words))
        visit.readings[_key(each, run)] = each.refusal or _what_is_in(each, predictor)
    progress.empty()
    return True


def _what_is_in(picture: Brought, predictor: Predictor) -> Reading | LabError:
    try:
        decoded = read_picture(picture.data, picture.name)
        return read(predictor, decoded, threshold=picture.threshold, light_ink=picture.light_ink)
    except LabError as error:
        return error


def _key(picture: Brought, run: Run) -> ReadingKey:
    return picture.number, run.id, run.best_epoch, picture.threshold, picture.light_ink
