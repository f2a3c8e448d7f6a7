"""Augmentation moves digits by what it says, leaves paper as paper, and repeats itself."""

import math

import pytest
import torch
import torch.nn.functional as F

from mnist_core.config import Augmentation
from mnist_core.images.augmentation import augment


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures():
    images = torch.zeros(200, 1, 28, 28)
    images[:, :, 10:18, 10:18] = 1.0
    return images


def centres(images):
    mass = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    places = torch.arange(28.0)
    return (mass.sum(2) * places).sum(1), (mass.sum(1) * places).sum(1)


def test_with_all_strengths_at_zero_pictures_come_back_as_they_are(pictures):
    assert augment(pictures, Augmentation(), generator()) is pictures


def test_a_shift_moves_by_up_to_the_given_pixels_in_each_direction(pictures):
    rows, columns = centres(augment(pictures, Augmentation(shift=3), generator()))
    for places in (rows, columns):
        assert (places - 13.5).abs().max() <= 3.01
        assert places.min() < 11.5
        assert places.max() > 15.5


def test_a_scale_changes_the_area_by_up_to_its_square(pictures):
    areas = augment(pictures, Augmentation(scale=0.25), generator()).sum((1, 2, 3)) / 64
    assert areas.min() >= 0.75**2 - 0.02
    assert areas.max() <= 1.25**2 + 0.02
    assert areas.max() - areas.min() > 0.6


def test_a_rotation_keeps_the_centre_and_the_ink(pictures):
    turned = augment(pictures, Augmentation(rotation=30), generator())
    rows, columns = centres(turned)
    assert (rows - 13.5).abs().max() < 0.05
    assert (columns - 13.5).abs().max() < 0.05
    assert torch.allclose(turned.sum((1, 2, 3)), torch.tensor(64.0), rtol=0.02)
    assert not torch.allclose(turned[0], turned[1])


def test_an_elastic_bend_moves_ink_by_about_the_given_pixels(pictures):
    bent = augment(pictures, Augmentation(elastic=2), generator())
    rows, _ = centres(bent)
    assert 0.5 < (rows - 13.5).std() < 3


def test_strokes_become_thicker_and_thinner_by_up_to_the_given_pixels():
    strokes = torch.zeros(200, 1, 28, 28)
    strokes[:, :, 4:24, 12:15] = 1.0
    changed = augment(strokes, Augmentation(stroke=2), generator())
    widths = changed[:, 0, 14].sum(1)
    assert widths.min() >= 1 and widths.max() <= 5.01
    assert widths.min() < 2 and widths.max() > 4.5
    assert torch.allclose(changed.amax((1, 2, 3)), torch.ones(200), atol=1e-4)


def test_a_hairline_is_not_thinned_away():
    hairlines = torch.zeros(200, 1, 28, 28)
    hairlines[:, :, 4:24, 14] = 1.0
    changed = augment(hairlines, Augmentation(stroke=3), generator())
    assert changed.amax((1, 2, 3)).min() > 0.99


def test_ink_stays_within_paper_and_full(pictures):
    changed = augment(pictures, Augmentation(shift=8, rotation=45, scale=0.5, elastic=6, stroke=3), generator())
    assert changed.min() >= 0
    assert changed.max() <= 1.0001


def test_places_are_those_of_torchs_own_affine_grid_with_a_bicubic_field():
    noise = torch.rand(50, 1, 28, 28, generator=generator(1))
    changed = augment(noise, Augmentation(shift=2, rotation=20, scale=0.2, elastic=1.5), generator(2))

    draws = generator(2)
    angle, size, across, down = (torch.rand(50, generator=draws) * 2 - 1 for _ in range(4))
    angle, zoom = angle * math.radians(20), 1 / (1 + size * 0.2)
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    turn = torch.stack([cos, -sin, across * 2 / 14, sin, cos, down * 2 / 14], 1).view(50, 2, 3)
    field = torch.randn(50, 2, 5, 5, generator=draws) * 1.5 / 14
    bend = F.interpolate(field, size=(28, 28), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    grid = F.affine_grid(turn, [50, 1, 28, 28], align_corners=False) + bend
    assert torch.allclose(changed, F.grid_sample(noise, grid, align_corners=False), atol=1e-4)


def test_pens_are_those_of_torchs_own_pooling_with_the_strongest_ink_kept():
    noise = torch.rand(50, 1, 28, 28, generator=generator(1))
    changed = augment(noise, Augmentation(stroke=3), generator(2))

    draws = generator(2)
    *_, pen = (torch.rand(50, generator=draws) * 2 - 1 for _ in range(5))
    passes = pen.view(-1, 1, 1, 1) * 3 / 2
    thicker = torch.lerp(noise, F.max_pool2d(noise, 3, stride=1, padding=1), passes.clamp(0, 1))
    thicker = torch.lerp(thicker, F.max_pool2d(thicker, 3, stride=1, padding=1), (passes - 1).clamp(0, 1))
    thinner = torch.lerp(noise, -F.max_pool2d(-noise, 3, stride=1, padding=1), (-passes).clamp(0, 0.75))
    thinner = thinner * noise.amax((2, 3), keepdim=True) / thinner.amax((2, 3), keepdim=True)
    assert torch.allclose(changed, torch.where(passes > 0, thicker, thinner), atol=1e-4)


def test_the_same_generator_gives_the_same_changes(pictures):
    strength = Augmentation(shift=2, rotation=10, scale=0.1, elastic=1, stroke=1)
    assert torch.equal(augment(pictures, strength, generator(7)), augment(pictures, strength, generator(7)))
    assert not torch.equal(augment(pictures, strength, generator(7)), augment(pictures, strength, generator(8)))
