"""A network as a table of layers with shapes and parameter counts, worked out without loading torch.

`mnist_core.models.networks.build` makes one torch module from each row, in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mnist_core.config import CNN, MLP

Kind = Literal["flatten", "linear", "conv", "pool", "global max", "batch norm", "activation", "dropout"]
# For an activation that never falls, pooling before it gives the same numbers as after it, on a quarter of the pixels.
NEVER_FALLING = ("relu", "tanh", "sigmoid")
ACTIVATION_TITLES = {"relu": "ReLU", "gelu": "GELU", "tanh": "tanh", "sigmoid": "sigmoid"}


@dataclass(frozen=True)
class Layer:
    """One layer: what it is, the shape it gives for one picture, and how many numbers it learns."""

    kind: Kind
    detail: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    parameters: int = 0

    @property
    def name(self) -> str:
        """As a person reads it: "conv 32 filters 3x3"."""
        return f"{self.kind} {self.detail}".strip()


MakeLayer = Callable[[MLP | CNN, tuple[int, ...]], Layer]


def layer_table(network: MLP | CNN, classes: int = 10) -> list[Layer]:
    """The layers of `network` from a (1, 28, 28) picture to `classes` scores, in the order they are computed."""
    if isinstance(network, CNN):
        layers = _convolutions(network)
        layers.append(_flatten(layers[-1].output))
    else:
        layers = [_flatten((1, 28, 28))]
    for width in network.hidden:
        layers.append(_linear(layers[-1].output[0], width))
        if network.batch_norm:
            layers.append(_batch_norm(layers[-1].output))
        layers.append(_activation(network, layers[-1].output))
        if network.dropout:
            layers.append(_dropout(network, layers[-1].output))
    layers.append(_linear(layers[-1].output[0], classes))
    return layers


def parameter_count(network: MLP | CNN, classes: int = 10) -> int:
    """How many numbers the network learns."""
    return sum(layer.parameters for layer in layer_table(network, classes))


def multiplications(network: MLP | CNN, classes: int = 10) -> int:
    """Multiplications for one picture, forwards: each weight of a convolution counts once for every place it visits."""
    total = 0
    for layer in layer_table(network, classes):
        if layer.kind in ("linear", "conv"):
            places = math.prod(layer.output[1:])
            total += (layer.parameters - layer.output[0]) * places
    return total


def seen_side(network: MLP | CNN) -> int:
    """Side of the top left square of a picture that can change the network's answer, in pixels.

    Pooling drops an odd last row and column, and what only they would have seen need not be computed: for the published
    CNN, 26 of 28. Batch normalisation looks at every place, and padding must stay at the picture's own edge: then 28.
    """
    if isinstance(network, MLP) or network.padding == "same" or network.batch_norm:
        return 28
    last = next(layer for layer in reversed(_convolutions(network)) if layer.kind in ("pool", "global max"))
    side = last.output[1] if last.kind == "pool" else last.input[1]
    blocks = len(network.channels)
    for block in range(blocks):
        # Backwards from the last block, which a global maximum sees whole.
        pooled = block > 0 or network.head == "flatten"
        side = (2 * side if pooled else side) + network.depth * (network.kernel - 1)
    return side


def _convolutions(network: CNN) -> list[Layer]:
    layers: list[Layer] = []
    shape: tuple[int, ...] = (1, 28, 28)
    for block, channels in enumerate(network.channels, start=1):
        ends_in = _global_max if block == len(network.channels) and network.head == "global max" else _pool
        for convolution in range(1, network.depth + 1):
            layers.append(_conv(shape, channels, network))
            if network.batch_norm:
                layers.append(_batch_norm(layers[-1].output))
            bend_and_pool: list[MakeLayer] = [_activation, ends_in] if convolution == network.depth else [_activation]
            if network.activation in NEVER_FALLING:
                bend_and_pool.reverse()
            for make in bend_and_pool:
                layers.append(make(network, layers[-1].output))
            shape = layers[-1].output
        if network.dropout:
            layers.append(_dropout(network, shape))
    return layers


def _conv(shape: tuple[int, ...], channels: int, network: CNN) -> Layer:
    k = network.kernel
    side = shape[1] if network.padding == "same" else shape[1] - k + 1
    return Layer(
        "conv",
        f"{channels} filters {k}x{k}",
        shape,
        (channels, side, side),
        parameters=channels * (shape[0] * k * k + 1),
    )


def _linear(inputs: int, outputs: int) -> Layer:
    return Layer("linear", f"{inputs} to {outputs}", (inputs,), (outputs,), parameters=(inputs + 1) * outputs)


def _flatten(shape: tuple[int, ...]) -> Layer:
    return Layer("flatten", "", shape, (math.prod(shape),))


def _batch_norm(shape: tuple[int, ...]) -> Layer:
    return Layer("batch norm", "", shape, shape, parameters=2 * shape[0])


def _activation(network: MLP | CNN, shape: tuple[int, ...]) -> Layer:
    return Layer("activation", ACTIVATION_TITLES[network.activation], shape, shape)


def _pool(_: MLP | CNN, shape: tuple[int, ...]) -> Layer:
    return Layer("pool", "2x2", shape, (shape[0], shape[1] // 2, shape[2] // 2))


def _global_max(_: MLP | CNN, shape: tuple[int, ...]) -> Layer:
    return Layer("global max", "", shape, (shape[0], 1, 1))


def _dropout(network: MLP | CNN, shape: tuple[int, ...]) -> Layer:
    return Layer("dropout", f"{network.dropout:g}", shape, shape)
