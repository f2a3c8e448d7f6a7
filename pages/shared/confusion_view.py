"""The confusion matrix to look into: an epoch, counts or percent, a second model subtracted, the digits behind a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.data import source
from mnist_core.errors import LabError
from mnist_core.evaluation import worst_confusions
from mnist_core.evaluation.calibration import softmax
from mnist_core.evaluation.confusion import in_cell
from mnist_core.runs import Run
from mnist_core.runs.shipped import DEFAULT
from pages.shared import answer_view, charts, notices, resources
from pages.shared.plot import plot

if TYPE_CHECKING:
    from mnist_core.runs.model import Judged

VIEWS = {"counts": "counts", "row": "% by row", "column": "% by column"}
PER_PAGE = 60
WORST = 6
NO_CLASS = "any"


def probabilities_of(judged: Judged) -> np.ndarray:
    """What the model gives for each class, (n, classes), as sure as its fitted temperature lets it be."""
    return softmax(judged.logits, judged.trust.temperature if judged.trust else 1.0)


@st.fragment
def show(run: Run, judged: Judged, other: Judged | None) -> None:
    """Draw the matrix with its controls, the worst confusions, and the digits of the chosen cell.

    Args:
        run: whose model is judged.
        judged: its result.
        other: a second model's on the same pictures, to be subtracted.
    """
    classes = source(run.config.data).classes
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Cells show",
            list(VIEWS),
            format_func=VIEWS.__getitem__,
            default="counts",
            required=True,
            key="view",
            bind="query-params",
            help="Counts of pictures; or percent of the pictures of a class (each row adds up to 100, the diagonal is "
            "recall); or percent of those read as a class (each column adds up to 100, the diagonal is precision).",
        )
        epoch, matrix = _matrix(run, judged)
    left, right = st.columns([3, 2])
    with right:
        _worst(matrix, classes)
        chosen = _ask_cell(classes)
    with left:
        figure = charts.confusion(
            matrix, classes, view=view, less=None if other is None else other.scores.confusion, chosen=chosen
        )
        plot(
            figure,
            "judged matrix",
            alt=_alt(matrix, epoch, other is not None),
            height=520,
            on_click=lambda click: _choose(str(click.y), str(click.x)),
        )
        st.caption(_legend(other is not None))
    if chosen is None:
        st.info("Click a cell to see the digits in it.", icon=":material/touch_app:")
    else:
        _digits(run, judged, epoch, chosen, classes)


def _matrix(run: Run, judged: Judged) -> tuple[int | None, np.ndarray]:
    """The epoch that was chosen, None for the model itself, and its matrix."""
    epochs = [] if run.id == DEFAULT else [row.epoch for row in resources.store().epochs(run.id)]
    if judged.split == "test" or len(epochs) < 2 or run.best_epoch not in epochs:
        return None, judged.scores.confusion
    epoch = st.select_slider(
        "Validation matrix after epoch",
        epochs,
        value=run.best_epoch,
        key="epoch",
        bind="query-params",
        width=260,
        help=f"Further right is later in the training. The model is that of epoch {run.best_epoch}; only the matrix and its "
        "digits follow the slider, the figures elsewhere on the page are the model's.",
    )
    matrix = None if epoch == run.best_epoch else resources.store().confusion(run.id, epoch)
    return (None, judged.scores.confusion) if matrix is None else (epoch, matrix)


def _ask_cell(classes: tuple[str, ...]) -> tuple[int, int] | None:
    """Row and column of the chosen cell, in two boxes that choose it without a pointer and keep it in the address."""
    cell = []
    with st.container(horizontal=True):
        for label, key, what in (
            ("Truth", "truth", "The row of the cell whose digits are shown: what they are."),
            ("Read as", "read_as", "The column of the cell whose digits are shown: what the model takes them for."),
        ):
            name = st.selectbox(
                label,
                (NO_CLASS, *classes),
                key=key,
                bind="query-params",
                width=150,
                help=what,
            )
            cell.append(name)
    return (classes.index(cell[0]), classes.index(cell[1])) if NO_CLASS not in cell else None


def _choose(truth: str, read_as: str) -> None:
    st.session_state.update({"truth": truth, "read_as": read_as})


def _worst(matrix: np.ndarray, classes: tuple[str, ...]) -> None:
    st.markdown(
        "**Worst confusions**",
        help="The commonest mistakes of this matrix, in words: what the digit is, what it is read as, how often. A click "
        "shows these digits.",
    )
    worst = worst_confusions(matrix, WORST)
    if not worst:
        st.caption("No mistakes: every picture is read right.")
    with st.container(horizontal=True):
        for each in worst:
            truth, answer = classes[each.truth], classes[each.answer]
            st.button(
                notices.verbatim(f"{truth} read as {answer}: {each.count:,}"),
                key=f"worst {each.truth} {each.answer}",
                on_click=_choose,
                args=(truth, answer),
            )


def _digits(run: Run, judged: Judged, epoch: int | None, cell: tuple[int, int], classes: tuple[str, ...]) -> None:
    truth, answer = classes[cell[0]], classes[cell[1]]
    after = "" if epoch is None else f" after epoch {epoch}"
    if epoch is not None:
        try:
            judged = resources.judged(run, epoch)
        except LabError:
            st.info(
                f"The weights of epoch {epoch} were not kept, so its digits cannot be shown. Move the slider to epoch "
                f"{run.best_epoch}, which is the model.",
                icon=":material/history:",
            )
            return
    probabilities = probabilities_of(judged)
    positions = in_cell(probabilities, judged.pictures.labels, *cell)
    st.markdown(
        f"**{notices.verbatim(truth)} read as {notices.verbatim(answer)}{after}: {len(positions):,}**, the most confident "
        "first",
        help="Under each digit: what it is read as and the model's probability of that; for a mistake also the truth and its "
        "probability.",
    )
    if not len(positions):
        st.caption("No digit is in this cell.")
        return
    pages = -(-len(positions) // PER_PAGE)
    # The cell is part of the key, so that each begins at its first page.
    page = st.pagination(pages, key=f"page of {run.id} {judged.split} {epoch} {cell}") if pages > 1 else 1
    answer_view.strip(judged.pictures, probabilities, positions[(page - 1) * PER_PAGE :][:PER_PAGE], classes)


def _alt(matrix: np.ndarray, epoch: int | None, subtracted: bool) -> str:
    wrong = int(matrix.sum() - matrix.trace())
    after = "" if epoch is None else f" after epoch {epoch}"
    return f"Confusion matrix{after} with {wrong:,} mistakes{', less that of the second model' if subtracted else ''}."


def _legend(subtracted: bool) -> str:
    if subtracted:
        return (
            "Each cell is the first model's less the second's: below 0 the first makes that mistake less often. On the "
            "diagonal, which is not coloured, above 0 is better. Clicking shows the first model's digits."
        )
    return (
        "Rows are the truth, columns the answer. The stronger the colour, the more mistakes, on a logarithmic scale; right "
        "answers, on the diagonal, are not coloured."
    )
