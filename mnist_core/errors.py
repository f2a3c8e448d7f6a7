"""The errors a person can cause or meet, each written for that person.

    LabError                 what happened, and what to do next
    ├── BadInput             something given to us cannot be used          exit 2
    │   ├── BadConfig        a setting outside its range
    │   ├── BadFile          a file that is not what its name or place says
    │   ├── BlankImage       a picture without ink
    │   ├── NotFound         no run, recipe, data set or file of that name
    │   └── Busy             not now: the run is being trained
    ├── DiskProblem          the disk is full, read-only or gone            exit 3
    ├── DownloadFailed       no mirror gave us the file                     exit 4
    └── Diverged             the loss is no longer a number                 exit 5

Anything raised that is not a `LabError` is a bug in the lab and stays loud.
"""

from __future__ import annotations


class LabError(Exception):
    """What happened in one sentence, and in `fix` what to do about it.

    Args:
        what: one full sentence, with the offending value in it.
        fix: what would work, or the next step; may be empty.
    """

    exit_code = 1

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".strip()


class BadInput(LabError):
    """Something given to us cannot be used as it is."""

    exit_code = 2


class BadConfig(BadInput):
    """A setting is outside its range, or two settings contradict each other."""


class BadFile(BadInput):
    """A file is damaged, incomplete or of another kind than expected."""


class BlankImage(BadInput):
    """A picture has no ink in it, so there is nothing to read."""


class NotFound(BadInput):
    """There is no run, recipe, data set or file of that name."""


class Busy(BadInput):
    """The run is being trained by another process, so this cannot be done now."""


class DiskProblem(LabError):
    """The disk is full, read-only or not there; what was saved before is untouched."""

    exit_code = 3


class DownloadFailed(LabError):
    """No mirror gave us the file; whatever data was there before is untouched."""

    exit_code = 4


class Diverged(LabError):
    """The loss is infinite or not a number, so going on would only waste time.

    Args:
        step: the optimiser step, counted from 1, whose loss was the first that is not finite.
    """

    exit_code = 5

    def __init__(self, step: int, fix: str = "") -> None:
        super().__init__(f"Training diverged at step {step}: the loss is no longer a finite number.", fix)
        self.step = step
