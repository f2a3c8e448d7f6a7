"""Imports run one way, and the library knows nothing of the dashboard."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# From the ground up: a module may import from its own storey and those before it.
STOREYS = [
    "errors",
    "places",
    "files",
    "torchvision_loader",
    "config",
    "data",
    "images",
    "models",
    "export",
    "evaluation",
]
STOREYS += ["training", "runs", "cli", "__main__"]
MODULES = sorted((ROOT / "mnist_core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def storey(name: str) -> int:
    part = name.removeprefix("mnist_core.").split(".")[0]
    return STOREYS.index(part) if part in STOREYS else 0


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_of_the_library_imports_only_from_the_storeys_below_it(path: Path) -> None:
    here = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for name in imported(path):
        assert not name.startswith(("streamlit", "pages", "app")), name
        if name.startswith("mnist_core."):
            assert storey(name) <= storey(here), f"{here} imports {name}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_imports_no_other_page(path: Path) -> None:
    for name in imported(path):
        assert not name.startswith("app"), name
        if name.startswith("pages."):
            assert name.startswith("pages.shared"), name


@pytest.mark.parametrize("path", [p for p in PAGES if "shared" not in p.parts], ids=lambda path: path.name)
def test_a_page_is_a_story_of_at_most_ninety_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 90
