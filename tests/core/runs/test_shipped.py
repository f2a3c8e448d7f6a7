"""The model that comes with the lab is small, whole, fits its recipe, and is asked like a run's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.export import load_model, read_card
from mnist_core.models import recipe
from mnist_core.models.trust import COVERAGES
from mnist_core.runs import Store
from mnist_core.runs.model import find_predictor, judge
from mnist_core.runs.shipped import DEFAULT, FILE, TEST_ACCURACY, looks_of, run_named, shipped, weights_hash


@pytest.fixture
def store(home: Path) -> Store:
    return Store(f"sqlite:///{home.parent / 'lab.db'}", home)


def test_its_file_has_at_most_a_megabyte_and_its_weights_fit_its_card_and_its_recipe() -> None:
    assert FILE.stat().st_size <= 2**20
    network, card = load_model(FILE)
    assert card == read_card(FILE)
    assert card.network == recipe(card.recipe).config.network
    assert (card.data, card.classes) == ("mnist", tuple("0123456789"))
    assert card.trust and set(card.trust.thresholds) == set(COVERAGES)
    assert not network.training


def test_it_stands_among_runs_as_finished_under_the_name_default() -> None:
    run = shipped()
    assert (run.id, run.state, run.config.data) == (DEFAULT, "finished", "mnist")
    assert run.best_val_accuracy == read_card(FILE).val_accuracy


def test_naming_it_does_not_load_torch() -> None:
    code = "import sys; from mnist_core.runs.shipped import shipped; shipped(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0


def test_it_reads_the_digits_of_the_sample_that_it_was_never_trained_on(store: Store) -> None:
    judged = judge(store, find_predictor(store, DEFAULT), "sample", "val")
    assert judged.scores.accuracy > 0.98
    assert run_named(store, DEFAULT) == shipped()
    assert len(weights_hash(store, DEFAULT)) == 64


def test_looks_at_the_test_split_with_it_are_counted(store: Store) -> None:
    assert looks_of(store, DEFAULT) == []
    for count in (1, 2):
        judged = judge(store, find_predictor(store, DEFAULT), "sample", "test")
        assert judged.looks == count
        assert [look.n for look in looks_of(store, DEFAULT)] == [500] * count
    assert looks_of(store, "20000101-000000-000000") == []


def test_its_card_says_what_its_file_says() -> None:
    text, card = FILE.with_name("CARD.md").read_text(), read_card(FILE)
    assert card.trust
    for fact in (
        card.recipe,
        f"seed {card.seed}",
        f"{100 * (card.val_accuracy or 0):.2f} %",
        f"{100 * TEST_ACCURACY:.2f} % of the 10,000 test digits",
        f"{card.trust.temperature:.2f}",
    ):
        assert fact in text
