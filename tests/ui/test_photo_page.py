"""The Photo page without a browser: nothing trained yet, files and samples, a refusal, settings, the table, coming back."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.images.picture import LARGEST_FILE, MOST_FILES
from mnist_core.runs import open_store
from mnist_core.runs.worker import work
from pages.shared.csv_file import as_csv
from tests.core.images.photos import photo, shade, write
from tests.ui.dashboard import checked, open_page


def picture_of(text: str, light_ink: bool = False) -> bytes:
    """A PNG of a shaded photo with lines of digits."""
    lines = text.split(" / ")
    paper = photo(130 * len(lines) + 40, 420)
    for number, line in enumerate(lines):
        write(paper, line, 60, 40 + 130 * number, 80, pen=9)
    grey = np.round(255 * shade(paper, 0.6)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(255 - grey if light_ink else grey).save(file, "PNG")
    return file.getvalue()


def open_photo() -> AppTest:
    return open_page("use/photo.py")


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.file_uploader[0].set_value([(name, data, "image/png") for name, data in files])
    return checked(page.run())


def shown(page: AppTest) -> str:
    return " ".join([each.value for each in page.markdown] + [each.proto.body for each in page.get("html")])


def stages(page: AppTest) -> int:
    return shown(page).count('<li class="')


def test_before_anything_is_trained_the_model_that_comes_with_the_lab_reads(home: Path):
    page = upload(open_photo(), ("page.png", picture_of("71")))
    assert "Read as **71**" in shown(page)


def test_an_uploaded_photo_is_read_in_lines_and_a_click_on_a_digit_shows_its_way(run_id: str):
    page = open_photo()
    assert page.info[0].value.startswith("Add a picture with digits")
    upload(page, ("page.png", picture_of("71 / 17")))
    assert r"Read as **71 \/ 17** · 4 digits in 2 lines" in shown(page)
    assert stages(page) == 0
    page.session_state["photo visit"].pictures[0].chosen = 2
    checked(page.run())
    assert stages(page) == 9
    assert "digit 3 of 4" in shown(page)
    assert all(f">{name}<img" in shown(page) for name in ("raw", "polarity", "threshold", "crop", "centre"))
    assert shown(page).count('class="bar"') == 10
    checked(page.toggle(key="why photo").set_value(True).run())
    assert "**The answer after each stage**" in shown(page)


def test_pictures_and_choices_are_still_there_after_a_visit_to_another_page(run_id: str):
    page = upload(open_photo(), ("a.png", picture_of("7")), ("b.png", picture_of("1")))
    checked(page.selectbox(key="photo shown").set_value(2).run())
    page.switch_page("train/runs.py").run()
    page.switch_page("use/photo.py").run()
    assert page.selectbox(key="photo shown").value == 2
    assert "Read as **1**" in shown(checked(page))
    assert not page.file_uploader[0].value


def test_a_bad_file_is_a_sentence_in_its_row_and_costs_no_other(run_id: str):
    heic = b"\0\0\0\x18ftypheic" + bytes(20)
    page = upload(
        open_photo(),
        ("=HYPERLINK(1).png", picture_of("7")),
        ("../../photo.heic", heic),
        ("blank.png", picture_of("")),
        ("=large.png", bytes(LARGEST_FILE + 1)),
    )
    table = page.dataframe[0].value
    assert list(table["file"]) == ["'=HYPERLINK(1).png", "photo.heic", "blank.png", "'=large.png"]
    assert table["text"][0] == "7" and table["digits"][0] == 1
    assert "HEIC, which is not read" in table["notes"][1] and "Draw a digit first" in table["notes"][2]
    assert table["notes"][3].startswith("'=large.png has 10,485,761 bytes")
    checked(page.selectbox(key="photo shown").set_value(2).run())
    assert "photo" in page.error[0].value and "HEIC" in page.error[0].value
    checked(page.button(key="remove").click().run())
    assert list(page.dataframe[0].value["file"]) == ["'=HYPERLINK(1).png", "blank.png", "'=large.png"]
    checked(page.button(key="remove all").click().run())
    assert page.info[0].value.startswith("Add a picture with digits")


def test_more_files_than_allowed_are_refused_and_nothing_that_was_there_is_lost(run_id: str):
    page = upload(open_photo(), ("one.png", picture_of("7")))
    upload(page, *[(f"{number}.png", b"") for number in range(MOST_FILES + 1)])
    assert "These are 33 files" in page.error[0].value
    upload(page, *[(f"{number}.png", b"") for number in range(MOST_FILES)])
    assert "There are 1 pictures here" in page.error[0].value.replace("\\", "")
    assert "Read as **7**" in shown(page)


def test_ink_and_threshold_that_were_found_are_shown_and_can_be_chosen(run_id: str):
    page = upload(open_photo(), ("light.png", picture_of("7", light_ink=True)))
    ink = page.radio(key="ink 1")
    assert ink.options[0] == "automatic (found: light)"
    assert any("Automatic: 0.25" in each.value for each in page.caption)
    checked(page.toggle(key="by hand 1").set_value(True).run())
    assert page.slider(key="threshold 1").value == 0.25
    checked(page.slider(key="threshold 1").set_value(0.6).run())
    assert page.session_state["photo visit"].pictures[0].threshold == 0.6
    assert "Read as **7**" in shown(page)
    checked(page.radio(key="ink 1").set_value("dark").run())
    assert "Read as **7**" not in shown(page)
    checked(page.radio(key="ink 1").set_value("automatic").run())
    assert "Read as **7**" in shown(page)


def test_a_sample_picture_is_read_at_a_click_and_two_models_stand_side_by_side(run_id: str, home: Path):
    store = open_store()
    other = work(store, store.create(TrainConfig(data="sample", epochs=1, train_size=500)).id)
    store.close()
    page = checked(open_photo().multiselect(key="model").set_value([run_id, other.id]).run())
    checked(page.button(key="sample one digit").click().run())
    assert shown(page).count("Read as **") == 2
    assert shown(page).count('class="lab-answer"') == 2
    assert stages(page) == 9


def test_a_reading_that_was_stopped_goes_on_when_told_to(run_id: str):
    page = open_photo()
    upload(page, ("one.png", picture_of("7")))
    visit = page.session_state["photo visit"]
    visit.add([("two.png", picture_of("1"))])
    visit.is_stopped = True
    checked(page.run())
    assert list(page.dataframe[0].value["notes"]) == ["", "Not read yet."]
    checked(page.button(key="go on").click().run())
    assert list(page.dataframe[0].value["text"]) == ["7", "1"]


def test_a_model_that_is_damaged_says_so_and_the_pictures_stay(run_id: str, home: Path):
    for file in (home / "runs" / run_id / "checkpoints").glob("*.pt"):
        file.write_bytes(b"broken")
    page = upload(open_photo(), ("one.png", picture_of("7")))
    assert "is damaged" in page.error[0].value
    assert len(page.session_state["photo visit"].pictures) == 1


def test_a_cell_that_a_spreadsheet_would_run_is_written_with_an_apostrophe():
    rows = [("=HYPERLINK(1)", -1.5), ("@SUM", None), ("a=b", 404)]
    assert as_csv(("file", "n"), rows).decode().splitlines() == ["file,n", "'=HYPERLINK(1),-1.5", "'@SUM,", "a=b,404"]
