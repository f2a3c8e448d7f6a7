"""Training learns, repeats itself to the bit, resumes to the bit, and stops at the first loss that is not a number."""

import copy

import numpy as np
import pytest
import torch

from mnist_core.config import CNN, MLP, TrainConfig
from mnist_core.data import load
from mnist_core.errors import BadConfig, Diverged
from mnist_core.training import plan
from mnist_core.training.engine import Training
from mnist_core.training.progress import EpochReport, StepReport


@pytest.fixture(scope="module")
def digits():
    return load("sample", train_size=600)


def small(**settings):
    values = {"data": "sample", "network": MLP(hidden=(16,)), "epochs": 2, "train_size": 600, "threads": 1, **settings}
    return TrainConfig.parse(values)


def weights(training):
    return {name: weight.clone() for name, weight in training.network.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_a_small_network_learns_the_sample(digits):
    epochs = [report for report in Training(small(epochs=5), digits) if isinstance(report, EpochReport)]
    assert [report.epoch for report in epochs] == [1, 2, 3, 4, 5]
    assert epochs[-1].val_accuracy > 0.8
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert epochs[-1].confusion.sum() == len(digits.validation.labels)
    assert np.trace(epochs[-1].confusion) == round(epochs[-1].val_accuracy * len(digits.validation.labels))


def test_every_step_of_a_short_run_is_reported_once_and_in_order(digits):
    reports = [report for report in Training(small(), digits) if isinstance(report, StepReport)]
    assert [report.step for report in reports] == list(range(1, 21))
    assert [report.batch for report in reports] == [*range(1, 11)] * 2
    assert [report.epoch for report in reports] == [1] * 10 + [2] * 10
    assert reports[-1].fraction == 1
    assert all(report.images_per_second > 0 and report.seconds_left >= 0 for report in reports)


def test_a_long_run_reports_about_five_hundred_times_and_at_the_end_of_each_epoch(digits):
    config = small(epochs=100)
    steps = [report.step for report in Training(config, digits) if isinstance(report, StepReport)]
    every_second_and_ends = [step for step in range(1, 1001) if step % 2 == 0 or step % 10 == 0]
    assert steps == every_second_and_ends


def test_the_first_reports_equal_the_same_steps_written_out_in_plain_torch(digits):
    config = small(optimizer="sgd", learning_rate=0.1, momentum=0.0, input="unit")
    training = Training(config, digits)
    network = copy.deepcopy(training.network)
    batches = [(images.clone(), labels.clone()) for images, labels in training.batches.epoch(0)]
    reports = [report for report in training if isinstance(report, StepReport)]
    for (images, labels), report in zip(batches[:5], reports, strict=False):
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        assert report.loss == pytest.approx(loss.item(), rel=1e-5)
        assert report.gradient_norm == pytest.approx(
            torch.cat([g.flatten() for g in gradients]).norm().item(), rel=1e-4
        )
        with torch.no_grad():
            for weight, gradient in zip(network.parameters(), gradients, strict=True):
                weight.sub_(0.1 * gradient)


@pytest.mark.parametrize("network", [MLP(hidden=(16,)), CNN(channels=(4,), hidden=(8,))], ids=["mlp", "cnn"])
def test_a_batch_learned_from_in_pieces_gives_the_step_of_the_whole_batch(network, digits, monkeypatch):
    config = small(network=network, batch_size=250, label_smoothing=0.1, epochs=1, optimizer="sgd", learning_rate=0.1)
    whole = Training(config, digits)
    expected = list(whole)
    monkeypatch.setattr(plan, "MOST_AT_ONCE", 100)
    pieces = Training(config, digits)
    for report, truth in zip(pieces, expected, strict=True):
        if isinstance(report, StepReport):
            assert report.loss == pytest.approx(truth.loss, rel=1e-5)
            assert report.gradient_norm == pytest.approx(truth.gradient_norm, rel=1e-4)
        else:
            assert report.train_accuracy == truth.train_accuracy
    for weight, truth in zip(pieces.network.parameters(), whole.network.parameters(), strict=True):
        torch.testing.assert_close(weight, truth, rtol=1e-4, atol=1e-5)


def test_the_smoothed_loss_is_the_debiased_running_average_of_all_losses(digits):
    reports = [report for report in Training(small(), digits) if isinstance(report, StepReport)]
    losses = [report.loss for report in reports]
    ages = 0.98 ** np.arange(len(losses))[::-1]
    assert reports[-1].smoothed_loss == pytest.approx((losses * ages).sum() / ages.sum())


def test_each_epoch_shows_every_picture_once_in_an_order_of_its_own(digits):
    batches = Training(small(batch_size=64), digits).batches
    first, second, again = ([labels.clone() for _, labels in batches.epoch(number)] for number in (0, 1, 0))
    assert [len(labels) for labels in first] == [64] * 9 + [24]
    assert torch.equal(torch.cat(first).sort().values, torch.from_numpy(digits.train.labels).sort().values)
    assert torch.equal(torch.cat(first), torch.cat(again))
    assert not torch.equal(torch.cat(first), torch.cat(second))


def test_an_epoch_taken_up_in_the_middle_gives_the_batches_that_were_left(digits):
    config = small(batch_size=32, augmentation={"shift": 2, "rotation": 10, "scale": 0.1, "elastic": 1})
    batches = Training(config, digits).batches
    whole = [(images.clone(), labels.clone()) for images, labels in batches.epoch(3)]
    for start in (1, 15, 16, 17, 18):
        rest = [(images.clone(), labels.clone()) for images, labels in batches.epoch(3, start)]
        assert len(rest) == len(whole) - start
        assert all(
            torch.equal(a[0], b[0]) and torch.equal(a[1], b[1]) for a, b in zip(rest, whole[start:], strict=True)
        )


def test_the_same_config_and_seed_give_the_same_curve_and_weights(digits):
    config = small(network=MLP(hidden=(16,), dropout=0.3), augmentation={"shift": 2})
    runs = []
    for _ in range(2):
        training = Training(config, digits)
        curve = [(report.loss, report.gradient_norm) for report in training if isinstance(report, StepReport)]
        runs.append((curve, weights(training)))
    assert runs[0][0] == runs[1][0]
    assert same(runs[0][1], runs[1][1])
    assert not same(weights(Training(small(seed=1), digits)), weights(Training(small(seed=2), digits)))


@pytest.mark.parametrize("stop_after", [1, 7, 10, 11, 12, 20])
@pytest.mark.parametrize(
    "config",
    [
        small(network=MLP(hidden=(16,), dropout=0.3, batch_norm=True), schedule="one-cycle", early_stopping=5),
        small(
            network=CNN(channels=(4,), hidden=(8,), dropout=0.2),
            optimizer="sgd",
            nesterov=True,
            augmentation={"shift": 2, "elastic": 1},
        ),
        # Learns in packed memory, and in bfloat16 where the processor has it.
        small(network=CNN(channels=(4, 8), padding="same", batch_norm=True, head="global max", hidden=())),
    ],
    ids=["mlp", "cnn", "packed cnn"],
)
def test_a_run_suspended_at_any_report_and_restored_ends_with_the_same_weights(digits, config, stop_after):
    whole = Training(config, digits)
    reports = list(whole)
    first = Training(config, digits)
    for i, _ in enumerate(first, start=1):
        if i == stop_after:
            break
    state = copy.deepcopy(first.state_dict())
    torch.manual_seed(999)  # A new process starts with other random numbers.
    second = Training(config, digits)
    second.load_state_dict(state)
    rest = list(second)
    assert same(weights(second), weights(whole))
    assert len(rest) == len(reports) - stop_after
    assert [r.loss for r in rest if isinstance(r, StepReport)] == [
        r.loss for r in reports[stop_after:] if isinstance(r, StepReport)
    ]
    assert [r.train_loss for r in rest if isinstance(r, EpochReport)][-1] == reports[-1].train_loss


def test_predicting_in_between_changes_nothing(digits):
    config = small(network=MLP(hidden=(16,), dropout=0.5, batch_norm=True))
    quiet, watched = Training(config, digits), Training(config, digits)
    list(quiet)
    torch.manual_seed(config.seed)
    watched = Training(config, digits)
    for _ in watched:
        answers = watched.predict(digits.validation.images[:12])
        assert answers.shape == (12, 10)
        assert np.allclose(answers.sum(1), 1, atol=1e-5)
    assert same(weights(quiet), weights(watched))


def test_a_state_of_another_run_or_other_pictures_is_refused(digits):
    state = Training(small(), digits).state_dict()
    with pytest.raises(BadConfig, match="other settings"):
        Training(small(seed=5), digits).load_state_dict(state)
    with pytest.raises(BadConfig, match="no longer those"):
        Training(small(), digits).load_state_dict({**state, "split_hash": "another"})


def test_training_stops_at_the_first_loss_that_is_not_a_number(digits):
    config = small(optimizer="sgd", learning_rate=1e6)
    steps = []
    with pytest.raises(Diverged, match="diverged at step") as stop:
        steps.extend(report.step for report in Training(config, digits))
    assert stop.value.step == len(steps) + 1
    assert "learning rate" in stop.value.fix


def test_early_stopping_ends_the_run_after_the_given_patience(digits):
    # A rate this small changes nothing, so the first epoch stays the best.
    config = small(optimizer="sgd", learning_rate=1e-12, epochs=50, early_stopping=2)
    epochs = [report for report in Training(config, digits) if isinstance(report, EpochReport)]
    assert [report.stops_early for report in epochs] == [False] * (len(epochs) - 1) + [True]
    assert len(epochs) < 10


def test_the_best_epoch_is_the_most_accurate_or_where_that_is_wanted_the_last(digits):
    # So large a rate makes the accuracy go up and down.
    wild = {"optimizer": "sgd", "learning_rate": 2.0, "epochs": 8}
    by_accuracy, by_place = (
        [report for report in Training(small(**wild, best_epoch=best), digits) if isinstance(report, EpochReport)]
        for best in ("most accurate", "last")
    )
    accuracies = [report.val_accuracy for report in by_accuracy]
    assert [report.val_accuracy for report in by_place] == accuracies
    assert max(accuracies) > accuracies[-1]
    assert max(report.epoch for report in by_accuracy if report.is_best) == 1 + int(np.argmax(accuracies))
    assert all(report.is_best for report in by_place)


def test_with_the_last_epoch_as_the_best_a_run_is_still_stopped_early(digits):
    config = small(optimizer="sgd", learning_rate=1e-12, epochs=50, early_stopping=2, best_epoch="last")
    epochs = [report for report in Training(config, digits) if isinstance(report, EpochReport)]
    assert len(epochs) < 10
    assert (epochs[-1].is_best, epochs[-1].stops_early) == (True, True)


def test_a_last_batch_of_one_is_left_out_only_with_batch_normalisation():
    digits = load("sample", train_size=601)
    plain = Training(small(train_size=601, batch_size=60), digits)
    normed = Training(small(train_size=601, batch_size=60, network=MLP(hidden=(8,), batch_norm=True)), digits)
    assert (len(plain.batches), len(normed.batches)) == (11, 10)
    assert list(normed)[-1].epoch == 2


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh", "sigmoid"])
def test_every_optimizer_and_activation_trains(digits, optimizer, activation):
    config = small(network=CNN(channels=(2,), hidden=(), activation=activation), optimizer=optimizer, weight_decay=1e-4)
    reports = [report for report in Training(config, digits) if isinstance(report, EpochReport)]
    assert np.isfinite(reports[-1].train_loss)
