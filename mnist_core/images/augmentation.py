"""Random shifts, turns, sizes and bends of whole batches of digits, in one resampling, and pens of other widths."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.config import Augmentation

# The elastic field is drawn on this many points a side and smoothed up to the picture's size: strokes bend, they don't shred.
ELASTIC_POINTS = 5
# A stroke is never thinned by more than this share of what an eroding filter would take: a hair's breadth would be gone.
MOST_THINNED = 0.75


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
    if strength.stroke:
        images = _with_other_pens(images, uniform(strength.stroke).to(images.device))
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _with_other_pens(images: Tensor, pixels: Tensor) -> Tensor:
    """Strokes thicker by so many pixels, thinner where it is negative; the strongest ink of each picture stays as it is.

    A 3x3 maximum adds a pixel on either side of a stroke, a 3x3 minimum takes one away (dilation and erosion of grey
    pictures); parts of a pixel are a mixture with the picture as it was.

    Args:
        images: (n, 1, side, side) floats with 0 as paper.
        pixels: (n,).
    """
    passes = pixels.view(-1, 1, 1, 1) / 2
    thicker = images
    for number in range(math.ceil(float(passes.max().clamp(min=0)))):
        share = (passes - number).clamp(0, 1)
        thicker = torch.lerp(thicker, F.max_pool2d(thicker, 3, stride=1, padding=1), share)
    thinner = torch.lerp(images, -F.max_pool2d(-images, 3, stride=1, padding=1), (-passes).clamp(0, MOST_THINNED))
    strongest = images.amax((2, 3), keepdim=True) / thinner.amax((2, 3), keepdim=True).clamp(min=1e-6)
    return torch.where(passes > 0, thicker, thinner * strongest)
