"""The My digits page without a browser: empty, pictures, labels, the bin, judging and fine-tuning."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_core.config import TrainConfig
from mnist_core.data import load, own
from mnist_core.runs import Run, Store
from mnist_core.runs.worker import work
from tests.ui.dashboard import MENU, checked, open_page

pytestmark = pytest.mark.usefixtures("no_worker")


@pytest.fixture
def run(store: Store) -> Run:
    return work(store, store.create(TrainConfig(data="sample", epochs=3), name="mine").id)


def keep(count: int = 30) -> list[own.OwnDigit]:
    """The first digits of the sample's test split as a person's own; the first has a label that is wrong."""
    test = load("sample").test
    for i in range(count):
        label = int(test.labels[i]) if i else (int(test.labels[0]) + 1) % 10
        own.add(test.images[i], label, origin="drawing", strokes=[[(10, 10), (20, 30)]], name="*a_b*")
    return own.own_digits()


def mine(**link: str) -> AppTest:
    return open_page("data/own.py", **link)


def texts(page: AppTest) -> str:
    return "\n".join(each.value for each in [*page.markdown, *page.caption])


def links(page: AppTest) -> dict[str, str]:
    return {link.proto.label: link.proto.query_string for link in page.get("page_link")}


def picture(image: np.ndarray) -> bytes:
    """A digit as a person might photograph it: dark on light, ten times as large."""
    buffer = io.BytesIO()
    Image.fromarray(255 - np.pad(image, 4)).resize((360, 360)).save(buffer, "PNG")
    return buffer.getvalue()


def test_without_digits_the_page_leads_to_drawing_and_takes_pictures():
    page = mine()
    assert "You have no digits of your own yet" in page.info[0].value
    assert list(links(page)) == ["Draw"]
    assert len(page.file_uploader) == 1


def test_digits_are_counted_by_class_and_part_and_can_be_trained_with_and_browsed():
    digits = keep()
    page = mine()
    tests = sum(digit.is_test for digit in digits)
    table = page.get("html")[0].proto.body
    labels = [digit.label for digit in digits if not digit.is_test]
    across = "".join(f"<td>{labels.count(label)}</td>" for label in range(10))
    assert f'<th scope="row">learn</th>{across}<td>{30 - tests}</td></tr>' in table
    assert f"<td>{tests}</td></tr></tbody>" in table
    assert links(page)["Train with them"] == "data=Bundled+sample+of+MNIST+and+your+own+digits"
    assert links(page)["Browse them"] == "data=Your+own+digits"
    assert "30 of 30, the newest first" in texts(page)
    assert page.selectbox(key="reader").options == ["comes with the lab (default)"]
    checked(page.pills(key="class").select(str(digits[1].label)).run())
    assert f"{sum(digit.label == digits[1].label for digit in digits)} of 30" in texts(page)


def test_the_links_lead_where_they_say():
    keep(12)
    train = AppTest.from_file(str(MENU), default_timeout=30)
    train.query_params["data"] = "Bundled sample of MNIST and your own digits"
    assert checked(train.run()).selectbox(key="data").value == "sample+own"
    browse = AppTest.from_file(str(MENU), default_timeout=30)
    browse.switch_page("data/browse.py")
    browse.query_params["data"] = "Your own digits"
    assert checked(browse.run()).selectbox(key="data").value == "own"


def test_a_digit_is_relabelled_removed_and_taken_back():
    keep(3)
    page = mine(digit="2")
    assert page.header[0].value.endswith("number 2, to learn from]")
    assert "*" not in page.caption[1].value.replace("\\*", "")
    assert any("The pen&#x27;s way: 1 stroke" in each.proto.body for each in page.get("html"))
    wanted = (own.own_digits()[1].label + 1) % 10
    page.selectbox(key="label 2").set_value(wanted).run()
    checked(page.button(key="relabel").click().run())
    assert own.own_digits()[1].label == wanted
    checked(page.button(key="remove").click().run())
    assert [digit.number for digit in own.own_digits()] == [1, 3]
    assert "Digit 2 is in the bin" in texts(page)
    checked(page.button(key="take back").click().run())
    assert len(own.own_digits()) == 3
    assert "in the bin" not in texts(page)


@pytest.mark.parametrize("address", ["99", "x", "<b>", "-1"])
def test_a_link_to_no_digit_says_so(address: str):
    keep(1)
    assert "There is no digit" in mine(digit=address).warning[0].value


def test_pictures_get_a_suggested_label_and_nothing_is_kept_before_one_says_so(run: Run):
    test = load("sample").test
    images = [test.images[i] for i in range(1, 4)]
    page = mine()
    files = [(f"a_{i}*.png", picture(image), "image/png") for i, image in enumerate(images)]
    page.file_uploader[0].set_value([*files, ("broken.png", b"nothing", "image/png")])
    checked(page.run())
    assert "is not a picture that can be read" in page.error[0].value
    suggested = [box.value for box in page.selectbox if box.key.startswith("import ")]
    assert sum(suggested == test.labels[1:4]) >= 2
    assert own.own_digits() == []
    page.selectbox(key="import 0 1 a_1*.png").set_value(-1).run()
    page.selectbox(key="import 0 2 a_2*.png").set_value(6).run()
    assert page.button(key="keep").label == "Keep these 2"
    checked(page.button(key="keep").click().run())
    kept = own.own_digits()
    assert [(digit.name, digit.origin) for digit in kept] == [("a_0*.png", "picture"), ("a_2*.png", "picture")]
    assert kept[1].label == 6
    assert not [box for box in page.selectbox if box.key.startswith("import ")]


def test_before_anything_is_trained_labels_are_suggested_by_the_model_that_comes_with_the_lab():
    test = load("sample").test
    page = mine()
    page.file_uploader[0].set_value([("a.png", picture(test.images[0]), "image/png")])
    checked(page.run())
    assert page.selectbox(key="import 0 0 a.png").value == test.labels[0]


def test_a_network_is_judged_on_what_it_has_not_learned_and_its_mistakes_are_shown(run: Run):
    keep(60)
    page = mine()
    told = texts(page)
    assert f"mine ({run.id})" in page.selectbox(key="reader").options
    # The run learned from the sample without them, so all 60 are new to it.
    assert "**All it has not learned from**: 5" in told and " of 60 read right, 95 % interval " in told
    tests = sum(digit.is_test for digit in own.own_digits())
    assert tests >= 5 and f" of {tests} read right" in told
    assert "**What it gets wrong**" in told


def test_a_damaged_network_is_told(run: Run, home: Path):
    keep(3)
    for file in (home / "runs" / run.id / "checkpoints").glob("*.pt"):
        file.write_bytes(b"broken")
    assert "is damaged" in mine().error[0].value


def test_fine_tuning_is_queued_with_the_runs_own_data_and_a_link_to_watch_it(run: Run, store: Store):
    keep(6)
    page = mine()
    checked(page.button(key="tune").click().run())
    queued = store.runs()[0]
    assert (queued.config.data, queued.config.start_from, queued.name) == ("sample+own", run.id, "mine, my digits")
    assert links(page)[f"Watch {queued.id}"] == f"run={queued.id}"
