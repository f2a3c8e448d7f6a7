"""The Draw page without a browser: no network yet, an empty sheet, an answer, keeping, undoing, coming back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.data import own
from mnist_core.runs import open_store
from mnist_core.runs.worker import work
from pages.shared import notices
from pages.shared.canvas import Drawing, _Sheet

MENU = Path(__file__).resolve().parents[2] / "pages" / "menu.py"


def drawing(x: int = 140) -> Drawing:
    """A 1, as the canvas gives it: it is what was on the sheet before a visit to another page."""
    picture = Image.new("RGBA", (280, 280), (0, 0, 0, 255))
    ImageDraw.Draw(picture).line([(x, 40), (x, 240)], fill=(255, 255, 255, 255), width=22)
    path = {"type": "Path", "originX": "center", "left": x, "top": 140, "path": [["M", x, 40], ["L", x, 240]]}
    return Drawing(np.asarray(picture), (((x, 40.0), (x, 240.0)),), {"version": "7.4.0", "objects": [path]})


def scribble() -> Drawing:
    """Four lines that cross: no digit."""
    picture = Image.new("RGBA", (280, 280), (0, 0, 0, 255))
    corners = [(40, 60), (240, 80), (60, 140), (240, 200), (50, 240), (150, 30), (220, 250), (80, 40)]
    ImageDraw.Draw(picture).line(corners, fill=(255, 255, 255, 255), width=14)
    path = {"type": "Path", "path": [["M", *corners[0]], *(["L", *corner] for corner in corners[1:])]}
    return Drawing(np.asarray(picture), (tuple(corners),), {"version": "7.4.0", "objects": [path]})


def draw(drawn: Drawing | None = None, **link: str) -> AppTest:
    page = AppTest.from_file(str(MENU), default_timeout=30)
    page.switch_page("use/draw.py")
    for name, value in link.items():
        page.query_params[name] = value
    if drawn:
        page.session_state["draw sheet"] = _Sheet(now=drawn)
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    return page


def shown(page: AppTest) -> str:
    return " ".join(each.proto.body for each in page.get("html"))


def texts(page: AppTest) -> list[str]:
    return [each.value for each in page.markdown]


def test_before_anything_is_trained_the_model_that_comes_with_the_lab_answers_and_the_digit_can_be_kept():
    page = draw(drawing())
    assert r"**comes with the lab \(default\)**" in texts(page)
    assert page.button(key="right").label == "Right, a 1"
    checked(page.button(key="is 1").click().run())
    [kept] = own.own_digits()
    assert (kept.label, kept.origin, kept.strokes) == (1, "drawing", (((140.0, 40.0), (140.0, 240.0)),))
    assert kept.image.shape == (28, 28) and kept.image.max() == 255


def test_an_empty_sheet_asks_for_a_digit(run_id: str):
    page = draw()
    assert page.info[0].value.startswith("Draw a digit first")
    assert page.button(key="new").disabled
    assert run_id in page.multiselect(key="model").placeholder


def test_a_drawing_is_answered_with_ten_probabilities_as_text(run_id: str):
    page = draw(drawing())
    html = shown(page)
    assert html.count('class="bar"') == 10
    assert html.count(" %</span>") == 10
    assert "The drawing as 28 x 28 pixels" in html
    assert r"**mine\_1 \(" in " ".join(texts(page))
    assert page.button(key="right").label == "Right, a 1"


def test_right_keeps_it_empties_the_sheet_and_undo_brings_it_back(run_id: str):
    page = draw(drawing())
    checked(page.button(key="right").click().run())
    assert [digit.label for digit in own.own_digits()] == [1]
    assert page.info[0].value.startswith("Draw a digit first")
    assert any("Kept as a **1**: digit 1 of your own" in text for text in texts(page))
    checked(page.button(key="undo").click().run())
    assert own.own_digits() == []
    assert page.button(key="right").label == "Right, a 1"
    checked(page.button(key="is 7").click().run())
    assert [digit.label for digit in own.own_digits()] == [7]


def test_a_new_sheet_leaves_the_drawing_among_the_latest_also_after_a_visit_elsewhere(run_id: str):
    page = draw(drawing())
    checked(page.button(key="new").click().run())
    assert page.info[0].value.startswith("Draw a digit first")
    assert "**Your latest drawings**" in texts(page)
    page.switch_page("train/runs.py").run()
    page.switch_page("use/draw.py").run()
    assert "**Your latest drawings**" in texts(checked(page))


def test_what_was_on_the_sheet_is_still_there_after_a_visit_to_another_page(run_id: str):
    page = draw(drawing())
    page.switch_page("train/runs.py").run()
    page.switch_page("use/draw.py").run()
    assert checked(page).button(key="right").label == "Right, a 1"


def test_only_networks_that_know_digits_are_asked_and_a_link_names_one(run_id: str, home: Path):
    store = open_store()
    other = work(store, store.create(TrainConfig(data="sample", epochs=1, train_size=200)).id)
    store.close()
    newest = f"mlp-128-64 ({other.id})".replace("mlp-128-64", other.config.recipe)
    assert draw().multiselect(key="model").options == [
        newest,
        f"mine_1 ({run_id})",
        "comes with the lab (default)",
    ]
    page = draw(drawing(), model=f"mine_1 ({run_id})")
    assert page.multiselect(key="model").value == [run_id]
    both = checked(page.multiselect(key="model").set_value([run_id, other.id]).run())
    assert shown(both).count('class="lab-answer"') == 2
    checked(page.multiselect(key="model").set_value([]).run())
    assert shown(page).count('class="lab-answer"') == 1
    assert any(notices.verbatim(other.id) in text for text in texts(page))


def test_a_model_that_is_damaged_says_so_and_the_page_goes_on(run_id: str, home: Path):
    for file in (home / "runs" / run_id / "checkpoints").glob("*.pt"):
        file.write_bytes(b"broken")
    page = draw(drawing())
    assert "is damaged" in page.error[0].value
    assert "**What is it?**" in texts(page)


def test_four_models_chosen_on_browse_do_not_trouble_this_page(run_id: str):
    store = open_store()
    for _ in range(3):
        work(store, store.create(TrainConfig(data="sample", epochs=1, train_size=200)).id)
    ids = [run.id for run in store.runs()]
    store.close()
    page = AppTest.from_file(str(MENU), default_timeout=60)
    page.switch_page("data/browse.py").run()
    page.multiselect(key="model").set_value(ids).run()
    page.session_state["draw sheet"] = _Sheet(now=drawing())
    page.switch_page("use/draw.py").run()
    assert shown(checked(page)).count('class="lab-answer"') in (1, 2, 3)


def test_what_is_no_digit_is_not_answered_as_one(run_id: str):
    page = draw(scribble())
    assert "This does not look like a digit. If it is one:" in shown(page)
    assert "**What is it?**" in texts(page)
    assert not [button for button in page.button if button.key == "right"]


def test_why_shows_the_stages_what_to_do_and_digits_like_it_only_when_asked(run_id: str):
    page = draw(drawing(x=40))
    assert "after the stage" not in shown(page)
    checked(page.toggle(key="why").set_value(True).run())
    html = shown(page)
    assert [f"after the stage {name}: " in html for name in ("raw", "crop", "box", "centre")] == [True] * 4
    assert html.count(", difference 0.") == 10
    assert "**The answer after each stage**" in texts(page)
    table = page.dataframe[0].value
    assert list(table.columns) == ["stage", *"0123456789"]
    assert table.drop(columns="stage").sum(axis=1).tolist() == pytest.approx([100] * len(table), abs=0.01)


def test_why_is_also_known_before_anything_is_trained_or_fetched(home: Path):
    page = draw(drawing())
    checked(page.toggle(key="why").set_value(True).run())
    assert "**The training digits most like it**" in texts(page)
    assert shown(page).count(", difference 0.") == 10
