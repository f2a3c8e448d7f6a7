"""A data set in memory: pictures, labels and their fixed division into training, validation and test."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core import places
from mnist_core.data import decisions, idx, names, own, raw, sources, splits
from mnist_core.data.names import source
from mnist_core.data.sources import SOURCES, Part, Source
from mnist_core.data.split import Split
from mnist_core.errors import BadFile, NotFound

SAMPLE = Path(__file__).with_name("sample") / "sample.npz"
SAMPLE_SHA256 = "730c97870423d296e2e084aee682bfcfc528d10e4e2b716a11ef368f0f69a472"


@dataclass(frozen=True, eq=False)
class Digits:
    """A data set and its three splits.

    Every stretch of `train` and of `validation` has its share of each class; `test` is in the order of its file.
    `split_hash` is a SHA-256 (64 hexadecimal digits) that tells whether two runs had the same splits.
    """

    source: Source
    train: Split
    validation: Split
    test: Split
    split_hash: str


@dataclass(frozen=True)
class Finding:
    """What `check` found out about one file; `problem` is a sentence, or empty if all is well.

    `md5_ok` is None where there is no published checksum to compare with, as for unpacked files. `count` is the number
    of pictures or labels in it, 0 if it is not what it should be.
    """

    file: str
    present: bool
    md5_ok: bool | None
    count: int
    problem: str


def load(
    name: str,
    *,
    train_size: int | None = None,
    validation_share: float | None = None,
    own_repeat: int = 1,
    root: Path | None = None,
) -> Digits:
    """Read a data set from disk and split it. MNIST takes about half a second.

    Args:
        name: of the source, or of one with changes; see `mnist_core.data.names`.
        train_size: only so many training pictures, a stratified choice that contains every smaller one; None for all. A
            person's own digits are all among them.
        validation_share: fraction of the training file kept for validation; None for the source's own.
        own_repeat: how often each of a person's own digits is among those to learn from, where they are added.
        root: the data folder; None for `places.data_folder()`.

    Raises:
        NotFound: no such source, or its files are not there.
        BadFile: a file is damaged.
        BadConfig: more training pictures than there are, or a share that leaves none.
    """
    require(name, root=root)
    chosen, parsed = source(name), names.parse(name)
    sizes = splits.counts(chosen, train_size=train_size, validation_share=validation_share, own_repeat=own_repeat)
    training_file, test = _files_of(parsed.base, root)
    order = splits.stratified_order(training_file.labels)
    validation, train = training_file.taken(order[: sizes.validation]), training_file.taken(order[sizes.validation :])
    if not parsed.is_published:
        train = _changed(train, parsed, train_size, own_repeat)
    if sizes.train < len(train):
        train = train.taken(np.arange(sizes.train))
    # What was published needs no more than positions; a person may give any picture another label.
    digest = "" if parsed.is_published else hashlib.sha256(train.labels.tobytes()).hexdigest()
    split_hash = splits.split_hash(name + digest, train.indices, validation.indices, test.indices)
    return Digits(chosen, train, validation, test, split_hash)


def is_present(name: str, *, root: Path | None = None) -> bool:
    """Whether all files of a data set are there with the right sizes; the sample always is. Takes no time.

    Raises:
        NotFound: there is no such source.
    """
    parsed = names.parse(name)
    if parsed.base == names.OWN or parsed.with_own:
        has_own = bool(own.own_digits())
        if parsed.base == names.OWN or not has_own:
            return has_own
    if parsed.decisions and not decisions.exists(parsed.base, parsed.decisions):
        return False
    return not lacking(SOURCES[parsed.base], root=root)


def lacking(chosen: Source, *, root: Path | None = None) -> list[str]:
    """Names of the files of a published data set that are missing or have the wrong size. Takes no time."""
    found = {part: raw.find(part, [_folder(chosen, root)]) for part in chosen.parts}
    return [part.name for part, path in found.items() if path is None or not raw.looks_complete(path, part)]


def present_names(*, root: Path | None = None) -> list[str]:
    """Every data set that is here: published ones first, then lists of decisions and own digits."""
    published = [name for name in SOURCES if is_present(name, root=root)]
    return published + names.changed_names(published)


def trainable_names(*, root: Path | None = None) -> list[str]:
    """What a network can learn from here: `present_names`, and each set of digits once more with one's own among them."""
    here = present_names(root=root)
    return here + [f"{name}{names.WITH_OWN}" for name in here if names.OWN in here and names.can_have_own(name)]


def require(name: str, *, root: Path | None = None) -> None:
    """Make sure that a data set's files are there, without reading them.

    Raises:
        NotFound: no such source, or one of its files is missing; the sentence says how to get it.
    """
    parsed = names.parse(name)
    if (parsed.base == names.OWN or parsed.with_own) and not own.own_digits():
        raise NotFound("There are no digits of your own yet.", "Draw some on the page Draw, and keep them.")
    if parsed.decisions and not decisions.exists(parsed.base, parsed.decisions):
        raise NotFound(
            f"There is no list {parsed.decisions!r} of decisions about {parsed.base}.",
            "The page Doubtful labels makes one.",
        )
    chosen = source(parsed.base)
    for part in chosen.parts:
        _locate(chosen, part, _folder(chosen, root))


def best_available(*, root: Path | None = None) -> Source:
    """MNIST if its files are there, else the bundled sample of it."""
    return SOURCES["mnist" if is_present("mnist", root=root) else "sample"]


def present_or_best(name: str) -> str:
    """The data set of that name if it is here, else the best that is: of a model that learned from MNIST elsewhere."""
    return name if is_present(name) else best_available().name


def check(name: str, *, root: Path | None = None) -> list[Finding]:
    """Read every file of a published data set and say of each whether it is what it should be.

    Raises:
        NotFound: there is no such source.
    """
    chosen = sources.source(name)
    if not chosen.parts:
        return [_sample_finding()]
    return [_finding(part, _folder(chosen, root)) for part in chosen.parts]


def _folder(chosen: Source, root: Path | None) -> Path:
    return (root or places.data_folder()) / chosen.folder


def _files_of(base: str, root: Path | None) -> tuple[Split, Split]:
    """The training file and the test file behind a name."""
    if base == names.OWN:
        return own.splits_of_own()
    chosen = SOURCES[base]
    return _from_files(chosen, _folder(chosen, root)) if chosen.parts else _from_sample(chosen)


def _changed(train: Split, parsed: names.Name, train_size: int | None, own_repeat: int) -> Split:
    """A training split with a list's decisions and own digits, every stretch of it with its share of each class."""
    if parsed.decisions:
        train = decisions.applied(train, decisions.read(parsed.base, parsed.decisions))
    if parsed.with_own:
        mine, _ = own.splits_of_own()
        if train_size is not None:
            train = train.taken(np.arange(len(train))[: max(0, train_size - len(mine))])
        mine = mine.taken(np.tile(np.arange(len(mine)), own_repeat))
        train = train.with_more(Split(mine.images, mine.labels, -mine.indices))
        train = train.taken(splits.stratified_order(train.labels))
    return train


def _from_files(chosen: Source, folder: Path) -> tuple[Split, Split]:
    """The training file and the test file of a source on disk."""
    images, labels, test_images, test_labels = (_read(chosen, part, folder) for part in chosen.parts)
    return _whole(chosen, images, labels), _whole(chosen, test_images, test_labels)


def _read(chosen: Source, part: Part, folder: Path) -> np.ndarray:
    path = _locate(chosen, part, folder)
    return raw.parsed(raw.content(path, part), path.name, part)


def _locate(chosen: Source, part: Part, folder: Path) -> Path:
    path = raw.find(part, [folder])
    if path is None:
        raise NotFound(
            f"{chosen.title} is not here: {part.name} is missing in {folder}.",
            f"Get it with `python -m mnist_core data get {chosen.name}`, or use the bundled sample.",
        )
    return path


def _whole(chosen: Source, images: np.ndarray, labels: np.ndarray) -> Split:
    if chosen.transposed:
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
    return Split(images, labels, np.arange(len(labels)))


def _from_sample(chosen: Source) -> tuple[Split, Split]:
    """The sample without its test digits, and its test digits; all are of one file."""
    everything = _sample()
    order = splits.stratified_order(everything.labels)
    return everything.taken(order[chosen.test_count :]), everything.taken(order[: chosen.test_count])


def _sample() -> Split:
    try:
        data = SAMPLE.read_bytes()
    except OSError as error:
        raise BadFile(
            f"The bundled sample cannot be read from {SAMPLE}: {error.strerror}.", "Get the lab again."
        ) from error
    if hashlib.sha256(data).hexdigest() != SAMPLE_SHA256:
        raise BadFile(f"The bundled sample {SAMPLE} is damaged: its checksum does not match.", "Get the lab again.")
    with np.load(io.BytesIO(data)) as arrays:
        return Split(arrays["images"], arrays["labels"].astype(np.int64), arrays["indices"].astype(np.int64))


def _sample_finding() -> Finding:
    try:
        return Finding(SAMPLE.name, present=True, md5_ok=None, count=len(_sample().labels), problem="")
    except BadFile as error:
        return Finding(SAMPLE.name, present=SAMPLE.is_file(), md5_ok=None, count=0, problem=str(error))


def _finding(part: Part, folder: Path) -> Finding:
    path = raw.find(part, [folder])
    if path is None:
        return Finding(part.name, present=False, md5_ok=None, count=0, problem=f"{part.name} is missing in {folder}.")
    md5_ok = None
    try:
        data = raw.content(path, part)
        if part.md5 is not None and data.startswith(idx.GZIP_MAGIC):
            md5_ok = raw.md5(data) == part.md5
        raw.verify(data, path.name, part)
    except BadFile as error:
        return Finding(path.name, present=True, md5_ok=md5_ok, count=0, problem=str(error))
    return Finding(path.name, present=True, md5_ok=md5_ok, count=part.count, problem="")
