"""Fine-tuning: a run that starts where an earlier one ended learns sooner, resumes to the bit, or is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_core.config import MLP, TrainConfig
from mnist_core.data import load, own
from mnist_core.errors import BadConfig, Busy, LabError
from mnist_core.runs import LocalLauncher, Run, Store
from mnist_core.runs.shipped import shipped
from mnist_core.runs.start import check_start, fine_tuning, lineage
from mnist_core.runs.worker import work
from mnist_core.training import checkpoint
from mnist_core.training.plan import plan


@pytest.fixture
def earlier(store: Store, short: TrainConfig) -> Run:
    return work(store, store.create(short.changed({"epochs": 4})).id)


def weights(store: Store, run: Run, which: str = "last") -> dict[str, torch.Tensor]:
    saved = store.checkpoint(run.id, which)
    return checkpoint.load(saved.path, saved.sha256)["network"]


def test_a_run_that_starts_from_another_is_better_after_one_epoch_and_says_where_it_began(
    store: Store, short: TrainConfig, earlier: Run
):
    alone = work(store, store.create(short).id)
    tuned = work(store, store.create(short.changed({"start_from": earlier.id, "learning_rate": 1e-4})).id)
    first = [store.epochs(run.id)[0].val_accuracy for run in (alone, tuned)]
    assert first[1] > first[0] + 0.1
    assert tuned.best_val_accuracy >= earlier.best_val_accuracy - 0.02
    [told] = [event.text for event in store.events(tuned.id) if event.kind == "start"]
    assert f"run {earlier.id} after epoch {earlier.best_epoch} " in told
    assert "other splits" not in told


def test_its_first_step_begins_at_the_best_weights_and_not_at_the_last(store: Store, short: TrainConfig, earlier: Run):
    still = short.changed({"start_from": earlier.id, "optimizer": "sgd", "learning_rate": 1e-30, "epochs": 1})
    begun = weights(store, work(store, store.create(still).id))
    best = weights(store, earlier, "best")
    assert all(torch.equal(begun[name], best[name]) for name in best)


def test_a_fine_tuning_that_is_stopped_and_resumed_ends_with_the_same_weights(
    store: Store, short: TrainConfig, earlier: Run
):
    config = short.changed({"start_from": earlier.id, "network.dropout": 0.0})
    whole = work(store, store.create(config).id)
    parts = store.create(config)
    work(store, parts.id, on_progress=lambda report: store.request_stop(parts.id))
    assert store.run(parts.id).state == "stopped"
    # It goes on from its own checkpoint, so the earlier run is not needed any more.
    store.delete(earlier.id)
    store.resume(parts.id)
    resumed = work(store, parts.id)
    assert resumed.state == "finished"
    assert store.steps(resumed.id).loss.tolist() == store.steps(whole.id).loss.tolist()
    first, second = weights(store, whole), weights(store, resumed)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_checkpoint_from_before_the_setting_existed_is_gone_on_from(store: Store, short: TrainConfig):
    run = store.create(short)
    work(store, run.id, on_progress=lambda report: store.request_stop(run.id))
    saved = store.checkpoint(run.id, "last")
    state = checkpoint.load(saved.path, saved.sha256)
    del state["config"]["start_from"]
    written = checkpoint.save(state, saved.path)
    store.drop_checkpoints(run.id, [saved])
    store.add_checkpoint(run.id, type(saved)(saved.path, saved.kind, saved.step, saved.epoch, *vars(written).values()))
    store.resume(run.id)
    assert work(store, run.id).state == "finished"
    assert [event.kind for event in store.events(run.id)].count("resumed") == 1


def test_settings_saved_before_the_setting_existed_still_load(short: TrainConfig):
    old = short.model_dump(mode="json")
    del old["start_from"]
    assert TrainConfig.parse(old) == short
    assert short.start_from == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"start_from": "20200101-000000-abcdef"}, "There is no run"),
        ({"start_from": "../../etc/passwd"}, "There is no run"),
        ({"network.hidden": (17,)}, r"hidden \(16,\).*hidden \(17,\)"),
        ({"network.kind": "cnn"}, "kind mlp.*kind cnn"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_launcher_and_by_the_worker(
    store: Store, earlier: Run, changes: dict[str, object], sentence: str
):
    config = earlier.config.changed({"start_from": earlier.id} | changes)
    runs = len(store.runs())
    with pytest.raises(BadConfig, match=sentence):
        LocalLauncher(store, concurrent=1).submit(config)
    assert len(store.runs()) == runs
    forced = store.create(config)
    with pytest.raises(BadConfig, match=sentence):
        work(store, forced.id)
    assert store.run(forced.id).state == "failed"


def test_a_run_without_a_checkpoint_in_the_bin_or_in_training_is_refused(
    store: Store, short: TrainConfig, earlier: Run
):
    empty = store.create(short, queued=False)
    with pytest.raises(BadConfig, match="no checkpoint"):
        check_start(store, short.changed({"start_from": empty.id}))
    refusals: list[LabError] = []

    def try_now(_report: object) -> None:
        with pytest.raises(Busy, match="being trained"):
            check_start(store, short.changed({"start_from": empty.id}))
        refusals.append(Busy(""))

    store.resume(empty.id)
    work(store, empty.id, on_progress=try_now)
    assert refusals
    store.delete(earlier.id)
    with pytest.raises(BadConfig, match="in the bin"):
        check_start(store, short.changed({"start_from": earlier.id}))


def test_other_splits_than_the_earlier_runs_are_told_and_so_is_a_lost_origin(
    store: Store, short: TrainConfig, earlier: Run
):
    other = short.changed({"start_from": earlier.id, "validation_share": 0.2, "epochs": 1})
    run = work(store, store.create(other).id)
    assert any("other splits" in event.text for event in store.events(run.id))
    assert lineage(store, run.config) == [earlier.config]
    store.delete(earlier.id)
    store.empty_bin()
    assert lineage(store, run.config) == [None]


def test_fine_tuning_on_own_digits_keeps_the_runs_data_and_network(store: Store, earlier: Run):
    for number in range(6):
        own.add(np.full((28, 28), 50 + number, np.uint8), 3, origin="drawing")
    config = fine_tuning(earlier)
    assert (config.data, config.start_from, config.network) == ("sample+own", earlier.id, MLP(hidden=(16,)))
    assert config.learning_rate == pytest.approx(earlier.config.learning_rate / 3)
    assert config.best_epoch == "last"
    # 4,000 of the sample; the fifth own digit is for the test, and one picture in ten shall be a person's own.
    assert config.own_repeat == 80
    assert len(load(config.data, own_repeat=config.own_repeat).train.labels) == plan(config).train_count == 4_400
    assert fine_tuning(work(store, store.create(config).id)).data == "sample+own"


def test_a_run_goes_on_from_the_model_that_comes_with_the_lab(store: Store):
    for number in range(4):
        own.add(np.full((28, 28), 50 + number, np.uint8), 3, origin="drawing")
    config = fine_tuning(shipped())
    assert (config.data, config.start_from) == ("sample+own", "default")  # MNIST itself is not here
    still = config.changed(
        {"optimizer": "sgd", "learning_rate": 1e-30, "epochs": 1, "train_size": 500, "own_repeat": 1}
    )
    run = work(store, store.create(still).id)
    assert any("the model that comes with the lab" in event.text for event in store.events(run.id))
    assert run.val_accuracy and run.val_accuracy > 0.9
    assert lineage(store, run.config) == [shipped().config]


def test_a_limit_on_pictures_leaves_out_no_own_digit():
    for number in range(4):
        own.add(np.full((28, 28), 50 + number, np.uint8), 3, origin="drawing")
    digits = load("sample+own", train_size=100, own_repeat=3)
    assert len(digits.train) == 106
    assert (digits.train.indices < 0).sum() == 9
