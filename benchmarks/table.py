"""Writes the README's table of speeds from the results that the benchmarks kept.

python -m benchmarks.table
"""

from __future__ import annotations

import json
import statistics

from benchmarks.measure import RESULTS, ROOT

BEGIN, END = "<!-- table of speeds -->\n", "<!-- end of the table -->\n"
README = ROOT / "README.md"


def rendered() -> str:
    """The kept results as Markdown: a table for each machine, a row for each figure."""
    machines: dict[str, list[str]] = {}
    for file in sorted(RESULTS.glob("*.json")):
        kept = json.loads(file.read_text())
        lines = machines.setdefault(kept["machine"], [])
        for row in kept["rows"]:
            values, unit = row["values"], row["unit"]
            low, middle, high = (figure(each(values), unit) for each in (min, statistics.median, max))
            cells = (middle, f"{low} to {high}", str(len(values)))
            what = f"{row['what']}, {unit}" if unit else row["what"]
            measured_by = ", ".join([f"`{kept['command']}`", *kept["packages"]])
            lines.append(f"| {what} | {' | '.join(cells)} | {measured_by} |")
    head = "| what | median | spread | n | measured by |\n|---|---|---|---|---|\n"
    return "\n".join(f"{machine}:\n\n{head}" + "\n".join(lines) + "\n" for machine, lines in machines.items())


def figure(value: float, unit: str) -> str:
    """`value` with as many digits as say something: percent in hundredths, others three digits or whole."""
    if unit == "%":
        return f"{value:.2f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def renewed(readme: str) -> str:
    """`readme` with the table between its two marks replaced; a ValueError unless each mark stands there once."""
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{rendered()}{END}{after}"


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))
