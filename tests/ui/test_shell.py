"""The shell without a browser: every page runs, nothing heavy is loaded before it, and the notices say what they should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import notices
from pages.shared.plot import _small

ROOT = Path(__file__).resolve().parents[2]
MENU = ROOT / "pages" / "menu.py"
PAGES = [
    "train/new_run.py",
    "train/runs.py",
    "judge/evaluate.py",
    "use/draw.py",
    "data/browse.py",
    "data/overview.py",
    "data/steps.py",
    "data/own.py",
    "data/sources.py",
]


@pytest.mark.parametrize("file", PAGES)
def test_a_page_runs_to_its_end(file: str) -> None:
    menu = AppTest.from_file(str(MENU), default_timeout=30).run()
    menu.switch_page(file).run()
    assert not menu.exception
    assert menu.title


PAINT = """
import sys
from streamlit.testing.v1 import AppTest
menu = AppTest.from_file("pages/menu.py", default_timeout=60).run()
menu.switch_page(sys.argv[1]).run()
assert not menu.exception, menu.exception
assert "torch" not in sys.modules, "torch was imported before the page was drawn"
"""


@pytest.mark.parametrize("file", PAGES)
def test_the_first_paint_of_a_page_does_not_load_torch(file: str) -> None:
    subprocess.run([sys.executable, "-c", PAINT, file], cwd=ROOT, check=True, timeout=120)


def test_the_server_starts_without_torch() -> None:
    script = "import sys, app; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)


def test_no_script_lies_directly_in_pages_except_the_menu() -> None:
    # Streamlit would make an old-style menu of them, and a deep link would meet it.
    assert [path.name for path in (ROOT / "pages").glob("*.py")] == ["menu.py"]


def test_an_empty_page_offers_the_way_on() -> None:
    def script() -> None:
        import streamlit as st

        from pages.shared import notices

        train = st.Page(lambda: None, title="Train", url_path="train")
        runs = st.Page(lambda: notices.empty("No runs yet.", then="Train a network", page=train), title="Runs")
        st.navigation([runs, train]).run()

    page = AppTest.from_function(script).run()
    assert [info.value for info in page.info] == ["No runs yet."]
    assert [link.proto.label for link in page.get("page_link")] == ["Train a network"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (12, "12 s"), (61, "1 min"), (7200, "2 h"), (4 * 86400, "4 days")]
)
def test_an_age_is_said_in_one_number(seconds: float, words: str) -> None:
    assert notices.age(seconds) == words


def test_a_fresh_number_carries_no_age_and_an_old_one_does() -> None:
    assert [notices.stale(age) for age in (1.0, 12.0, None)] == ["", "Last news 12 s ago.", "No news yet."]


def test_a_problem_shows_what_happened_and_the_fix_as_they_were_written() -> None:
    def script() -> None:
        from mnist_core.errors import BadConfig
        from pages.shared import notices

        notices.problem(BadConfig("hidden is '1*2_3$'.", "Allowed: whole numbers."))
        notices.problem(BadConfig("hidden is empty."))

    full, short = (error.value for error in AppTest.from_function(script).run().error)
    assert full == r"**hidden is \'1\*2\_3\$\'\.**" + "\n\n" + r"Allowed\: whole numbers\."
    assert short == r"**hidden is empty\.**"


def test_a_figure_travels_in_four_bytes_a_number_and_without_a_template() -> None:
    figure = go.Figure(go.Scatter(x=np.arange(1000), y=np.linspace(0, 1, 1000)))
    small = _small(figure)
    trace = small["data"][0]
    assert "template" not in small["layout"]
    assert (trace["x"]["dtype"], trace["y"]["dtype"]) == ("i2", "f4")
    assert len(trace["y"]["bdata"]) < 5_400


def test_a_number_that_is_none_is_a_gap_and_not_an_error() -> None:
    small = _small(go.Figure(go.Scatter(y=[1.0, float("nan"), 3.0])))
    assert small["data"][0]["y"] == [1.0, None, 3.0]


TEND = """
import asyncio, sys
from pages.shared import background

async def live():
    async with background.launcher_tended(None):
        await asyncio.sleep(2)

asyncio.run(live())
assert "torch" not in sys.modules
"""


def test_the_server_tends_the_launcher_without_loading_torch_itself(home: Path) -> None:
    subprocess.run([sys.executable, "-c", TEND], cwd=ROOT, check=True, timeout=60)
    assert (home / "worker.log").exists()
