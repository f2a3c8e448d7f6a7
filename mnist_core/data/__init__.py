"""Where digits come from: the table of data sets, reading, splitting, downloading and importing them."""

from mnist_core.data.digits import (
    Digits,
    Finding,
    best_available,
    check,
    is_present,
    lacking,
    load,
    present_names,
    present_or_best,
    require,
    trainable_names,
)
from mnist_core.data.download import Progress, download
from mnist_core.data.folder import import_folder
from mnist_core.data.names import source, title, version
from mnist_core.data.sources import SOURCES, Source
from mnist_core.data.split import Split
from mnist_core.data.splits import Counts, counts
from mnist_core.data.statistics import Statistics, statistics

__all__ = [
    "SOURCES",
    "Counts",
    "Digits",
    "Finding",
    "Progress",
    "Source",
    "Split",
    "Statistics",
    "best_available",
    "check",
    "counts",
    "download",
    "import_folder",
    "is_present",
    "lacking",
    "load",
    "present_names",
    "present_or_best",
    "require",
    "source",
    "statistics",
    "title",
    "trainable_names",
    "version",
]
