"""A step on a CUDA card is recorded once and played back, or computed anew where that fails; here with a stand-in for it.

Where there is a card, `test_graphics_card` does the same on it.
"""

import copy
from contextlib import contextmanager, nullcontext

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from mnist_core.config import CNN, MLP, TrainConfig
from mnist_core.data import load
from mnist_core.models.networks import PackedConvolutions
from mnist_core.training import plan
from mnist_core.training.cuda_graph import WARM_UP, record
from mnist_core.training.engine import Training

NETWORKS = {
    "mlp": MLP(hidden=(16,), dropout=0.2, batch_norm=True),
    "cnn": CNN(channels=(4, 8), hidden=(16,)),
    "deep": CNN(channels=(4, 8), depth=2, hidden=(), padding="same", head="global max", batch_norm=True),
}


class Tape(TorchDispatchMode):
    """`torch.cuda.CUDAGraph` on a processor: it keeps each kernel with its memory, and runs them there again."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels = []

    def __torch_dispatch__(self, kernel, types, args=(), kwargs=None):
        if kernel is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("operation not permitted when stream is capturing")
        result = kernel(*args, **(kwargs or {}))
        self.kernels.append((kernel, args, kwargs or {}, result))
        return result

    def forget(self) -> None:
        """A recording computes nothing: until it is played, there is no number in the memory that it takes."""
        known = set()
        for _, args, kwargs, result in self.kernels:
            known |= {places(tensor) for tensor in tensors((args, kwargs))}
            for made in tensors(result):
                if places(made) not in known and made.is_floating_point():
                    made.fill_(torch.nan)

    @torch.no_grad()
    def replay(self) -> None:
        for kernel, args, kwargs, result in self.kernels:
            again = kernel(*args, **kwargs)
            for kept, new in zip(tensors(result), tensors(again), strict=True):
                if places(kept) != places(new):
                    kept.copy_(new)


def tensors(values):
    return [value for value in tree_flatten(values)[0] if isinstance(value, torch.Tensor)]


def places(tensor):
    return tensor.untyped_storage().data_ptr()


class Stream:
    def wait_stream(self, other):
        pass


@contextmanager
def recording_to(tape, stream):
    with tape:
        yield
    with torch.no_grad():
        tape.forget()


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    """A processor that records as a card does; its packed order of memory is not a card's."""
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Tape)
    monkeypatch.setattr(torch.cuda, "graph", recording_to)
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "get_rng_state", torch.get_rng_state)
    monkeypatch.setattr(torch.cuda, "set_rng_state", torch.set_rng_state)
    monkeypatch.setattr(PackedConvolutions, "_packs", lambda self, pictures: False)


@pytest.fixture(scope="module")
def digits():
    return load("sample", train_size=300)


def training(digits, *, card, **settings):
    values = {"data": "sample", "train_size": 300, "epochs": 2, "threads": 1, "precision": "float32", **settings}
    made = Training(TrainConfig.parse(values), digits, device="cpu")
    made.device = "cuda" if card else "cpu"
    return made


def losses(run):
    return [report.loss for report in run if hasattr(report, "loss")]


def with_a_card_and_without(digits, **settings):
    """The run whose steps are played, after it was compared with the computed run."""
    played = training(digits, card=True, **settings)
    losses_played = losses(played)
    computed = training(digits, card=False, **settings)
    assert losses_played == losses(computed)
    for name, value in computed.network.state_dict().items():
        torch.testing.assert_close(played.network.state_dict()[name], value, rtol=0, atol=0)
    return played


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_run_that_is_played_back_is_the_computed_run(digits, kind, optimizer):
    settings = {"network": NETWORKS[kind], "optimizer": optimizer, "learning_rate": 0.01, "label_smoothing": 0.1}
    assert with_a_card_and_without(digits, **settings)._recording


def test_steps_are_played_and_the_smaller_last_batch_is_computed(digits, monkeypatch):
    run = training(digits, card=True, network=NETWORKS["cnn"], batch_size=64, epochs=1)
    reports = iter(run)
    next(reports)
    computed, played = [], []
    monkeypatch.setattr(run, "_computed_slope", spy(run._computed_slope, computed))
    monkeypatch.setattr(run._recording, "play", spy(run._recording.play, played))
    list(reports)
    assert [len(images) for images, _ in played] == [64] * 3
    assert [len(images) for images, _ in computed] == [300 - 4 * 64]


def spy(function, calls):
    def called(*arguments):
        calls.append(arguments)
        return function(*arguments)

    return called


def test_a_batch_in_pieces_is_played_piece_by_piece(digits, monkeypatch):
    monkeypatch.setattr(plan, "MOST_AT_ONCE", 100)
    played = with_a_card_and_without(digits, network=NETWORKS["cnn"], batch_size=250)
    assert len(played._recording._labels) == 100


def test_recording_leaves_running_averages_and_random_numbers_as_they_were(digits):
    run = training(digits, card=True, network=NETWORKS["mlp"])
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    random = torch.get_rng_state()
    assert run._record()
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in run.network.state_dict().items())


def test_a_run_resumed_on_a_card_goes_on_as_if_it_had_not_stopped(digits):
    whole = losses(training(digits, card=True, network=NETWORKS["mlp"]))
    first = training(digits, card=True, network=NETWORKS["mlp"])
    for report in first:
        if report.step == 3:
            break
    saved = copy.deepcopy(first.state_dict())
    second = training(digits, card=True, network=NETWORKS["mlp"])
    second.load_state_dict(saved)
    assert losses(second) == whole[3:]


def batch():
    return torch.rand(8, 1, 28, 28), torch.arange(8)


def slope_of(network, change=lambda images: images):
    def find_slope(images, labels):
        answers = network(change(images))
        loss = torch.nn.functional.cross_entropy(answers, labels)
        return answers.detach(), loss.detach(), torch.autograd.grad(loss, list(network.parameters()))

    return find_slope


@pytest.fixture
def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))


def test_answers_and_loss_of_a_step_outlast_the_next(network):
    recording = record(slope_of(network), network, *batch())
    answers, loss, _ = recording.play(*batch())
    kept = answers.clone(), loss.clone()
    recording.play(*batch())
    assert torch.equal(answers, kept[0])
    assert torch.equal(loss, kept[1])


def test_a_step_that_waits_for_the_card_cannot_be_recorded_and_the_run_goes_on_computing(network):
    waits = slope_of(network, lambda images: images * images.sum().item())
    with pytest.warns(RuntimeWarning, match=r"^Each step is computed anew, as recording one failed: operation not"):
        assert record(waits, network, *batch()) is None


def test_a_recording_that_keeps_its_batch_is_not_played(network):
    batches = []

    def another_while_recording(images):
        batches.append(images.clone())
        return batches[-1] if len(batches) != WARM_UP + 1 else batches[0]

    with pytest.warns(RuntimeWarning, match=r"^Each step is computed anew, as a recorded one differed\.$"):
        assert record(slope_of(network, another_while_recording), network, *batch()) is None


def test_a_loss_that_is_not_a_number_is_left_to_the_computed_step(network):
    with torch.no_grad():
        network[1].weight.fill_(torch.nan)
    with pytest.warns(RuntimeWarning, match="differed"):
        assert record(slope_of(network), network, *batch()) is None
