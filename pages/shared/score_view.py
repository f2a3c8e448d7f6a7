"""A model's figures: accuracy and loss, precision and recall of each class, its first answers, and all its mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.evaluation import per_class, top_k_accuracy
from mnist_core.evaluation.confusion import mistakes
from mnist_core.evaluation.paired import compare
from pages.shared import answer_view, notices
from pages.shared.confusion_view import probabilities_of
from pages.shared.digit_grid import digit_grid

if TYPE_CHECKING:
    from mnist_core.runs.model import Judged

STRIP = 10
PER_PAGE = 200
_OPENED = "opened mistake"


def show(judged: Judged, classes: tuple[str, ...]) -> None:
    """Draw accuracy, loss and top-2 accuracy, and the first ten pictures with what they are read as."""
    scores, labels = judged.scores, judged.pictures.labels
    low, high = (notices.percent(bound) for bound in scores.interval)
    columns = st.columns(4)
    columns[0].metric(
        "Accuracy",
        notices.percent(scores.accuracy),
        help=f"The share of the {judged_on(judged)} pictures read right: {scores.correct:,} of {scores.n:,}. If many "
        "samples of so many pictures were drawn, the 95 % interval (Wilson's) would hold the true accuracy for 95 of 100.",
    )
    columns[0].caption(f"95 % interval {low} to {high}")
    columns[1].metric("Mistakes", f"{scores.n - scores.correct:,}", help=f"Pictures read wrong, of {scores.n:,}.")
    columns[2].metric(
        "Loss",
        f"{scores.loss:.4f}",
        help="Mean cross-entropy in nats: how surprised the model is by the truth. 0 is best; it punishes being sure and "
        "wrong most.",
    )
    columns[3].metric(
        "Top-2 accuracy",
        notices.percent(top_k_accuracy(judged.logits, labels, 2)),
        help="The share of pictures whose true class is the model's first or second choice.",
    )
    st.markdown(
        f"**The first {min(STRIP, scores.n)} {judged_on(judged)} pictures**: what each is read as, and how surely",
        help="Not chosen in any way; mistakes are framed and say what the digit is.",
    )
    answer_view.strip(judged.pictures, probabilities_of(judged), np.arange(scores.n)[:STRIP], classes)


def compare_with(judged: Judged, other: Judged, name: str) -> None:
    """Say in a sentence how a second model does on the same pictures.

    Args:
        judged: the first model's result.
        other: the second one's.
        name: of the second model.
    """
    labels = judged.pictures.labels
    pair = compare(judged.logits.argmax(1) == labels, other.logits.argmax(1) == labels)
    st.markdown(
        f"{notices.verbatim(name)}: **{notices.percent(other.scores.accuracy)}** on the same pictures. {pair.only_a:,} are "
        f"read right only by the first model, {pair.only_b:,} only by the second (p = {pair.p:.3g}).",
        help="p is how often two equally good models would differ at least this unevenly (exact McNemar test); below 0.05 "
        "the difference is hard to explain by chance.",
    )


def show_classes(judged: Judged, classes: tuple[str, ...]) -> None:
    """Draw the table of precision, recall and F1 of each class with their intervals."""
    rows = per_class(judged.scores.confusion)
    columns = {
        "Precision": [_share(row.precision, row.precision_interval) for row in rows],
        "Recall": [_share(row.recall, row.recall_interval) for row in rows],
        "F1": [_share(row.f1, row.f1_interval) for row in rows],
    }
    column = st.column_config
    st.dataframe(
        {"Class": classes, **columns, "Pictures": [row.support for row in rows]},
        column_config={
            "Class": column.TextColumn(pinned=True, width=80 if max(map(len, classes)) < 4 else 120),
            "Precision": column.TextColumn(
                help="Of the pictures read as this class, the percentage that are, with its 95 % interval."
            ),
            "Recall": column.TextColumn(
                help="Of the pictures of this class, the percentage read right, with its 95 % interval."
            ),
            "F1": column.TextColumn(
                help="The harmonic mean of precision and recall in percent, with its 95 % interval."
            ),
            "Pictures": column.NumberColumn(help="Pictures of this class that the model was judged on."),
        },
        hide_index=True,
        height="content",
        alt="Precision, recall and F1 of each class",
    )


@st.fragment
def show_mistakes(judged: Judged, classes: tuple[str, ...], key: str) -> None:
    """Draw the digits that are read wrong, the most confident mistake first; a click opens one.

    Args:
        judged: the model's result.
        classes: their names.
        key: another one for another model or split, so that each begins at its first page.
    """
    probabilities = probabilities_of(judged)
    positions = mistakes(probabilities, judged.pictures.labels)
    if not len(positions):
        st.success("No mistakes: every picture is read right.", icon=":material/check:")
        return
    pages = -(-len(positions) // PER_PAGE)
    page = st.pagination(pages, key=f"page of mistakes {key}") if pages > 1 else 1
    shown = positions[(page - 1) * PER_PAGE :][:PER_PAGE]
    st.caption(
        f"{len(positions):,} digits, here {(page - 1) * PER_PAGE + 1:,} to {(page - 1) * PER_PAGE + len(shown):,}; the "
        "first are those that the model was surest of. Some of them are wrongly labelled or hardly legible. Click one, or "
        "walk with the arrow keys and press Enter, for the probability of every class."
    )
    digit_grid(
        judged.pictures.images[shown],
        answer_view.titles(judged.pictures, probabilities, shown, classes),
        "mistakes",
        alt=f"{len(shown)} digits that are read wrong",
        on_click=lambda position: st.session_state.update({_OPENED: int(shown[position])}),
    )
    opened = st.session_state.pop(_OPENED, None)
    if opened is not None and opened < len(probabilities):
        answer_view.show(judged.pictures, probabilities, opened, classes)


def judged_on(judged: Judged) -> str:
    """The split by its name."""
    return "validation" if judged.split == "val" else "test"


def _share(share: float | None, interval: tuple[float, float] | None) -> str:
    if share is None or interval is None:
        return "none"
    return f"{100 * share:.1f} ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"
