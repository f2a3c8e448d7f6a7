"""One picture at large: its digits boxed and read, the settings that it was read with, and one digit closely."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from mnist_core.errors import BadFile, LabError
from mnist_core.evaluation.reading import ReadDigit, Reading
from mnist_core.images.paper import FAINTEST_STROKE, SURE_STROKE
from mnist_core.runs import Run
from pages.shared import doctor_view, model_picker, notices, resources, stages_view
from pages.shared.answer_bars import answer_bars
from pages.shared.boxed_picture import Boxed, boxed_picture
from pages.shared.photo_visit import Brought, visit

INKS = {"automatic": None, "dark": False, "light": True}
THRESHOLDS = (0.05, 0.95)


def show(picture: Brought, reading: Reading | LabError | None, models: Mapping[str, Run]) -> None:
    """Draw the picture with what is read in it, or why nothing can be, and how to read it in another way.

    Args:
        picture: the one that is shown.
        reading: of the first model; None if it was not read yet.
        models: the runs that are asked, by id.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(notices.verbatim(picture.name), anchor=False, width="content")
        st.button(
            "Remove",
            icon=":material/close:",
            key="remove",
            on_click=visit().remove,
            args=(picture.number,),
            help="Takes this picture off the page. The file on your disk stays as it is.",
        )
    if isinstance(reading, LabError):
        notices.problem(reading)
        # What is no picture at all is not one with other settings either.
        if not isinstance(reading, BadFile):
            _settings(picture, None)
    elif reading is not None:
        with st.container():
            _said(reading, models)
        _settings(picture, reading)
        _digits(picture, reading, models)


def _said(reading: Reading, models: Mapping[str, Run]) -> None:
    """What the models read, each in a line, and what was odd."""
    first, *others = models.values()
    count, lines = len(reading.digits), 1 + reading.digits[-1].line
    st.markdown(
        f"Read as **{notices.verbatim(reading.text)}** · {count} {'digits' if count > 1 else 'digit'} in {lines} "
        f"{'lines' if lines > 1 else 'line'} · least sure at {notices.percent(reading.lowest_confidence)}"
        + (f" · :gray[{notices.verbatim(model_picker.title_of(first))}]" if others else "")
    )
    for run in others:
        try:
            with st.spinner("Loading the model ..."):
                answers = resources.predictor(run).answer(np.stack([digit.image for digit in reading.digits]))
        except LabError as error:
            notices.problem(error)
            continue
        text = reading.text_of([answer.label for answer in answers])
        st.markdown(
            f"Read as **{notices.verbatim(text)}** · :gray[{notices.verbatim(model_picker.title_of(run))}, in the same boxes]"
        )
    for remark in reading.remarks:
        st.caption(f":material/info: {notices.verbatim(remark)}")


def _settings(picture: Brought, reading: Reading | None) -> None:
    """Ink and threshold of this picture: what was found, and a choice of one's own."""
    ink, by_hand, threshold = (f"{name} {picture.number}" for name in ("ink", "by hand", "threshold"))
    # The widgets forget while another page is open.
    st.session_state.setdefault(ink, next(name for name, light in INKS.items() if light is picture.light_ink))
    st.session_state.setdefault(by_hand, picture.threshold is not None)

    def set_threshold() -> None:
        chosen = st.session_state.get(threshold, FAINTEST_STROKE)
        picture.threshold = chosen if st.session_state[by_hand] else None

    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        st.radio(
            "Ink",
            list(INKS),
            format_func=lambda name: _found_ink(reading) if INKS[name] is None else name,
            horizontal=True,
            key=ink,
            on_change=lambda: setattr(picture, "light_ink", INKS[st.session_state[ink]]),
            help="Whether the strokes are darker or lighter than the paper. Choose it where the lab looked wrongly: then "
            "the paper was taken for ink.",
            width="content",
        )
        with st.container(width=340):
            st.toggle(
                "Threshold by hand",
                key=by_hand,
                on_change=set_threshold,
                help="Off: the lab chooses what is a stroke. On: the slider does.",
            )
            if picture.threshold is None:
                st.caption(_found_threshold(reading))
                return
            st.session_state.setdefault(threshold, picture.threshold)
            st.slider(
                "Threshold",
                *THRESHOLDS,
                step=0.05,
                key=threshold,
                on_change=set_threshold,
                help="Ink of this strength and more is a stroke, where paper is 0 and the strongest ink 1. Higher leaves "
                "out faint lines, shadows and print that shines through, and at last thin strokes.",
            )


def _found_ink(reading: Reading | None) -> str:
    return "automatic" if reading is None else f"automatic (found: {'light' if reading.light_ink else 'dark'})"


def _found_threshold(reading: Reading | None) -> str:
    words = f"Automatic: {FAINTEST_STROKE:g} of the strongest ink"
    if reading is None or reading.flat:
        return f"{words}."
    return f"{words}; in a photo like this one a stroke must also reach {SURE_STROKE:g} somewhere."


@st.fragment
def _digits(picture: Brought, reading: Reading, models: Mapping[str, Run]) -> None:
    """The picture with its boxes; after a click on one, only this runs again."""
    count = len(reading.digits)
    chosen = 0 if count == 1 else picture.chosen
    boxed, answers = st.columns([2, 1], gap="large")
    with boxed:
        boxed_picture(
            reading.preview,
            reading.size,
            [_boxed(digit, number, count) for number, digit in enumerate(reading.digits)],
            f"boxes {picture.number}",
            alt=f"{picture.name}, read as {reading.text}",
            chosen=chosen,
            on_click=lambda position: setattr(picture, "chosen", position),
        )
    # Settings may have been changed since the click, and there are fewer digits now.
    if chosen is None or chosen >= count:
        with answers:
            st.info("Click a digit to see its ten probabilities and its way to the model.", icon=":material/ads_click:")
        return
    digit = reading.digits[chosen]
    with answers:
        _answers(digit, models)
    st.markdown(
        f"**From the picture to the model: digit {chosen + 1} of {count}**",
        help="After each stage: what the first model would see and answer if the picture were handed to it then.",
    )
    predictor = resources.predictor(next(iter(models.values())))
    if doctor_view.wanted("why photo"):
        doctor_view.show(predictor, digit.stages)
    else:
        stages_view.show(digit.stages, predictor.answer(np.stack([stage.digit for stage in digit.stages])))


def _answers(digit: ReadDigit, models: Mapping[str, Run]) -> None:
    for run in models.values():
        if len(models) > 1:
            st.markdown(f"**{notices.verbatim(model_picker.title_of(run))}**")
        try:
            answer_bars(resources.predictor(run).answer(digit.image[None])[0])
        except LabError as error:
            notices.problem(error)


def _boxed(digit: ReadDigit, number: int, count: int) -> Boxed:
    strange = digit.answer.is_digit is False
    title = f"Digit {number + 1} of {count}: read as {digit.answer.label} with {100 * digit.confidence:.1f} %"
    title += ", but does not look like a digit" if strange else ""
    return Boxed(digit.box, digit.line, digit.answer.label, title, strange)
