"""Train: choose a recipe, change what you like, start, and watch the network learn."""

import streamlit as st

from mnist_core.data import best_available
from mnist_core.errors import LabError
from mnist_core.runs.start import check_start
from mnist_core.training.plan import plan
from pages.shared import form, notices, resources, run_view, setup_view

st.title("Train", anchor=False)
chosen = form.settings()
if best_available().name == "sample":
    st.caption("Working with the 5,000 digits that come with the lab.")
    st.page_link("data/sources.py", label="Get all 70,000", icon=":material/download:")

with st.container():
    try:
        config = form.config_from(chosen)
        amount = plan(config)
        check_start(resources.store(), config)
    except LabError as error:
        config = amount = None
        notices.problem(error)

with st.container(horizontal=True, vertical_alignment="center"):
    start = st.button(
        "Start training", type="primary", icon=":material/play_arrow:", disabled=config is None, key="start"
    )
    if config and amount:
        st.caption(setup_view.summary(config, amount))

with st.container():
    if start and config:
        try:
            st.query_params["run"] = resources.launcher().submit(config).id
        except LabError as error:
            notices.problem(error)

watched = st.query_params.get("run")
if watched:
    with st.container():
        run_view.show(watched)
    if st.button(
        "Back to the settings", icon=":material/tune:", key="back", help="The run goes on; it is listed under Runs."
    ):
        del st.query_params["run"]
        st.rerun()
else:
    for run in resources.store().runs():
        if run.is_alive:
            st.page_link(
                "train/new_run.py", label=f"A run is being trained: watch {run.id}", query_params={"run": run.id}
            )
    if config and amount:
        setup_view.show(config, amount)
