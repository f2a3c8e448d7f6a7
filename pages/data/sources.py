"""Get data: which data sets the lab knows, which of them are here, and how to get the others."""

import streamlit as st

from mnist_core import places
from mnist_core.data import best_available
from pages.shared import notices, source_card
from pages.shared.arrival import Standing, can_arrive, standings

EVERY_S = 1.0


@st.fragment(run_every=EVERY_S)
def redraw_when_something_changed(shown: list[Standing]) -> None:
    """Another tab may start or stop a download, and files may come from the command line."""
    if standings() != shown:
        st.rerun()


st.title("Get data", anchor=False)
if best_available().name == "sample":
    st.markdown(
        "The lab works with the 5,000 digits that come with it, which is enough to try everything. With all 70,000 of "
        "MNIST, networks make fewer mistakes, and their accuracies can be compared with published ones."
    )
else:
    st.markdown(
        "The lab works with MNIST, all 70,000 digits of it. The other data sets show whether what works on MNIST works "
        "elsewhere too: on other people's handwriting, on clothes, on Japanese letters."
    )

folder = notices.verbatim(str(places.data_folder()))
is_writable = can_arrive()
if is_writable:
    st.caption(f"Data sets are kept in {folder}.")
else:
    st.warning(
        f"Nothing can be fetched at the moment, because the data folder {folder} is not writable. Make it writable, or "
        "name another one in MNIST_DATA and start the lab again.",
        icon=":material/lock:",
    )

known = standings()
redraw_when_something_changed(known)
on_this_computer, not_here_yet = st.container(), st.container()
# The lower part first, so that a card that has arrived is gone from there before it is drawn in the upper one. In both, each
# data set has a place, which is empty where its card is in the other one: so no card moves when another comes.
for part, title, is_here in ((not_here_yet, "Not here yet", False), (on_this_computer, "On this computer", True)):
    with part:
        if any(standing.is_here is is_here for standing in known):
            st.header(title, anchor=False)
        for standing in known:
            if standing.is_here is is_here:
                source_card.show(standing, can_arrive=is_writable)
            else:
                st.empty()
