"""What a run amounts to is known, and what cannot work is refused, before anything is loaded."""

import pytest

from mnist_core.config import CNN, MLP, TrainConfig
from mnist_core.errors import BadConfig, NotFound
from mnist_core.models import recipe
from mnist_core.training.plan import plan, steps_per_epoch


def test_a_recipe_amounts_to_the_published_numbers():
    amount = plan(recipe("mlp-128-64").config)
    assert (amount.train_count, amount.validation_count) == (55_000, 5_000)
    assert (amount.steps_per_epoch, amount.total_steps) == (860, 4_300)
    assert amount.parameters == 109_386


def test_the_sample_has_4000_pictures_to_learn_from_and_500_to_judge_on():
    amount = plan(TrainConfig(data="sample"))
    assert (amount.train_count, amount.validation_count, amount.steps_per_epoch) == (4_000, 500, 63)


def test_a_batch_larger_than_the_training_set_is_refused_with_the_range():
    with pytest.raises(BadConfig, match=r"batch_size is 5,000, but there are only 4,000.*1 to 4,000"):
        plan(TrainConfig(data="sample", batch_size=5_000))
    with pytest.raises(BadConfig, match="only 100"):
        plan(TrainConfig(data="sample", train_size=100, batch_size=101))


def test_an_unknown_data_set_is_refused_with_the_known_ones():
    with pytest.raises(NotFound, match="sample"):
        plan(TrainConfig(data="mnits"))


def test_a_network_too_large_for_memory_is_refused_with_what_it_needs():
    huge = TrainConfig(network=MLP(hidden=(8192,) * 8), batch_size=1024)
    with pytest.raises(BadConfig, match=r"about \d+\.\d GB.*parameters.*2\.0 GB are free"):
        plan(huge, available_bytes=2 * 2**30)
    assert plan(TrainConfig(), available_bytes=2 * 2**30).memory_bytes < 2**30
    # A batch of any size goes through the network in pieces, unless its own mean and spread count.
    cnn = TrainConfig(network=CNN())
    pieces, larger = (plan(cnn.changed({"batch_size": size})).memory_bytes for size in (1024, 4096))
    assert pieces == larger
    normed = TrainConfig(network=CNN(batch_norm=True), batch_size=4096)
    assert plan(normed, available_bytes=64 * 2**30).memory_bytes > 3 * larger


def test_a_batch_of_one_is_refused_with_batch_normalisation():
    with pytest.raises(BadConfig, match="at least 2"):
        plan(TrainConfig(data="sample", batch_size=1, network=CNN(batch_norm=True)))


@pytest.mark.parametrize(
    ("pictures", "batch", "norm", "steps"), [(10, 5, False, 2), (11, 5, False, 3), (11, 5, True, 2), (12, 5, True, 3)]
)
def test_the_last_batch_may_be_smaller_but_not_one_picture_with_batch_normalisation(pictures, batch, norm, steps):
    config = TrainConfig(batch_size=batch, network=MLP(batch_norm=norm))
    assert steps_per_epoch(config, pictures) == steps
