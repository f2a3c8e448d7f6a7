"""A step on a CUDA card, recorded once and played back: the kernels of a small network end sooner than Python starts them.

Torch names what can be recorded, and how: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

# A batch's answers, their mean loss, and its gradient for each parameter.
Slope = tuple[Tensor, Tensor, tuple[Tensor, ...]]
FindSlope = Callable[[Tensor, Tensor], Slope]
# Steps computed before one is recorded, in which libraries choose their kernels and take their memory.
WARM_UP = 3
# Two kernels for one sum differ by rounding, in bfloat16 by less than this share; a wrong recording by about the whole.
ROUNDING = 0.03


class Recording:
    """What `find_slope` does with a batch of one size, played back with other batches of that size.

    Playing gives the same memory again and again: only a copy of the gradients outlasts the next playing.

    Args:
        find_slope: works on tensors that stay where they are, and does not wait for the card.
        images, labels: a batch on the card.
    """

    def __init__(self, find_slope: FindSlope, images: Tensor, labels: Tensor) -> None:
        self._images, self._labels = images.clone(), labels.clone()
        self._graph = torch.cuda.CUDAGraph()
        here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(here)
        # Around the recording too: one that fails does not come back from its stream by itself.
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                find_slope(self._images, self._labels)
            with torch.cuda.graph(self._graph, stream=aside):
                self._answers, self._loss, self._gradients = find_slope(self._images, self._labels)
        here.wait_stream(aside)

    def fits(self, images: Tensor) -> bool:
        """Whether the batch has the recorded size."""
        return images.shape == self._images.shape

    def play(self, images: Tensor, labels: Tensor) -> Slope:
        """The slope of another batch."""
        self._images.copy_(images)
        self._labels.copy_(labels)
        self._graph.replay()
        return self._answers.clone(), self._loss.clone(), self._gradients


def record(find_slope: FindSlope, network: nn.Module, images: Tensor, labels: Tensor) -> Recording | None:
    """A recording that was compared with the computed step, or None with a warning where it fails or differs.

    Args:
        find_slope: as for `Recording`, with the weights of `network`.
        network: its buffers and the card's random state are left as they were.
        images, labels: a batch on the card.
    """
    try:
        with _restored(network):
            # Not the batch that it is compared with: a recording that kept its batch would go unnoticed.
            recording = Recording(find_slope, torch.zeros_like(images), torch.zeros_like(labels))
        with _restored(network):
            computed = _outcome(find_slope(images, labels), network)
        with _restored(network):
            played = _outcome(recording.play(images, labels), network)
    except RuntimeError as e:
        warnings.warn(f"Each step is computed anew, as recording one failed: {e}", RuntimeWarning, stacklevel=2)
        return None
    if not all(_same(*pair) for pair in zip(played, computed, strict=True)):
        warnings.warn("Each step is computed anew, as a recorded one differed.", RuntimeWarning, stacklevel=2)
        return None
    return recording


@contextmanager
def _restored(network: nn.Module) -> Iterator[None]:
    """Put back afterwards what a step changes besides giving its slope."""
    buffers = [buffer.clone() for buffer in network.buffers()]
    random = torch.cuda.get_rng_state()
    try:
        yield
    finally:
        for buffer, before in zip(network.buffers(), buffers, strict=True):
            buffer.copy_(before)
        torch.cuda.set_rng_state(random)


def _outcome(slope: Slope, network: nn.Module) -> list[Tensor]:
    """Copies of all that a step gives and changes: the answers with the loss, the whole gradient, each buffer."""
    answers, loss, gradients = slope
    return [
        torch.cat([answers.flatten().float(), loss.reshape(1)]),
        # Together, as the gradient of a bias before batch normalisation is nothing but rounding.
        torch.cat([gradient.flatten() for gradient in gradients]),
        *[buffer.float().clone() for buffer in network.buffers()],
    ]


def _same(played: Tensor, computed: Tensor) -> bool:
    return bool((played - computed).norm() <= ROUNDING * computed.norm())
