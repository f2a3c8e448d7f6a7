"""Tables as CSV files that a spreadsheet takes for what they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# A spreadsheet would run a text that begins like this as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The rows under a header as UTF-8; texts that look like a formula get an apostrophe before them, None is empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def harmless(cell: object) -> object:
    """A cell that no spreadsheet runs; for the table on a page too, which Streamlit's own button saves as it is shown."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
