"""Map: thousands of digits laid out flat, those that are alike together; hover shows one, an outline opens many."""

import numpy as np
import streamlit as st

from mnist_core.evaluation.digit_map import mapped_rows
from pages.shared import digit_view, map_selection, map_view, model_picker, resources, source_picker
from pages.shared.digit_grid import digit_grid
from pages.shared.plot import plot

MOST_IN_THE_GRID = 400

st.title("Map", anchor=False)
st.markdown(
    "Each point is a digit; points lie close together if the digits are alike. A map squeezes hundreds of numbers into two, "
    "so some neighbours are torn apart and some strangers meet. In a t-SNE map, read who is beside whom: how far apart two "
    "groups are, and how wide each is, means little."
)
left, middle, right = st.columns([2, 2, 1])
with left:
    digits = source_picker.pick()
with middle:
    run_id = model_picker.pick_one(digits.source)
with right:
    method = map_view.ask_method()
catalogue = resources.catalogue(digits.source.name)
drawn = map_view.obtain(catalogue, method, run_id)

rows = mapped_rows(catalogue)
titles = map_view.titles_of(catalogue, drawn, rows)
placed = map_selection.Placed(catalogue, rows, drawn.places)
selection = placed.selection
plot(
    map_view.figure(catalogue, drawn, method, rows, titles, selection),
    "map",
    alt=f"A map of {len(rows):,} digits of {digits.source.title}, coloured by class",
    height=560,
    on_select=placed.outlined,
    pictures=map_view.pictures_of(catalogue, rows),
)
st.caption(map_view.words_about(drawn, len(rows)))
placed.sliders()

chosen = np.flatnonzero(selection.chosen) if selection else np.empty(0, np.int64)
with st.container():
    if selection is None:
        st.info("Draw a line around some points to see these digits here.", icon=":material/gesture:")
    elif not len(chosen):
        st.info("No digit lies in there. Draw a wider outline.", icon=":material/search_off:")
if selection is not None:
    st.button("Clear the selection", icon=":material/deselect:", on_click=map_selection.clear)
if len(chosen):
    shown = chosen[:MOST_IN_THE_GRID]
    more = f", here the first {len(shown):,}; {len(chosen) - len(shown):,} more are chosen" * (len(chosen) > len(shown))
    st.subheader(f"{len(chosen):,} digits chosen{more}", anchor=False)
    st.caption(map_view.counts_by_class(catalogue, rows[chosen]))
    digit_grid(
        catalogue.images(rows[shown]),
        [titles[position].replace("\n", " ") for position in shown],
        "chosen digits",
        alt=f"{len(shown)} digits chosen on the map",
        on_click=lambda position: digit_view.open_digit(catalogue, int(rows[shown[position]])),
        wrong=map_view.misread(catalogue, drawn, rows, shown),
    )

address = st.query_params.get("digit")
if address:
    digit_view.show_named(catalogue, address, rows[chosen], model_picker.answers_of(run_id, digits.source))
