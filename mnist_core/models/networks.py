"""From the table of layers to a torch module that computes it."""

from __future__ import annotations

from torch import nn

from mnist_core.config import CNN, MLP
from mnist_core.models.layers import Layer, layer_table, seen_side

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def build(network: MLP | CNN, classes: int = 10) -> nn.Sequential:
    """A network with fresh random weights (seed torch first for the same ones again).

    Takes (batch, 1, 28, 28) float pictures, gives (batch, classes) scores (logits).
    """
    module = nn.Sequential(*(_module(layer, network) for layer in layer_table(network, classes)))
    side = seen_side(network)
    if side < 28:
        # No time is spent on an edge that pooling would drop; weights and answers stay those of the plain row of layers.
        module.register_forward_pre_hook(lambda _, pictures: pictures[0][..., :side, :side])
    return module


def _module(layer: Layer, network: MLP | CNN) -> nn.Module:
    match layer.kind:
        case "conv":
            assert isinstance(network, CNN)
            return nn.Conv2d(layer.input[0], layer.output[0], network.kernel, padding=network.padding)
        case "linear":
            return nn.Linear(layer.input[0], layer.output[0])
        case "batch norm":
            return nn.BatchNorm2d(layer.output[0]) if len(layer.output) == 3 else nn.BatchNorm1d(layer.output[0])
        case "activation":
            return ACTIVATIONS[network.activation]()
        case "pool":
            return nn.MaxPool2d(2)
        case "dropout":
            return nn.Dropout(network.dropout)
        case "flatten":
            return nn.Flatten()
