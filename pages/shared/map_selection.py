"""Which digits of a map are chosen, by an outline or with sliders; they stay so on other maps of the same data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_core.data.catalogue import Catalogue
from mnist_core.evaluation.embedding import inside
from pages.shared.plot import Outline

WHOLE = (0, 100)
EVERY_CLASS = "all"
_KEY = "map selection"


@dataclass(frozen=True, eq=False)
class Selection:
    """Some digits of a map.

    Attributes:
        split_hash: of the data set.
        chosen: (n,) bool, of the digits on the map.
        number: another one for each selection.
    """

    split_hash: str
    chosen: np.ndarray
    number: int


@dataclass(frozen=True, eq=False)
class Placed:
    """The digits of a map, of which some may be chosen: their rows in the catalogue (n,) and their places (n, 2)."""

    catalogue: Catalogue
    rows: np.ndarray
    places: np.ndarray

    @property
    def selection(self) -> Selection | None:
        """What is chosen, or None."""
        kept = st.session_state.get(_KEY)
        return kept if kept is not None and kept.split_hash == self.catalogue.digits.split_hash else None

    def outlined(self, outline: Outline | None) -> None:
        """Choose what lies in an outline and belongs to a class that was to be seen; None takes the selection back."""
        _reset_sliders()
        if outline is None:
            st.session_state[_KEY] = None
            return
        self._choose(outline.corners, np.isin(self.catalogue.label[self.rows], outline.traces))

    def sliders(self) -> None:
        """Draw the controls that choose without a mouse."""
        if "across" not in st.session_state:
            _reset_sliders()
        left, middle, right = st.columns(3)
        for column, label, key, direction in (
            (left, "Choose from left to right", "across", "left to right"),
            (middle, "and from bottom to top", "up", "bottom to top"),
        ):
            column.slider(
                label,
                *WHOLE,
                key=key,
                format="%d %%",
                on_change=self._slid,
                help=f"Chooses the digits between two places of the map, in percent of its extent from {direction}, as a "
                "line drawn around them does. Works without a mouse: Tab to an end and move it with the arrow keys.",
            )
        right.selectbox(
            "of the class",
            [EVERY_CLASS, *self.catalogue.digits.source.classes],
            key="chosen_class",
            on_change=self._slid,
            help="Chooses only digits of this class.",
        )

    def _slid(self) -> None:
        across, up, name = (st.session_state[key] for key in ("across", "up", "chosen_class"))
        if (across, up, name) == (WHOLE, WHOLE, EVERY_CLASS):
            clear()
            return
        low, high = self.places.min(0), self.places.max(0)
        # A little more than the map, or its outermost digits would lie on the outline.
        low, high = low - (high - low) / 1000 - 1e-6, high + (high - low) / 1000 + 1e-6
        (left, right), (bottom, top) = (
            low[axis] + np.array(ends) / 100 * (high[axis] - low[axis]) for axis, ends in enumerate((across, up))
        )
        labels = self.catalogue.label[self.rows]
        is_of_class = np.ones(len(labels), dtype=bool)
        if name != EVERY_CLASS:
            is_of_class = labels == self.catalogue.digits.source.classes.index(name)
        self._choose(((left, bottom), (right, bottom), (right, top), (left, top)), is_of_class)

    def _choose(self, corners: tuple[tuple[float, float], ...], among: np.ndarray) -> None:
        before = st.session_state.get(_KEY)
        st.session_state[_KEY] = Selection(
            self.catalogue.digits.split_hash,
            inside(self.places, corners) & among,
            before.number + 1 if before else 1,
        )


def clear() -> None:
    """Take the selection back; for a button's `on_click`."""
    st.session_state[_KEY] = None
    _reset_sliders()


def _reset_sliders() -> None:
    st.session_state.update(across=WHOLE, up=WHOLE, chosen_class=EVERY_CLASS)
