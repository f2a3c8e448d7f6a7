"""What the statistics say is what plain counting says, by hand on small pictures and in floats on real ones."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mnist_core.data import Digits, Split, load, statistics
from mnist_core.data.statistics import (
    class_counts,
    class_pictures,
    duplicates,
    ink,
    mean_and_std,
    mean_as_bytes,
    pixel_histogram,
    spread,
    stroke_width,
    variance_as_bytes,
)

# A copy of the training file as floats would be 376 MB.
MOST_BYTES = 150e6


@pytest.fixture(scope="module")
def sample() -> Digits:
    return load("sample")


def training_file(digits: Digits) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.concatenate([digits.train.images, digits.validation.images]),
        np.concatenate([digits.train.labels, digits.validation.labels]),
    )


def split_of(images: list[np.ndarray], indices: list[int]) -> Split:
    return Split(np.stack(images), np.zeros(len(images), dtype=np.int64), np.array(indices))


def bar(width: int, length: int) -> np.ndarray:
    image = np.zeros((28, 28), dtype=np.uint8)
    image[4 : 4 + length, 10 : 10 + width] = 255
    return image


def slanted(width: float, degrees: float) -> np.ndarray:
    """A stroke 20 pixels long through the middle; a pixel is ink if its centre is in it."""
    rows, columns = np.mgrid[:28, :28] - 13.5
    along = np.cos(np.radians(degrees)) * columns + np.sin(np.radians(degrees)) * rows
    across = np.cos(np.radians(degrees)) * rows - np.sin(np.radians(degrees)) * columns
    return np.where((abs(across) <= width / 2) & (abs(along) <= 10), 255, 0).astype(np.uint8)


def test_the_classes_of_every_split_are_counted(sample):
    counts = class_counts(sample)
    for row, split in zip(counts, (sample.train, sample.validation, sample.test), strict=True):
        assert dict(enumerate(row.tolist())) == Counter(split.labels.tolist())
    assert counts.sum() == 5_000


def test_every_pixel_is_in_the_histogram_once(sample):
    images, _ = training_file(sample)
    found = pixel_histogram(sample.train.images, sample.validation.images)
    assert np.array_equal(found, np.histogram(images, bins=np.arange(257))[0])


def test_mean_and_std_are_those_of_a_copy_in_floats(sample):
    images, _ = training_file(sample)
    fractions = images / 255
    mean, std = mean_and_std(pixel_histogram(images))
    assert mean == pytest.approx(fractions.mean(), abs=1e-12)
    assert std == pytest.approx(fractions.std(), abs=1e-12)


def test_mean_and_std_of_two_values_by_hand():
    histogram = np.zeros(256, dtype=np.int64)
    histogram[[0, 255]] = 3, 1
    assert mean_and_std(histogram) == (0.25, pytest.approx(np.sqrt(3) / 4, abs=1e-15))


def test_pixels_that_are_all_the_same_have_no_spread():
    assert mean_and_std(pixel_histogram(np.full((9, 28, 28), 77, dtype=np.uint8))) == (77 / 255, 0.0)


def test_class_pictures_are_the_mean_and_variance_in_floats(sample):
    images, labels = training_file(sample)
    means, variances = class_pictures(sample)
    for each in range(10):
        members = images[labels == each] / 255
        np.testing.assert_allclose(means[each], members.mean(0), rtol=0, atol=1e-12)
        np.testing.assert_allclose(variances[each], members.var(0), rtol=0, atol=1e-12)


def test_a_class_without_digits_has_blank_pictures(sample):
    def without_seven(split: Split) -> Split:
        kept = split.labels != 7
        return Split(split.images[kept], split.labels[kept], split.indices[kept])

    few = replace(sample, train=without_seven(sample.train), validation=without_seven(sample.validation))
    found = statistics(few)
    assert not found.mean_pictures[7].any()
    assert not found.variance_pictures[7].any()
    assert np.isnan(found.ink.median[7])


def test_pictures_to_look_at_use_the_whole_range_of_bytes():
    assert mean_as_bytes(np.array([0, 0.5, 1])).tolist() == [0, 128, 255]
    assert variance_as_bytes(np.array([0, 0.125, 0.25])).tolist() == [0, 128, 255]


def test_ink_is_the_mean_of_the_pixels(sample):
    np.testing.assert_allclose(ink(sample.test.images), (sample.test.images / 255).mean((1, 2)), rtol=0, atol=1e-12)
    assert ink(np.stack([np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])).tolist() == [0, 1]


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_the_stroke_width_of_an_upright_or_lying_bar_is_its_width(width):
    upright = bar(width, 20)
    found = stroke_width(np.stack([upright, upright.T]))
    expected = width * 20 / np.hypot(width, 20)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(found, width, rtol=0.04)


@pytest.mark.parametrize("degrees", [15, 30, 45, 60, 75, 120, 150])
@pytest.mark.parametrize("width", [3, 5])
def test_the_stroke_width_does_not_depend_on_the_slant(width, degrees):
    (found,) = stroke_width(slanted(width, degrees)[None])
    assert found == pytest.approx(width, rel=0.15)


def test_the_stroke_width_of_a_ring_is_the_difference_of_its_radii():
    rows, columns = np.mgrid[:28, :28] - 13.5
    radius = np.hypot(rows, columns)
    ring = np.where((radius > 7) & (radius < 10), 255, 0).astype(np.uint8)
    assert stroke_width(ring[None])[0] == pytest.approx(3, rel=0.15)


def test_faint_pixels_are_no_stroke_and_a_blank_picture_has_width_0():
    edged = bar(3, 20)
    edged[:, 13] = 127
    assert stroke_width(np.stack([edged, bar(3, 20)]))[0] == stroke_width(bar(3, 20)[None])[0]
    assert stroke_width(np.zeros((1, 28, 28), np.uint8)).tolist() == [0]
    assert stroke_width(np.zeros((0, 28, 28), np.uint8)).shape == (0,)


def test_a_digit_has_the_same_stroke_width_alone_and_among_others(sample):
    together = stroke_width(sample.train.images)
    assert [stroke_width(sample.train.images[i][None])[0] for i in (0, 2_047, 2_048, 3_999)] == [
        together[i] for i in (0, 2_047, 2_048, 3_999)
    ]


def test_a_spread_holds_the_percentiles_of_each_class():
    values = np.concatenate([np.arange(101.0), [7.0]])
    found = spread(values, np.array([0] * 101 + [2]), 3)
    assert [each[0] for each in (found.low, found.q1, found.median, found.q3, found.high)] == [1, 25, 50, 75, 99]
    assert [each[2] for each in (found.low, found.q1, found.median, found.q3, found.high)] == [7] * 5
    assert np.isnan(found.median[1])


def test_twins_are_found_within_and_across_the_splits(sample):
    a, b, c, d = sample.train.images[:4]
    almost_a = a.copy()
    almost_a[0, 0] += 1
    few = replace(
        sample,
        train=split_of([a, b, a, c], [10, 11, 4, 13]),
        validation=split_of([b, d, almost_a], [2, 20, 21]),
        test=split_of([a, d, b, a, 255 - a], [0, 1, 2, 3, 4]),
    )
    found = duplicates(few)
    assert found.pairs.tolist() == [[4, 0], [20, 1], [2, 2], [4, 3]]
    assert found.within_training_file == 2
    assert (found.train_validation, found.train_test, found.validation_test) == (1, 3, 2)


def test_the_sample_has_as_many_twins_as_a_counter_finds(sample):
    found = duplicates(sample)
    train, validation, test = (
        Counter(image.tobytes() for image in split.images) for split in (sample.train, sample.validation, sample.test)
    )
    assert found.within_training_file == 4_500 - len(train + validation)
    assert found.train_validation == sum(n for image, n in validation.items() if image in train)
    assert found.train_test == sum(n for image, n in test.items() if image in train)
    assert found.validation_test == sum(n for image, n in test.items() if image in validation)
    assert len(found.pairs) == sum(n for image, n in test.items() if image in train + validation)


def test_everything_together_says_the_same_as_its_parts(sample):
    images, labels = training_file(sample)
    found = statistics(sample)
    assert found.source is sample.source
    assert (found.mean, found.std) == mean_and_std(pixel_histogram(images))
    assert found.pixels == images.size
    assert found.class_totals.tolist() == [500] * 10
    for each in range(10):
        assert found.ink.median[each] == pytest.approx(np.median(ink(images[labels == each])))
        assert found.stroke_width.q3[each] == pytest.approx(np.percentile(stroke_width(images[labels == each]), 75))


def test_mnist_has_the_published_mean_and_std_and_no_twins(real_data):
    found = statistics(load("mnist", root=real_data))
    assert (round(found.mean, 4), round(found.std, 4)) == (0.1307, 0.3081)
    assert found.class_counts[:2].sum(0).tolist() == list(found.source.train_histogram)
    assert found.class_counts[2].tolist() == list(found.source.test_histogram)
    assert found.duplicates.within_training_file == len(found.duplicates.pairs) == 0
    # A 1 is one stroke, a 0 the longest of all.
    assert (found.ink.median.argmin(), found.ink.median.argmax()) == (1, 0)
    assert np.all((found.stroke_width.median > 2) & (found.stroke_width.median < 4))


def test_the_statistics_of_mnist_take_little_memory(real_data):
    digits = load("mnist", root=real_data)
    tracemalloc.start()
    try:
        statistics(digits)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES
