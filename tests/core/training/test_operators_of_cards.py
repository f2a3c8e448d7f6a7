"""What is computed on a graphics card stays there, with operators and numbers that CUDA and Apple's MPS have.

For machines without a card: tensors without memory ("meta") take its place, and torch's own table of operators says what a
card computes. `test_graphics_card` looks at the numbers, on a machine that has one.
"""

import re
from pathlib import Path

import pytest
import torch
import torchgen
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from mnist_core.config import TrainConfig
from mnist_core.data import load
from mnist_core.models.inference import scores
from mnist_core.training.engine import Training
from tests.kinds import SETTINGS

TABLE = Path(torchgen.__file__).parent / "packaged" / "ATen" / "native" / "native_functions.yaml"
# Made of other operators, so it runs where those do.
COMPOSITE = "Composite"


class Operators(TorchDispatchMode):
    """Notes the operators that the card's tensors go through, and the types of those tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.names, self.types = set(), set()

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = computed(operator, args, kwargs or {})
        values = [value for value in tree_flatten((args, kwargs, result))[0] if isinstance(value, torch.Tensor)]
        if on_card := [value for value in values if value.is_meta]:
            self.names.add(str(operator).removeprefix("aten.").removesuffix(".default"))
            self.types |= {value.dtype for value in on_card}
        return result


def computed(operator, args, kwargs):
    """As torch does, but a one wherever a number is asked for, as tensors without memory have none."""
    match operator:
        case torch.ops.aten._fused_sgd_.default:
            return None  # has no kernel for them either
        case torch.ops.aten._local_scalar_dense.default:
            return 1.0
        case torch.ops.aten._to_copy.default if args[0].is_meta and kwargs.get("device") == torch.device("cpu"):
            return torch.ones(args[0].shape)
    return operator(*args, **kwargs)


@pytest.fixture(scope="module")
def digits():
    return load("sample", train_size=300)


@pytest.fixture(scope="module")
def computed_by() -> dict[str, set[str]]:
    """For each operator by torch's table: the devices it has a kernel for, or that it is made of other operators."""
    entries = {}
    for entry in re.split(r"^- func: ", TABLE.read_text(), flags=re.MULTILINE)[1:]:
        dispatch = re.search(r"^  dispatch:\n((?:    .*\n)+)", entry, re.MULTILINE)
        keys = re.findall(r"^    ([\w, ]+):", dispatch[1], re.MULTILINE) if dispatch else [COMPOSITE]
        # Torch writes the kernels of these for processors and CUDA itself.
        keys += ["CPU, CUDA"] if "ufunc_inner_loop:" in entry else []
        delegate = re.search(r"^  structured_delegate: (\S+)", entry, re.MULTILINE)
        entries[entry.split("(")[0]] = (delegate and delegate[1], {key for line in keys for key in line.split(", ")})
    return {name: entries[delegate][1] if delegate else keys for name, (delegate, keys) in entries.items()}


def operators_of(settings: dict[str, object], digits) -> Operators:
    """Of an epoch's steps, of what is reported about them, and of reading the validation pictures."""
    config = TrainConfig.parse({"data": "sample", "train_size": 300, "precision": "float32", "threads": 1, **settings})
    with Operators() as operators:
        training = Training(config, digits, device="meta")
        training.network.train()
        for images, labels in training.batches.epoch(0):
            training._learn(images, labels)
        training.step = len(training._unreported.losses)
        training._in_epoch.batch = training.step
        training._report_step()
        answers = scores(training.network, digits.validation.images, training.scale)
    assert answers.is_meta
    return operators


@pytest.mark.parametrize("kind", SETTINGS)
def test_training_and_reading_leave_nothing_behind_on_the_processor_and_ask_a_card_for_what_it_has(
    kind, digits, computed_by
):
    # A sum of a tensor here and one there would end it.
    operators = operators_of(SETTINGS[kind], digits)
    assert len(operators.names) > 30
    for card in ("CUDA", "MPS"):
        lacking = {name for name in operators.names if not any(has(card, key) for key in computed_by[name])}
        assert not lacking, card
    # Apple's cards have no numbers of 64 bits with a point.
    assert torch.float64 not in operators.types


def has(card: str, key: str) -> bool:
    return key == card or key.startswith(COMPOSITE)


def test_the_table_says_of_an_operator_which_cards_have_it(computed_by):
    assert {"CPU", "CUDA"} <= computed_by["geqrf"]
    assert "MPS" not in computed_by["geqrf"]
    assert "MPS" in computed_by["_fused_sgd_"]
