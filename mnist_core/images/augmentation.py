"""Random shifts, turns, sizes and bends of whole batches of digits, in one resampling."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.config import Augmentation

# The elastic field is drawn on this many points a side and smoothed up to the picture's size: strokes bend, they don't shred.
ELASTIC_POINTS = 5


def augment(images: Tensor, strength: Augmentation, generator: torch.Generator) -> Tensor:
    """Change each picture at random, up to the strengths given; a new tensor of the same shape.

    Args:
        images: (n, 1, side, side) floats with 0 as paper, on any device.
        strength: how much of each change; with all at 0 the pictures come back as they are.
        generator: source of the randomness, on the processor, so that every device gives the same changes.
    """
    if not strength.is_on():
        return images
    n, _, side, _ = images.shape
    # Places are in grid_sample's units: -1 to 1 across the picture.
    unit_per_pixel = 2 / side

    def uniform(limit: float) -> Tensor:
        return (torch.rand(n, generator=generator) * 2 - 1) * limit

    angle = uniform(math.radians(strength.rotation))
    zoom = 1 / (1 + uniform(strength.scale))
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    across = uniform(strength.shift * unit_per_pixel)
    down = uniform(strength.shift * unit_per_pixel)
    turn = torch.stack([torch.stack([cos, -sin, across], 1), torch.stack([sin, cos, down], 1)], 1)
    grid = F.affine_grid(turn.to(images.device), list(images.shape), align_corners=False)
    if strength.elastic:
        field = torch.randn(n, 2, ELASTIC_POINTS, ELASTIC_POINTS, generator=generator) * (
            strength.elastic * unit_per_pixel
        )
        bend = F.interpolate(field.to(images.device), size=(side, side), mode="bicubic", align_corners=True)
        grid = grid + bend.permute(0, 2, 3, 1)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
