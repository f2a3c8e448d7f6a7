"""Each step between file and network gives what torch and the training loop give."""

from __future__ import annotations

import numpy as np
import torch

from mnist_core.data import load
from mnist_core.images.steps import code, steps
from mnist_core.models.inference import InputScale

MEAN, STD = 0.1307, 0.3081


def sample() -> np.ndarray:
    return load("sample").train.images[:70]


def test_each_step_has_its_shape_type_and_range():
    images = sample()
    by_name = {step.name: step.values for step in steps(images, None, mean=MEAN, std=STD)}
    assert list(by_name) == ["As in the file", "As a tensor", "Normalised", "Flattened", "In a batch"]
    assert [values.shape for values in by_name.values()] == [
        *[(28, 28), (1, 28, 28), (1, 28, 28), (784,), (64, 1, 28, 28)],
    ]
    assert by_name.pop("As in the file").dtype == np.uint8
    assert {values.dtype for values in by_name.values()} == {np.dtype(np.float32)}
    assert by_name["As a tensor"].min() == 0
    assert by_name["As a tensor"].max() == 1
    # By hand: (0 - 0.1307) / 0.3081 and (1 - 0.1307) / 0.3081.
    np.testing.assert_allclose(
        [by_name["Normalised"].min(), by_name["Normalised"].max()], [-0.424213, 2.821486], rtol=1e-5
    )


def test_the_batch_is_what_the_network_is_given_in_training():
    images = sample()
    batch = steps(images, None, mean=MEAN, std=STD)[-1].values
    trained = InputScale(MEAN, STD)(torch.from_numpy(images[:64]).unsqueeze(1))
    np.testing.assert_allclose(batch, trained.numpy(), atol=1e-6)


def test_the_code_shown_gives_the_same_batch():
    images = sample()
    names = {"torch": torch, "images": images}
    exec(code(MEAN, STD), names)
    np.testing.assert_allclose(names["batch"].numpy(), steps(images, None, mean=MEAN, std=STD)[-1].values, atol=1e-6)
    assert names["flat"].shape == (64, 784)


def test_an_augmented_digit_is_normalised_after_the_change_and_goes_into_the_batch():
    images = sample()
    changed = np.full((28, 28), 0.25, np.float32)
    by_name = {step.name: step for step in steps(images, changed, mean=MEAN, std=STD)}
    assert list(by_name)[2] == "Augmented"
    np.testing.assert_allclose(by_name["Normalised"].values, (0.25 - MEAN) / STD, rtol=1e-5)
    np.testing.assert_array_equal(by_name["In a batch"].values[0], by_name["Normalised"].values)
    np.testing.assert_array_equal(by_name["In a batch"].picture, by_name["Normalised"].picture)


def test_near_the_end_of_a_split_the_batch_is_smaller_and_says_so():
    last = steps(sample()[-3:], None, mean=MEAN, std=STD)[-1]
    assert last.values.shape == (3, 1, 28, 28)
    assert last.why.startswith("3 digits")


def test_every_reason_has_two_sentences():
    for step in steps(sample(), np.zeros((28, 28), np.float32), mean=MEAN, std=STD):
        assert step.why.count(". ") == 1
        assert step.why.endswith(".")
