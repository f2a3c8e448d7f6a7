"""Photo: digits in pictures, found and read line by line; several pictures at once become a table."""

import streamlit as st

from pages.shared import (
    model_picker,
    photo_readings,
    photo_sources,
    photo_table,
    photo_view,
    photo_visit,
    resources,
)

st.title("Photo", anchor=False)
models = model_picker.readers()
photo_sources.offer()
visit = photo_visit.visit()
if visit.pictures:
    with st.container():
        readings = photo_readings.of(visit, next(iter(models.values())))
    if readings is not None:
        if len(visit.pictures) > 1:
            photo_table.show(visit, readings)
        shown = visit.shown_picture()
        photo_view.show(shown, readings.get(shown.number), models)
else:
    st.info(
        "Add a picture with digits, or take a sample. They are found, boxed and read line by line.",
        icon=":material/add_photo_alternate:",
    )
# Only now that all of the page is drawn: the first model brings torch with it.
for run in models.values():
    resources.begin_loading(run)
