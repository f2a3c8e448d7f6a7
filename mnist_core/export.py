"""A trained model as one file that is enough to predict with: weights, and a card that says what they are.

Two formats. `.safetensors`: the card is in the header. `.pth`: torch's usual plain state_dict, which three lines of PyTorch
load without this project; the card rides along in the state_dict's own metadata, which torch keeps and ignores.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mnist_core.config import Network
from mnist_core.errors import BadConfig, BadFile, NotFound
from mnist_core.files import write_atomically
from mnist_core.images import PREPROCESSING_VERSION
from mnist_core.models.trust import Trust

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mnist_core.models.inference import InputScale

Format = Literal["pth", "safetensors"]
CARD = "digit_lab_card"
# The largest network the lab can describe is far below this; anything bigger is not a digit model.
LARGEST_FILE = 512 * 2**20


class ModelCard(BaseModel):
    """What a model file says about itself.

    Attributes:
        network: its layers.
        input_mean: mean subtracted from pixels in [0, 1].
        input_std: spread they are then divided by.
        classes: the names of its answers, in order.
        preprocessing: version of the steps from a picture to 28x28 that it expects.
        data: the data set it learned from.
        recipe: the recipe it started from.
        seed: the run's seed.
        split_hash: which pictures were trained on, judged on and kept sealed.
        run: id of the run in the lab that made it.
        epoch: the epoch the weights are from.
        val_accuracy: share of the validation split read right by these weights, in [0, 1].
        val_count: pictures in that split.
        trust: how far its answers can be trusted; None for a model that was never asked about validation pictures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    network: Network
    input_mean: float = 0.0
    input_std: float = Field(default=1.0, gt=0)
    classes: tuple[str, ...] = tuple("0123456789")
    preprocessing: int = PREPROCESSING_VERSION
    data: str = ""
    recipe: str = ""
    seed: int = 0
    split_hash: str = ""
    run: str = ""
    epoch: int = 0
    val_accuracy: float | None = None
    val_count: int | None = None
    trust: Trust | None = None

    @property
    def scale(self) -> InputScale:
        """How bytes become the network's input."""
        from mnist_core.models.inference import InputScale

        return InputScale(self.input_mean, self.input_std)

    @property
    def temperature(self) -> float:
        """By which scores are divided before they become probabilities; 1 leaves them as they are."""
        return self.trust.temperature if self.trust else 1.0


def model_bytes(network: nn.Module, card: ModelCard, format: Format) -> bytes:
    """The model as the content of a file.

    Raises:
        BadConfig: the format is neither "pth" nor "safetensors".
    """
    weights = {name: weight.detach().cpu().contiguous() for name, weight in network.state_dict().items()}
    text = card.model_dump_json()
    if format == "safetensors":
        from safetensors.torch import save

        return save(weights, metadata={CARD: text})
    if format == "pth":
        import torch

        state: Any = network.state_dict()
        for name, weight in weights.items():
            state[name] = weight
        state._metadata[CARD] = text
        buffer = io.BytesIO()
        torch.save(state, buffer)
        return buffer.getvalue()
    raise BadConfig(f"format is {format!r}.", "Allowed: pth, safetensors.")


def save_model(path: Path, network: nn.Module, card: ModelCard, format: Format) -> None:
    """Write the model to `path`.

    Raises:
        BadConfig: unknown format.
        DiskProblem: it could not be written.
    """
    write_atomically(path, model_bytes(network, card, format))


def load_model(path: Path) -> tuple[nn.Sequential, ModelCard]:
    """Read a model file back: the network in evaluation mode, and its card.

    Nothing in the file is executed, and nothing is unpacked before its size is known.

    Raises:
        NotFound: there is no such file.
        BadFile: it is not a model of this lab, or its weights do not fit its card.
    """
    from mnist_core.models.networks import build

    if not path.is_file():
        raise NotFound(
            f"There is no model file {str(path)!r}.", "Give a run's id or the path of a .pth or .safetensors file."
        )
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise BadFile(f"{path.name} has {size:,} bytes; a digit model has at most {LARGEST_FILE:,}.")
    read = {".safetensors": _read_safetensors, ".pth": _read_pth}.get(path.suffix.lower())
    if read is None:
        raise BadFile(f"{path.name} is not a model file.", "Allowed: .pth and .safetensors, as exported by the lab.")
    weights, text = read(path)
    card = _read_card(path, text)
    network = build(card.network, len(card.classes))
    _check_weights(path, weights, network)
    network.load_state_dict(weights)
    return network.eval(), card


def read_card(path: Path) -> ModelCard:
    """The card of a `.safetensors` file alone, in a millisecond and without loading torch.

    Raises:
        BadFile: it is not a model of this lab.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            text = (file.metadata() or {}).get(CARD)
    except (SafetensorError, ValueError, OSError) as error:
        raise BadFile(f"{path.name} is not a safetensors file: {error}.", "Export the model again.") from error
    return _read_card(path, text)


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], str | None]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            return {name: file.get_tensor(name) for name in file.keys()}, metadata.get(CARD)  # noqa: SIM118
    except (SafetensorError, ValueError, OSError) as error:
        raise BadFile(f"{path.name} is not a safetensors file: {error}.", "Export the model again.") from error


def _read_pth(path: Path) -> tuple[dict[str, Tensor], str | None]:
    import pickle

    import torch
    from torch import Tensor

    _check_archive(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise BadFile(
            f"{path.name} is not a state_dict that can be loaded safely.", "Export the model again."
        ) from error
    if not isinstance(state, dict) or not all(isinstance(weight, Tensor) for weight in state.values()):
        raise BadFile(f"{path.name} does not hold a plain state_dict.", "Export the model again.")
    metadata = getattr(state, "_metadata", {})
    return dict(state), metadata.get(CARD)


def _check_archive(path: Path) -> None:
    """Refuse archives that are damaged or would unpack to more than they are: torch writes its parts uncompressed."""
    try:
        with zipfile.ZipFile(path) as archive:
            bad = next((part.filename for part in archive.infolist() if part.compress_type != zipfile.ZIP_STORED), None)
            bad = bad or archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise BadFile(f"{path.name} is not a file that torch.save wrote.", "Export the model again.") from error
    if bad:
        raise BadFile(f"{path.name} is damaged or was not written by torch.save: {bad}.", "Export the model again.")


def _read_card(path: Path, text: str | None) -> ModelCard:
    if text is None:
        raise BadFile(
            f"{path.name} has weights but no card, so its layers and scaling are unknown.",
            "Export the model from the lab, which writes both.",
        )
    try:
        return ModelCard.model_validate(json.loads(text))
    except (ValidationError, ValueError) as error:
        raise BadFile(
            f"The card in {path.name} cannot be read.", "Export the model again with this version."
        ) from error


def _check_weights(path: Path, weights: dict[str, Tensor], network: nn.Module) -> None:
    expected = network.state_dict()
    for name in sorted(expected.keys() | weights.keys()):
        if name not in weights or name not in expected:
            there = "has no" if name not in weights else "has an unexpected"
            raise BadFile(f"{path.name} {there} tensor {name!r}, so it does not fit its card.")
        found, wanted = weights[name], expected[name]
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            raise BadFile(
                f"In {path.name} tensor {name!r} is {tuple(found.shape)} {found.dtype}; "
                f"its card says {tuple(wanted.shape)} {wanted.dtype}."
            )
        if found.is_floating_point() and not bool(found.isfinite().all()):
            raise BadFile(f"In {path.name} tensor {name!r} has values that are not finite numbers.")
