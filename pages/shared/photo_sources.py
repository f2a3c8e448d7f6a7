"""The ways in for a picture: files or a folder, the camera, the clipboard, and samples of our own."""

from __future__ import annotations

import streamlit as st

from mnist_core.images.picture import KINDS, LARGEST_FILE, MOST_FILES
from mnist_core.images.sample_pictures import TEXTS, sample_picture
from pages.shared.attempt import attempt, show_refusal
from pages.shared.left_out import name_large_files
from pages.shared.paste import paste_button
from pages.shared.photo_visit import visit

# The uploader lets through what the server takes, so that a larger picture is refused with its name and size among the
# others; the limit that it would show of its own accord is another one than ours.
STYLE = '<style>.st-key-ways [data-testid="stFileUploaderDropzoneInstructions"] { display: none; }</style>'
ROUND = "photo round"
CAMERA = "use camera"
ENDINGS = ["png", "jpg", "jpeg", "bmp", "gif", "webp"]


def offer() -> None:
    """Ask for pictures; each that comes joins those of the visit."""
    show_refusal()
    turn = st.session_state.setdefault(ROUND, 0)
    ways, samples = st.columns([3, 2], gap="large")
    with ways, st.container(key="ways"):
        st.html(STYLE)
        folder = st.session_state.get("whole folder", False)
        key = f"photos {turn} {folder}"
        st.file_uploader(
            f"Pictures: {', '.join(KINDS)}, up to {LARGEST_FILE // 2**20} MB each",
            # In a folder, what is no picture is passed over; a single file of another kind is refused with the reason.
            ENDINGS if folder else None,
            accept_multiple_files="directory" if folder else True,
            key=key,
            on_change=attempt,
            args=(_uploaded, key, folder),
            help=f"Photos, scans or drawings with one digit or many. At most {MOST_FILES} at once. They stay on this "
            "computer, and are forgotten when you leave.",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            paste_button("paste", on_paste=lambda name, data: attempt(visit().add, [(name, data)]))
            st.toggle(
                "Camera",
                key=CAMERA,
                help="Opens this computer's camera; the browser asks you first. Each photo you take is added, and the camera "
                "is switched off again.",
            )
            st.toggle(
                "Whole folder",
                key="whole folder",
                persist_state="session",
                help="The button above then takes a folder with all pictures in it, instead of single files.",
            )
        name_large_files(
            "left out", within="ways", allowed_mb=LARGEST_FILE // 2**20, endings=ENDINGS if folder else None
        )
    with samples:
        st.markdown(
            "**No picture at hand?**",
            help="Digits of the sample that no network is trained on, put on paper under a lamp by the lab itself.",
        )
        with st.container(horizontal=True):
            for name, text in TEXTS.items():
                st.button(
                    name.capitalize(),
                    icon=":material/image:",
                    key=f"sample {name}",
                    on_click=attempt,
                    args=(_sample, name),
                    help=f"A sample picture with {text}.",
                )
    if st.session_state[CAMERA]:
        key = f"camera {turn}"
        st.camera_input(
            "Hold the paper so that the digits fill the frame",
            key=key,
            on_change=attempt,
            args=(_photographed, key),
            help="Even light and a dark pen are read best; shadows and printed lines are taken out.",
        )


def _uploaded(key: str, folder: bool) -> None:
    files = st.session_state[key]
    if folder:
        # Browsers hand a folder out in no order.
        files = sorted(files, key=lambda file: str(file.name))
    # The next uploader is an empty one: what was in it is among the pictures now.
    st.session_state[ROUND] += 1
    visit().add([(file.name, file.getvalue()) for file in files])


def _photographed(key: str) -> None:
    photo = st.session_state[key]
    if photo is None:
        return
    st.session_state[ROUND] += 1
    st.session_state[CAMERA] = False
    visit().add([("from the camera", photo.getvalue())])


def _sample(name: str) -> None:
    visit().add([(f"sample: {name}", sample_picture(name))])
