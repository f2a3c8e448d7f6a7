"""Importing torchvision beside a torch for which its compiled operators were not built.

pip installs a CPU-only torch next to a torchvision built for CUDA. Its library then cannot be loaded, and the import of
torchvision fails because two operators that it wants to describe do not exist. We never call them, so declaring their
signatures is enough.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.library import Library

SIGNATURES = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def load_torchvision() -> ModuleType:
    """torchvision, whether or not its compiled operators fit the installed torch.

    Raises:
        ImportError: torchvision is not installed.
    """
    _declare_missing_operators()
    return importlib.import_module("torchvision")


@functools.cache  # keeps the declarations alive: torch drops them with the Library object
def _declare_missing_operators() -> Library | None:
    import torch

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        raise ImportError("torchvision is not installed")
    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(library)
        except OSError:
            break
        return None
    declared = torch.library.Library("torchvision", "FRAGMENT")
    for signature in SIGNATURES:
        declared.define(signature)
    return declared
