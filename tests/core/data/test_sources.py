"""The table of sources says the same as torchvision's loaders."""

from __future__ import annotations

import posixpath
import subprocess
import sys

import pytest

from mnist_core.data import SOURCES, source
from mnist_core.errors import NotFound
from mnist_core.torchvision_loader import load_torchvision

LIKE_MNIST = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}


@pytest.mark.parametrize("name", LIKE_MNIST)
def test_files_checksums_mirrors_and_folder_are_torchvisions(name: str):
    theirs = getattr(load_torchvision().datasets, LIKE_MNIST[name])
    ours = SOURCES[name]
    assert [(file.name, file.md5) for file in ours.files] == theirs.resources
    for file in ours.files:
        assert set(file.urls) == {mirror + file.name for mirror in theirs.mirrors}
    assert ours.folder == f"{LIKE_MNIST[name]}/raw"


@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
def test_class_names_are_torchvisions(name: str):
    assert list(SOURCES[name].classes) == getattr(load_torchvision().datasets, LIKE_MNIST[name]).classes


def test_qmnist_is_torchvisions():
    resources = load_torchvision().datasets.QMNIST.resources
    theirs = [(posixpath.basename(url), md5, (url,)) for url, md5 in resources["train"] + resources["test"]]
    assert [(file.name, file.md5, file.urls) for file in SOURCES["qmnist"].files] == theirs


def test_emnist_is_torchvisions():
    theirs = load_torchvision().datasets.EMNIST
    (archive,) = SOURCES["emnist-digits"].files
    assert (archive.urls, archive.md5) == ((theirs.url,), theirs.md5)
    assert SOURCES["emnist-digits"].parts[0].name == "emnist-digits-train-images-idx3-ubyte.gz"


@pytest.mark.parametrize("name", SOURCES)
def test_secure_mirrors_come_first(name: str):
    for file in SOURCES[name].files:
        is_insecure = [url.startswith("http:") for url in file.urls]
        assert is_insecure == sorted(is_insecure)


@pytest.mark.parametrize("name", SOURCES)
def test_counts_agree_with_each_other(name: str):
    each = SOURCES[name]
    assert len(each.classes) == 10
    assert len(each.parts) in (0, 4)
    assert sum(each.train_histogram) in (0, each.train_count + each.validation_count)
    assert sum(each.test_histogram) in (0, each.test_count)
    assert 0 < each.mean < each.std < 0.5


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(NotFound, match=r"no data set called 'cifar'.*mnist, fashion-mnist, kmnist"):
        source("cifar")


def test_reading_data_does_not_load_torch():
    code = "import sys, mnist_core.data; mnist_core.data.load('sample'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
