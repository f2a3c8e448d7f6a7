"""Log files that cannot fill a disk: at most two of 5 MB each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import IO

MOST_BYTES = 5 * 2**20


def open_log(path: Path) -> IO[bytes]:
    """Open a log to append to it; a full one becomes `<name>.1` first."""
    if path.exists() and path.stat().st_size > MOST_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def write_log(path: Path, text: str) -> None:
    """Append a paragraph with the time before it."""
    with open_log(path) as log:
        log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n".encode(errors="backslashreplace"))
