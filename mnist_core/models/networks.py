"""From the table of layers to a torch module that computes it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mnist_core.config import CNN, MLP
from mnist_core.models.layers import Layer, layer_table, seen_side

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


class PackedConvolutions(nn.Sequential):
    """A CNN that learns, on a processor with oneDNN, in that library's own order of memory: a tenth to a seventh faster.

    Channels lie in groups of a register's size, and pooling is oneDNN's too. The weights, their names and, up to
    rounding, the answers are those of the plain row of layers.
    """

    def forward(self, pictures: Tensor) -> Tensor:
        """(batch, 1, height, width) float pictures to (batch, classes) scores."""
        # A single picture to be read is not worth the packing, and oneDNN's batch normalisation only learns.
        if not (self.training and torch.is_grad_enabled()) or pictures.device.type != "cpu":
            scores: Tensor = super().forward(pictures)
            return scores
        values = pictures.contiguous().to_mkldnn()
        for module in self:
            if values.is_mkldnn and isinstance(module, nn.Flatten | nn.AdaptiveMaxPool2d):
                values = values.to_dense()
            values = module(values)
        return values.to_dense() if values.is_mkldnn else values


def packs(network: MLP | CNN) -> bool:
    """Whether oneDNN is here and can train every layer before the first linear one in its own order of memory."""
    return (
        torch.backends.mkldnn.is_available()
        and isinstance(network, CNN)
        and network.activation == "relu"
        and not network.dropout
    )


def build(network: MLP | CNN, classes: int = 10) -> nn.Sequential:
    """A network with fresh random weights (seed torch first for the same ones again).

    Takes (batch, 1, 28, 28) float pictures, gives (batch, classes) scores (logits).
    """
    layers = (_module(layer, network) for layer in layer_table(network, classes))
    module = PackedConvolutions(*layers) if packs(network) else nn.Sequential(*layers)
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
        case "global max":
            return nn.AdaptiveMaxPool2d(1)
        case "dropout":
            return nn.Dropout(network.dropout)
        case "flatten":
            return nn.Flatten()
