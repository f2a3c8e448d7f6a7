"""From the table of layers to a torch module that computes it."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from mnist_core.config import CNN, MLP
from mnist_core.models.layers import Layer, layer_table, seen_side

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
# Fewer pictures to be read than this are not worth the packing.
FEWEST_TO_READ_PACKED = 64


class PackedConvolutions(nn.Sequential):
    """A CNN that learns, on a processor with oneDNN, in that library's own order of memory: a tenth to a seventh faster.

    Channels lie in groups of a register's size, and pooling is oneDNN's too. Many pictures at a time are read so too. The
    weights, their names and, up to rounding, the answers are those of the plain row of layers. Under `torch.autocast`, what
    lies packed is of its type, and what comes after it of float32.
    """

    def forward(self, pictures: Tensor) -> Tensor:
        """(batch, 1, height, width) float pictures to (batch, classes) scores."""
        if not self._packs(pictures):
            scores: Tensor = super().forward(pictures)
            return scores
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None
        # Packed convolutions take their weights as they are; a copy of another type, as autocast makes it, they refuse.
        with torch.autocast("cpu", enabled=False):
            values = pictures.contiguous().to_mkldnn(dtype)
            for module in self:
                if values.is_mkldnn and isinstance(module, nn.Flatten | nn.AdaptiveMaxPool2d):
                    values = values.to_dense(torch.float32)
                values = module(values)
        return values.to_dense(torch.float32) if values.is_mkldnn else values

    def _packs(self, pictures: Tensor) -> bool:
        if pictures.device.type != "cpu" or self.training != torch.is_grad_enabled():
            return False
        # OneDNN's batch normalisation only learns.
        return self.training or (
            len(pictures) >= FEWEST_TO_READ_PACKED and not any(isinstance(layer, nn.BatchNorm2d) for layer in self)
        )


def packs(network: MLP | CNN) -> bool:
    """Whether oneDNN is here and can train every layer before the first linear one in its own order of memory."""
    return (
        torch.backends.mkldnn.is_available()
        and isinstance(network, CNN)
        and network.activation == "relu"
        and not network.dropout
    )


def order_of_memory(device: torch.device | str) -> torch.memory_format:
    """How convolutions want pictures and weights to lie: the channels of a pixel side by side, up to twice as fast.

    Not on Apple's MPS, where batch normalisation in that order has learned from wrong gradients in some versions of torch
    and broken off in others (pytorch's issue 175189 and pull request 188371).
    """
    return torch.contiguous_format if torch.device(device).type == "mps" else torch.channels_last


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


def folded(network: nn.Sequential) -> nn.Sequential:
    """A copy to read with, in evaluation mode: what batch normalisation has learned is in the weights of the layer before it.

    Its answers are the network's up to rounding, in fewer steps.
    """
    reader = copy.deepcopy(network).eval()
    for i in reversed(range(len(reader))):
        match reader[i - 1], reader[i]:
            case nn.Conv2d() as before, nn.BatchNorm2d() as norm:
                reader[i - 1] = fuse_conv_bn_eval(before, norm)
                del reader[i]
            case nn.Linear() as before, nn.BatchNorm1d() as norm:
                reader[i - 1] = fuse_linear_bn_eval(before, norm)
                del reader[i]
    return reader


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
