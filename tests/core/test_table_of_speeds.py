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
    keep("pace", [Row("lab / peer", (3.0, 1.0, 2.0)), Row("a step", (12.345, 12.0), "ms")], "python -m pace")
    kept = json.loads((tmp_path / "results" / "pace.json").read_text())
    shown = table.renewed(f"before\n{table.BEGIN}old\n{table.END}after\n")
    assert kept["machine"] in shown
    assert "| lab / peer | 2 | 1 to 3 | 3 | `python -m pace` |" in shown
    assert "| a step, ms | 12.2 | 12 to 12.3 | 2 | `python -m pace` |" in shown
    assert shown.startswith("before\n")
    assert shown.endswith("after\n")
    assert "old" not in shown


@pytest.mark.parametrize("readme", ["no marks", f"{table.BEGIN}{table.END}" * 2])
def test_a_readme_without_its_marks_or_with_two_of_each_is_not_written(readme: str) -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        table.renewed(readme)
