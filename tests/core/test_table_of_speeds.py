"""The README's table of speeds is what the benchmarks kept, digit by digit."""

from __future__ import annotations

import json

import pytest

from benchmarks import measure, table
from benchmarks.measure import Row, keep


def test_the_readme_shows_the_kept_results() -> None:
    readme = table.README.read_text()
    assert table.BEGIN in readme
    assert table.renewed(readme) == readme


def test_a_kept_result_is_shown_with_median_spread_number_and_the_command_that_measures_it_again(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(measure, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(table, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(measure, "graphics_card", list)
    keep("pace", [Row("lab / peer", (3.0, 1.0, 2.0)), Row("a step", (12.345, 12.0), "ms")], "python -m pace")
    kept = json.loads((tmp_path / "results" / "pace.json").read_text())
    shown = table.renewed(f"before\n{table.BEGIN}old\n{table.END}after\n")
    assert kept["machine"] in shown
    assert "| lab / peer | 2 | 1 to 3 | 3 | `python -m pace` |" in shown
    assert "| a step, ms | 12.2 | 12 to 12.3 | 2 | `python -m pace` |" in shown
    assert shown.startswith("before\n")
    assert shown.endswith("after\n")
    assert "old" not in shown


def test_what_a_graphics_card_did_is_kept_beside_what_the_processor_did_under_its_name(tmp_path, monkeypatch) -> None:
    for module in (measure, table):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    for cards, seconds in (([], 40.0), (["NVIDIA H100 80GB HBM3"], 2.0)):
        monkeypatch.setattr(measure, "graphics_card", lambda cards=cards: cards)
        keep("time", [Row("to the goal", (seconds,), "s")], "python -m time")
    assert {file.name for file in tmp_path.iterdir()} == {"time.json", "time_NVIDIA-H100-80GB-HBM3.json"}
    on_the_card = json.loads((tmp_path / "time_NVIDIA-H100-80GB-HBM3.json").read_text())
    assert ", NVIDIA H100 80GB HBM3, Python " in on_the_card["machine"]
    assert "| to the goal, s | 40 |" in table.rendered()
    assert "| to the goal, s | 2 |" in table.rendered()


@pytest.mark.parametrize("readme", ["no marks", f"{table.BEGIN}{table.END}" * 2])
def test_a_readme_without_its_marks_or_with_two_of_each_is_not_written(readme: str) -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        table.renewed(readme)
