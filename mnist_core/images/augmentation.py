"""Random shifts, turns, sizes and bends of whole batches of digits, in one resampling, and pens of other widths."""

from __future__ import annotations

import math
from functools import lru_cache

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
    # How much of each row of `_moves` a picture gets, once for places across and once for places down.
    amounts = torch.stack([torch.stack([cos, -sin, across], 1), torch.stack([sin, cos, down], 1)], 1)
    if strength.elastic:
        field = torch.randn(n, 2, ELASTIC_POINTS**2, generator=generator) * (strength.elastic * unit_per_pixel)
        amounts = torch.cat([amounts, field], 2)
    moves = _moves(side, images.device)[: amounts.shape[2]]
    grid = (amounts.to(images.device) @ moves).view(n, 2, side, side).permute(0, 2, 3, 1)
    if strength.stroke:
        images = _with_other_pens(images, uniform(strength.stroke).to(images.device))
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


@lru_cache(maxsize=4)
def _moves(side: int, device: torch.device) -> Tensor:
    """What the place of each pixel is made of: (3 + elastic points, side * side), in grid_sample's units.

    Its own place across, its place down, one; then how far it goes when one point of the elastic field goes by one. Every
    change of place is a sum of these, so that all pictures' changes are one product of matrices.
    """
    still = F.affine_grid(torch.eye(2, 3)[None], [1, 1, side, side], align_corners=False)[0]
    points = torch.eye(ELASTIC_POINTS**2).view(-1, 1, ELASTIC_POINTS, ELASTIC_POINTS)
    bends = F.interpolate(points, size=(side, side), mode="bicubic", align_corners=True)[:, 0]
    return torch.cat([still.permute(2, 0, 1), torch.ones(1, side, side), bends]).flatten(1).to(device)


def _with_other_pens(images: Tensor, pixels: Tensor) -> Tensor:
    """Strokes thicker by so many pixels, thinner where it is negative; the strongest ink of each picture stays as it is.

    A 3x3 maximum adds a pixel on either side of a stroke, a 3x3 minimum takes one away (dilation and erosion of grey
    pictures); parts of a pixel are a mixture with the picture as it was.

    Args:
        images: (n, 1, side, side) floats with 0 as paper.
        pixels: (n,).
    """
    passes = pixels.view(-1, 1, 1, 1) / 2
    # A minimum is the maximum of the negative, so one pass does for all pictures.
    sign = torch.where(passes < 0, -1.0, 1.0)
    passes = torch.where(passes < 0, (-passes).clamp(max=MOST_THINNED), passes)
    ink = images * sign
    for number in range(math.ceil(float(passes.max()))):
        ink = torch.lerp(ink, _largest_around(ink), (passes - number).clamp(0, 1))
    ink = ink * sign
    strongest = images.amax((2, 3), keepdim=True) / ink.amax((2, 3), keepdim=True).clamp(min=1e-6)
    return ink * strongest


def _largest_around(ink: Tensor) -> Tensor:
    """The largest value in the 3x3 around each pixel, as max_pool2d gives it, ten times sooner on a processor."""
    padded = F.pad(ink, (1, 1, 1, 1), value=-math.inf)
    columns = torch.maximum(torch.maximum(padded[:, :, :-2], padded[:, :, 1:-1]), padded[:, :, 2:])
    return torch.maximum(torch.maximum(columns[..., :-2], columns[..., 1:-1]), columns[..., 2:])
