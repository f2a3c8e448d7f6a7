"""A data set on a card: what it is, some of its pictures if it is here, how far it has come, how to get it if it is not."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.data import Progress, Source, check, import_folder, lacking, load
from mnist_core.errors import BadInput, LabError
from pages.shared import notices
from pages.shared.arrival import Arrival, Standing, arrivals
from pages.shared.digit_strip import Labelled, digit_strip
from pages.shared.refreshing import refreshing

EVERY_S = 1.0


def show(standing: Standing, *, can_arrive: bool) -> None:
    """Draw the card."""
    source, arrival = standing.source, standing.arrival
    with st.container(border=True, key=f"card {source.name}"):
        _facts(source, standing.is_here)
        if standing.is_here:
            _show_examples(source)
        if arrival and arrival.is_under_way:
            refreshing(_on_its_way, EVERY_S)(source.name)
            return
        with st.container():
            # What has arrived may have been deleted since.
            if arrival and (standing.is_here or arrival.state != "arrived"):
                _ended(arrival, source)
        if standing.is_here:
            _check(source, can_arrive)
        else:
            _ways_to_get(source, can_arrive)


def _show_examples(source: Source) -> None:
    # One place for both, or the digits of the card that was here before would be seen beside "Reading".
    with st.empty():
        try:
            with st.spinner(f"Reading {source.title} ..."):
                examples = _examples(source.name)
            digit_strip(examples)
        except LabError as error:
            notices.problem(error)


# Not through `resources.digits`: that keeps whole data sets, and would drop the one a person is working with.
@st.cache_data(max_entries=10, show_spinner=False)
def _examples(name: str) -> list[Labelled]:
    """The first training picture of each class."""
    digits = load(name)
    firsts = [np.flatnonzero(digits.train.labels == label)[0] for label in range(len(digits.source.classes))]
    return [
        Labelled(digits.train.images[first], title, f"{title}, from {digits.source.title}")
        for first, title in zip(firsts, digits.source.classes, strict=True)
    ]


def _facts(source: Source, is_here: bool) -> None:
    st.subheader(source.title, anchor=False)
    counts = (
        f"{source.train_count:,} pictures for training, {source.validation_count:,} for validation, "
        f"{source.test_count:,} for the test."
    )
    # Where it is here, its examples carry the names.
    st.markdown(counts if is_here else f"{counts} Classes: {', '.join(source.classes)}.")
    st.caption(notices.verbatim(f"{source.origin}. Licence: {source.licence}."))


def _on_its_way(name: str) -> None:
    arrival = arrivals().latest(name)
    if arrival is None or not arrival.is_under_way:
        st.rerun()
    progress = arrival.progress
    st.progress(progress.fraction if progress else 0.0, text=_how_far(progress, arrival.seconds_left))
    is_stopping = arrival.state == "stopping"
    st.button(
        "Stopping ..." if is_stopping else "Stop",
        icon=":material/stop:",
        key=f"stop {name}",
        help="Gives up the download and leaves everything as it was.",
        on_click=arrivals().stop,
        args=(name,),
        disabled=is_stopping,
    )
    st.caption("It goes on while you look at other pages, reload this one or close it.")


def _how_far(progress: Progress | None, seconds_left: float | None) -> str:
    if progress is None:
        return "Asking for the first file"
    total = _megabytes(progress.total_bytes)
    if progress.done_bytes >= progress.total_bytes:
        return f"{total} are here, now being verified and put in place"
    words = [f"{progress.done_bytes / 1e6:,.1f} of {total}", notices.verbatim(progress.file)]
    if seconds_left is not None:
        words.append(f"{notices.age(seconds_left)} left")
    return " · ".join(words)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _ended(arrival: Arrival, source: Source) -> None:
    if arrival.state == "arrived":
        st.success("Has arrived, every file with its published checksum.", icon=":material/check:")
        st.page_link("train/new_run.py", label=f"Train with {source.title}", icon=":material/model_training:")
    elif arrival.state == "stopped":
        st.info("The download was stopped. Everything is as it was before.", icon=":material/stop:")
    elif isinstance(arrival.error, LabError):
        notices.problem(arrival.error)
    elif arrival.error:
        st.exception(arrival.error)


def _check(source: Source, can_arrive: bool) -> None:
    if not st.button(
        "Check the files",
        icon=":material/fact_check:",
        key=f"check {source.name}",
        help="Reads every file and compares it with what was published.",
    ):
        return
    with st.spinner("Reading every file ..."):
        findings = check(source.name)
    checksums = {True: "as published", False: "another one", None: "none published"}
    st.table(
        [
            {
                "file": notices.verbatim(finding.file),
                "items": f"{finding.count:,}",
                "checksum": checksums[finding.md5_ok],
                "finding": notices.verbatim(finding.problem) or "all is well",
            }
            for finding in findings
        ],
        hide_index=True,
    )
    if any(finding.problem for finding in findings) and source.files:
        _get_button(source, can_arrive)


def _ways_to_get(source: Source, can_arrive: bool) -> None:
    absent = lacking(source)
    if 0 < len(absent) < len(source.parts):
        st.warning(
            f"Some of its files are here, but missing or incomplete: {notices.verbatim(', '.join(absent))}.",
            icon=":material/file_copy_off:",
        )
    if any(file.members for file in source.files):
        st.caption(
            f":material/hourglass_empty: This is a download of {_megabytes(_size(source))}: letters and digits are published "
            "as one archive. The lab keeps the digits."
        )
    with st.container(horizontal=True):
        _get_button(source, can_arrive)
        with st.popover(
            "I have the files",
            icon=":material/folder_open:",
            key=f"have {source.name}",
            help="Takes them over from a folder on this computer.",
        ):
            _import(source, can_arrive)


def _get_button(source: Source, can_arrive: bool) -> None:
    st.button(
        f"{'Get all 70,000' if source.name == 'mnist' else f'Get {source.title}'} ({_megabytes(_size(source))})",
        icon=":material/download:",
        type="primary" if source.name == "mnist" else "secondary",
        key=f"get {source.name}",
        help="Downloads in the background the files that are not here or damaged, verifies their checksums, and changes "
        "nothing until all are here.",
        on_click=arrivals().begin,
        args=(source.name,),
        disabled=not can_arrive,
    )


def _import(source: Source, can_arrive: bool) -> None:
    with st.form(f"import {source.name}", border=False):
        folder = st.text_input(
            "Folder on this computer",
            key=f"folder {source.name}",
            placeholder="/home/me/Downloads",
            help=f"Where these are, packed or not: {', '.join(part.name for part in source.parts)}.",
        )
        wanted = st.form_submit_button(
            "Take them over",
            key=f"take {source.name}",
            help="Verifies the files and copies them into the lab's data folder; the folder stays as it is.",
            disabled=not can_arrive,
        )
    if not wanted:
        return
    try:
        with st.spinner("Verifying the files ..."):
            import_folder(source.name, _typed_path(folder))
    except LabError as error:
        notices.problem(error)
    else:
        arrivals().forget(source.name)
        st.toast(f"{source.title} is here.", icon=":material/check:")
        st.rerun()


def _typed_path(text: str) -> str:
    # "Copy as path" puts quotes around it.
    path = text.strip(" \"'")
    if not path:
        raise BadInput("No folder was named.", "Type or paste the path of the folder that holds the files.")
    return path


def _size(source: Source) -> int:
    return sum(file.size for file in source.files)
