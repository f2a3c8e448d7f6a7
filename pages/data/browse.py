"""Browse: find any digit of a data set in seconds, and look at it closely."""

import streamlit as st

from pages.shared import browse_filters, digit_view, model_picker, resources, source_picker
from pages.shared.digit_grid import digit_grid

st.title("Browse", anchor=False)
data, models = st.columns(2)
with data:
    digits = source_picker.pick(on_change=browse_filters.to_first_page)
with models:
    answers = model_picker.pick(digits.source, on_change=browse_filters.to_first_page)
catalogue = resources.catalogue(digits.source.name)
first = next(iter(answers.values()), None)

asked = browse_filters.ask(digits.source, has_answers=first is not None)
rows = catalogue.find(asked.query, first)
if not len(rows):
    st.info(f"None of the {len(catalogue):,} digits matches all of this.", icon=":material/filter_alt_off:")
    st.button("Show all digits", icon=":material/restart_alt:", on_click=browse_filters.clear)
    st.stop()

jumped = browse_filters.jump(catalogue, rows)
page = browse_filters.page_of(len(rows), asked.per_page, show=jumped)
shown = rows[page * asked.per_page :][: asked.per_page]
st.caption(
    f"{len(rows):,} of {len(catalogue):,} digits, here {page * asked.per_page + 1:,} to "
    f"{page * asked.per_page + len(shown):,}. Click one, or walk with the arrow keys and press Enter."
)
digit_grid(
    catalogue.images(shown),
    [digit_view.title_of(catalogue, row, first) for row in shown],
    "grid",
    alt=f"{len(shown)} digits of {digits.source.title}",
    on_click=lambda position: digit_view.open_digit(catalogue, int(shown[position])),
    wrong=digit_view.misread(shown, first),
)

address = st.query_params.get("digit")
if address:
    digit_view.show_named(catalogue, address, rows, answers)
