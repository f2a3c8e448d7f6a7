"""Pictures of digits on their way to a person's own: what the model will see of each, its label, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_core.data import own
from mnist_core.data.sources import DIGITS
from mnist_core.errors import LabError
from mnist_core.images.picture import LARGEST_FILE, MOST_FILES, read_grey
from mnist_core.images.prepare import prepare
from pages.shared import model_picker, notices, resources
from pages.shared.attempt import attempt
from pages.shared.digit_strip import large_digit

KINDS = ["png", "jpg", "jpeg", "bmp", "gif", "webp"]
ROUND = "own import round"
NOT_KEPT = -1


@dataclass(frozen=True, eq=False)
class _Picture:
    """A file that can be read as a digit: its place in the list, its name and its (28, 28) pixels."""

    place: int
    name: str
    image: np.ndarray


def offer() -> None:
    """Take files, show what would be kept of each, and keep them when told to."""
    turn = st.session_state.setdefault(ROUND, 0)
    files = st.file_uploader(
        "Pictures of one digit each",
        KINDS,
        accept_multiple_files=True,
        key=f"import {turn}",
        max_upload_size=LARGEST_FILE // 2**20,
        help="Dark ink on light paper or the other way round, of any size. Each is prepared as MNIST's makers prepared "
        f"theirs; nothing is kept before you say so. At most {MOST_FILES} at a time.",
    )
    pictures = []
    with st.container():
        if len(files) > MOST_FILES:
            st.warning(f"These are {len(files)} files; the first {MOST_FILES} are shown. Add the others afterwards.")
        for place, file in enumerate(files[:MOST_FILES]):
            try:
                pictures.append(_Picture(place, file.name, _prepared(file.getvalue(), file.name)))
            except LabError as error:
                notices.problem(error)
    if pictures:
        _choose(pictures, turn)


def _choose(pictures: list[_Picture], turn: int) -> None:
    guesses = _guesses(pictures)
    st.markdown(
        "**What the model will see, and what it is**",
        help="Choose what each picture shows, or leave it out with 'not kept'.",
    )
    labels: list[int] = []
    with st.container(horizontal=True, gap="medium"):
        for picture, guess in zip(pictures, guesses, strict=True):
            with st.container(width=140):
                large_digit(picture.image, f"{picture.name} as 28 x 28 pixels")
                st.caption(notices.verbatim(picture.name))
                labels.append(
                    st.selectbox(
                        f"Label of {notices.verbatim(picture.name)}",
                        [*range(10), NOT_KEPT],
                        index=10 if guess is None else guess,
                        format_func=lambda label: "not kept" if label == NOT_KEPT else str(label),
                        key=f"import {turn} {picture.place} {picture.name}",
                        label_visibility="collapsed",
                    )
                )
    chosen = [(picture, label) for picture, label in zip(pictures, labels, strict=True) if label != NOT_KEPT]
    st.button(
        f"Keep these {len(chosen)}" if len(chosen) > 1 else "Keep this one" if chosen else "Keep these",
        type="primary",
        icon=":material/check:",
        key="keep",
        disabled=not chosen,
        on_click=attempt,
        args=(_keep, chosen),
    )
    if guesses[0] is not None:
        st.caption("The labels are suggestions of the newest model: look at each before you keep them.")


def _keep(chosen: list[tuple[_Picture, int]]) -> None:
    for picture, label in chosen:
        own.add(picture.image, label, origin="picture", name=picture.name)
    st.session_state[ROUND] += 1
    st.toast(f"{len(chosen)} kept.", icon=":material/check:")


def _guesses(pictures: list[_Picture]) -> list[int | None]:
    """What the newest model takes each picture for; None for all where it cannot be asked."""
    run = next(iter(model_picker.runs_with_a_model(DIGITS).values()))
    try:
        with st.spinner("The newest model reads them ..."):
            answers = (
                resources.predictor(run).probabilities(np.stack([picture.image for picture in pictures])).argmax(1)
            )
    except LabError:
        # A suggestion that cannot be had is none; the pages that need the model say what is wrong with it.
        return [None] * len(pictures)
    return [int(answer) for answer in answers]


@st.cache_data(max_entries=2 * MOST_FILES, show_spinner=False)
def _prepared(data: bytes, name: str) -> np.ndarray:
    return prepare(read_grey(data, name)).digit
