"""Draw a digit, see it read after each stroke, say what it is, keep it; the latest drawings of a visit stay at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.data import own
from mnist_core.errors import BlankImage, LabError
from mnist_core.images.prepare import grey_of, prepare
from mnist_core.runs import Run
from pages.shared import canvas, doctor_view, model_picker, notices, resources
from pages.shared.answer_bars import answer_bars
from pages.shared.attempt import attempt, show_refusal
from pages.shared.canvas import Drawing
from pages.shared.digit_grid import digit_grid
from pages.shared.digit_strip import large_digit

if TYPE_CHECKING:
    from mnist_core.evaluation.predictor import Answer

SHEET = "draw"
MOST_RECENT = 12


@dataclass(frozen=True, eq=False)
class _Recent:
    """A drawing of this visit, what the model saw, and the own digit that it was kept as, if it was."""

    drawing: Drawing
    image: np.ndarray
    kept: own.OwnDigit | None = None


@dataclass
class _Visit:
    """The drawings of a visit, newest first, and the one that was on the sheet when the pad was last drawn."""

    recent: list[_Recent] = field(default_factory=list)
    on_sheet: _Recent | None = None


@st.fragment
def pad(models: Mapping[str, Run]) -> None:
    """Draw the sheet and everything that depends on it; after a stroke, only this runs again.

    Args:
        models: the runs that are asked, by id.
    """
    show_refusal()
    sheet, seen = st.columns([2, 3], gap="large")
    with sheet:
        now = _on_sheet(canvas.canvas(SHEET, canvas.pen()))
        with st.container(horizontal=True):
            st.button(
                "Undo stroke",
                icon=":material/undo:",
                key="undo stroke",
                on_click=_take_stroke_back,
                disabled=now is None,
                help="Takes the last stroke off the sheet.",
            )
            st.button(
                "New drawing",
                icon=":material/add:",
                key="new",
                on_click=canvas.put,
                args=(SHEET, None),
                disabled=now is None,
                help="An empty sheet. The drawing stays below, among the latest.",
            )
    with seen:
        if now is None:
            st.info("Draw a digit first: one, large, with mouse, pen or finger.", icon=":material/draw:")
            _just_kept()
        else:
            _label(now, _read(now.image, models))
    with st.container():
        if now is not None:
            _why(now, models)
    _recent()


def _take_stroke_back() -> None:
    _visit().on_sheet = None
    canvas.take_back(SHEET)


def _on_sheet(drawing: Drawing | None) -> _Recent | None:
    """Note what is on the sheet; what has just left it joins the latest drawings."""
    visit = _visit()
    before, now = visit.on_sheet, None
    if drawing is not None:
        known = next((each for each in visit.recent if each.drawing is drawing), None)
        now = known or _prepared(drawing)
    if before and now is None:
        _remember(before)
    visit.on_sheet = now
    return now


def _prepared(drawing: Drawing) -> _Recent | None:
    try:
        return _Recent(drawing, prepare(grey_of(drawing.pixels)).digit)
    except BlankImage:
        return None


def _read(image: np.ndarray, models: Mapping[str, Run]) -> Answer | None:
    """Show what the models see and say, and give the first one's answer."""
    cells = st.columns(1 + max(1, len(models)))
    with cells[0]:
        st.markdown("**What the model sees**", help="Your drawing as MNIST's makers would have prepared it: 20 pixels at its "
        "longest, in the middle of 28 x 28.")  # fmt: skip
        large_digit(image, "The drawing as 28 x 28 pixels")
    answers = []
    for cell, run in zip(cells[1:], models.values(), strict=False):
        with cell:
            st.markdown(f"**{notices.verbatim(model_picker.title_of(run))}**")
            try:
                with st.spinner("Loading the model ..."):
                    predictor = resources.predictor(run)
            except LabError as error:
                notices.problem(error)
                continue
            answers.append(predictor.answer(image[None])[0])
            answer_bars(answers[-1])
    # What is no digit is not asked about as if it had been read.
    return answers[0] if answers and answers[0].is_digit is not False else None


def _why(now: _Recent, models: Mapping[str, Run]) -> None:
    """On request, why the first model answers as it does."""
    if not models or not doctor_view.wanted("why"):
        return
    try:
        predictor = resources.predictor(next(iter(models.values())))
    except LabError:
        # It was said above, where its answer would be.
        return
    doctor_view.show(predictor, prepare(grey_of(now.drawing.pixels)).stages)


def _label(now: _Recent, answer: Answer | None) -> None:
    if now.kept:
        _kept(now)
        return
    st.markdown(
        "**Was it right?**" if answer else "**What is it?**",
        help="One click on what it is keeps the drawing under My digits, to train and judge with. It stays on this computer.",
    )
    with st.container():
        if answer:
            st.button(
                f"Right, a {answer.label}",
                type="primary",
                icon=":material/check:",
                key="right",
                on_click=attempt,
                args=(_keep, int(answer.label)),
            )
    with st.container(horizontal=True, gap="xsmall"):
        for digit in range(10):
            st.button(
                str(digit),
                key=f"is {digit}",
                on_click=attempt,
                args=(_keep, digit),
            )


def _keep(label: int) -> None:
    now = _visit().on_sheet
    if now is None:
        return
    kept = own.add(now.image, label, origin="drawing", strokes=now.drawing.strokes)
    _remember(replace(now, kept=kept))
    _visit().on_sheet = None
    canvas.put(SHEET, None)
    st.toast(f"Kept as a {label}.", icon=":material/check:")


def _just_kept() -> None:
    recent = _visit().recent
    if recent and recent[0].kept:
        _kept(recent[0])


def _kept(one: _Recent) -> None:
    """Say that it is kept, and offer to take that back."""
    assert one.kept
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/check: Kept as a **{one.kept.label}**: digit {one.kept.number} of your own.", width="content"
        )
        st.button("Undo", icon=":material/undo:", key="undo", on_click=attempt, args=(_take_back, one))
        st.page_link("data/own.py", label="My digits", icon=":material/person_edit:", width="content")


def _take_back(one: _Recent) -> None:
    assert one.kept
    again = replace(one, kept=None)
    visit = _visit()
    visit.recent = [again if each is one else each for each in visit.recent]
    _bring_back(again)
    own.remove(one.kept.number)


def _recent() -> None:
    recent = _visit().recent
    if not recent:
        return
    st.markdown(
        "**Your latest drawings**", help="Those of this visit; they go with the page. Click one to bring it back."
    )
    digit_grid(
        np.stack([each.image for each in recent]),
        [f"drawing, kept as {each.kept.label}" if each.kept else "drawing, not kept" for each in recent],
        "recent",
        alt="Your latest drawings, newest first",
        on_click=lambda position: _bring_back(_visit().recent[position]),
    )


def _bring_back(one: _Recent) -> None:
    visit = _visit()
    if visit.on_sheet:
        _remember(visit.on_sheet)
    visit.on_sheet = one
    canvas.put(SHEET, one.drawing)


def _remember(one: _Recent) -> None:
    visit = _visit()
    others = [each for each in visit.recent if each.drawing is not one.drawing]
    visit.recent = [one, *others][:MOST_RECENT]


def _visit() -> _Visit:
    visit: _Visit = st.session_state.setdefault("drawing visit", _Visit())
    return visit
