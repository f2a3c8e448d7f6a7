"""The lines of PyTorch that rebuild a trained network outside the lab, written from its table of layers."""

from __future__ import annotations

from mnist_core.config import CNN, MLP
from mnist_core.models.layers import Layer, layer_table

ACTIVATIONS = {"relu": "nn.ReLU()", "gelu": "nn.GELU()", "tanh": "nn.Tanh()", "sigmoid": "nn.Sigmoid()"}


def loading_code(network: MLP | CNN, filename: str, mean: float, std: float, classes: int = 10) -> str:
    """Code that builds the network and loads an exported `.pth` into it, ready to paste into a notebook.

    Args:
        network: its layers.
        filename: the state_dict's file.
        mean: what the network's input is shifted by, on pixels in [0, 1].
        std: what it is then divided by.
        classes: how many answers it gives.
    """
    modules = ",\n    ".join(_module(layer, network) for layer in layer_table(network, classes))
    return (
        "import torch\nfrom torch import nn\n\n"
        f"model = nn.Sequential(\n    {modules},\n)\n"
        f"model.load_state_dict(torch.load({filename!r}, weights_only=True))\n"
        "model.eval()\n"
        f"# Input: (n, 1, 28, 28) float, (ink - {mean:g}) / {std:g}; ink is 0 for paper and 1 for a full stroke.\n"
    )


def _module(layer: Layer, network: MLP | CNN) -> str:
    match layer.kind:
        case "conv":
            assert isinstance(network, CNN)
            return f"nn.Conv2d({layer.input[0]}, {layer.output[0]}, {network.kernel}, padding={network.padding!r})"
        case "linear":
            return f"nn.Linear({layer.input[0]}, {layer.output[0]})"
        case "batch norm":
            return f"nn.BatchNorm{'2d' if len(layer.output) == 3 else '1d'}({layer.output[0]})"
        case "activation":
            return ACTIVATIONS[network.activation]
        case "pool":
            return "nn.MaxPool2d(2)"
        case "global max":
            return "nn.AdaptiveMaxPool2d(1)"
        case "dropout":
            return f"nn.Dropout({network.dropout:g})"
        case "flatten":
            return "nn.Flatten()"
