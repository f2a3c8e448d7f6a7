"""The environment variables decide where things lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_core import places


def test_everything_lies_in_the_home_folder(home: Path):
    assert places.home() == home
    assert places.data_folder() == home / "data"
    assert places.database_url() == f"sqlite:///{home}/lab.db"


def test_without_a_home_it_is_a_folder_of_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MNIST_HOME")
    monkeypatch.chdir(tmp_path)
    assert places.home() == tmp_path / "workspace"


def test_data_and_database_can_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MNIST_DATA", str(tmp_path / "sets"))
    monkeypatch.setenv("MNIST_DB", "postgresql://somewhere/lab")
    assert places.data_folder() == tmp_path / "sets"
    assert places.database_url() == "postgresql://somewhere/lab"


def test_a_tilde_is_the_persons_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MNIST_HOME", "~/lab")
    assert places.home() == tmp_path / "lab"
