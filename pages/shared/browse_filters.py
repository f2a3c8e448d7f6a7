"""The controls of the Browse page, all of them in the address: what they say as one query, and how to undo them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mnist_core.data import Source
from mnist_core.data.catalogue import NEED_ANSWERS, SPLITS, Catalogue, Query
from pages.shared import digit_view

PARTS = ("all", *SPLITS)
SORTS = {
    "index": "index in the file",
    "ink": "ink",
    "unusualness": "unusualness",
    "confidence": "the model's confidence",
    "loss": "the model's loss",
}
NOTHING_LEFT_OUT = {"part": "all", "class": [], "from": None, "to": None, "mistakes": False, "page": 1}


@dataclass(frozen=True)
class Asked:
    """The query, and how many digits a page shows."""

    query: Query
    per_page: int


def ask(source: Source, *, has_answers: bool) -> Asked:
    """Draw the controls and give what they say."""
    part = st.segmented_control(
        "Split",
        PARTS,
        default="all",
        required=True,
        key="part",
        bind="query-params",
        on_change=to_first_page,
        help="Networks learn from train, choices are made on validation, and test is kept for the end.",
    )
    classes = st.pills(
        "Class",
        source.classes,
        selection_mode="multi",
        key="class",
        bind="query-params",
        on_change=to_first_page,
        help="Show only these classes. None chosen shows all.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sort = st.selectbox(
            "Sorted by",
            [key for key in SORTS if has_answers or key not in NEED_ANSWERS],
            format_func=SORTS.__getitem__,
            key="sort",
            bind="query-params",
            on_change=to_first_page,
            width=220,
            help="Ink is the mean darkness of the pixels. Unusualness is the distance to the mean digit of the class, in "
            "32 principal components: the largest are odd, badly written or wrongly labelled.",
        )
        descending = st.toggle(
            "Largest first",
            key="descending",
            bind="query-params",
            on_change=to_first_page,
            help="Turns the order round: the most ink, the most unusual, the highest index first.",
        )
        mistakes = has_answers and st.toggle(
            "Only mistakes",
            key="mistakes",
            bind="query-params",
            on_change=to_first_page,
            help="Show only digits that the first chosen model reads as another class.",
        )
    with st.expander("Range of indices, digits a page"), st.container(horizontal=True, vertical_alignment="bottom"):
        first = _index("From index", "from", "Leave out digits that lie before this place in their file.")
        last = _index("To index", "to", "Leave out digits that lie after this place in their file.")
        per_page = st.selectbox(
            "Digits a page",
            (100, 200, 400),
            index=1,
            key="per_page",
            bind="query-params",
            on_change=to_first_page,
            width=140,
            help="More digits a page need more scrolling, fewer need more paging.",
        )
    numbers = {name: number for number, name in enumerate(source.classes)}
    return Asked(
        Query(
            split=None if part == "all" else part,
            classes=tuple(sorted(numbers[name] for name in classes)),
            first=first,
            last=last,
            mistakes=mistakes,
            sort=sort,
            descending=descending,
        ),
        per_page,
    )


def link_to_mistakes(chosen: Source, model: str) -> dict[str, str]:
    """The address's part that shows what a model misreads among the validation digits, the most confident first.

    Args:
        chosen: the data set.
        model: as `model_picker` calls it.
    """
    return {
        "data": chosen.title,
        "model": model,
        "part": "validation",
        "mistakes": "true",
        "sort": SORTS["confidence"],
        "descending": "true",
    }


def clear() -> None:
    """Take every filter off; for a button's `on_click`."""
    st.session_state.update(NOTHING_LEFT_OUT)


def to_first_page() -> None:
    """Begin the list anew, because it is another one now; for a control's `on_change`."""
    st.session_state["page"] = 1


def jump(catalogue: Catalogue, rows: np.ndarray) -> int | None:
    """Draw the field that jumps to an index, and give the place in `rows` to turn to, once, after somebody used it."""
    wanted = st.number_input(
        "Jump to index",
        min_value=0,
        value=None,
        step=1,
        key="jump",
        width=150,
        placeholder="an index",
        on_change=lambda: st.session_state.update(jumping=True),
        help="Turns to the page with the digit of that index in its file; of two files, that with the training digits.",
    )
    notice = st.container()
    if wanted is None or not st.session_state.pop("jumping", False):
        return None
    places = np.flatnonzero(catalogue.index[rows] == wanted)
    if not len(places):
        notice.warning(
            f"No digit with index {wanted:,} is in this list. Change the filters, or try another index.",
            icon=":material/search_off:",
        )
        return None
    # The rows of test digits come last.
    place = int(places[rows[places].argmin()])
    digit_view.open_digit(catalogue, int(rows[place]))
    return place


def page_of(count: int, per_page: int, *, show: int | None = None) -> int:
    """Draw the page numbers and give the chosen page, from 0.

    Args:
        count: digits in the whole list.
        per_page: digits on a page.
        show: position in the list that must be on the page, for example after a jump.
    """
    pages = max(1, -(-count // per_page))
    if show is not None:
        st.session_state["page"] = show // per_page + 1
    elif st.session_state.get("page", 1) > pages:
        st.session_state["page"] = pages
    return st.pagination(pages, key="page", bind="query-params") - 1


def _index(label: str, key: str, explanation: str) -> int | None:
    return st.number_input(
        label,
        min_value=0,
        value=None,
        step=1,
        key=key,
        bind="query-params",
        on_change=to_first_page,
        placeholder="any",
        width=150,
        help=explanation,
    )
