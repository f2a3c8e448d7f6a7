"""A checkpoint comes back exactly as it was saved, or is refused; it never runs code."""

import os
import pickle
import random

import pytest
import torch

from mnist_core.errors import BadFile, DiskProblem
from mnist_core.training import checkpoint


@pytest.fixture
def state():
    torch.manual_seed(0)
    return {
        "network": {"weight": torch.randn(20, 30)},
        "random": torch.get_rng_state(),
        "step": 7,
        "best": {"loss": 0.5},
    }


def test_a_state_comes_back_exactly_as_it_was(state, tmp_path):
    path = tmp_path / "checkpoints" / "last.pt"
    saved = checkpoint.save(state, path)
    back = checkpoint.load(path, saved.sha256)
    assert saved.bytes == path.stat().st_size
    assert back["step"] == 7
    assert torch.equal(back["network"]["weight"], state["network"]["weight"])
    assert torch.equal(back["random"], state["random"])
    assert list(path.parent.iterdir()) == [path]


def test_every_flipped_bit_and_every_cut_is_found(state, tmp_path):
    path = tmp_path / "last.pt"
    saved = checkpoint.save(state, path)
    whole = path.read_bytes()
    rng = random.Random(0)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(BadFile, match="damaged"):
            checkpoint.load(path, saved.sha256)
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(BadFile, match="damaged"):
            checkpoint.load(path, saved.sha256)


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"last\.pt is gone"):
        checkpoint.load(tmp_path / "last.pt", "0" * 64)


def test_a_checkpoint_of_a_newer_lab_is_refused_with_both_versions(state, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "SCHEMA", 99)
    saved = checkpoint.save(state, tmp_path / "last.pt")
    monkeypatch.undo()
    with pytest.raises(BadFile, match="format 99.*format 1"):
        checkpoint.load(tmp_path / "last.pt", saved.sha256)


def test_a_pickle_that_runs_code_is_refused_even_with_the_right_hash(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'canary'}",)

    path = tmp_path / "last.pt"
    torch.save({"schema": 1, "network": Bomb()}, path)
    from mnist_core.files import sha256_of

    with pytest.raises(pickle.UnpicklingError):
        checkpoint.load(path, sha256_of(path))
    assert not (tmp_path / "canary").exists()


@pytest.mark.skipif(os.name != "posix", reason="file size limits are a POSIX thing")
def test_a_full_disk_leaves_the_old_checkpoint_and_nothing_else(state, tmp_path):
    import resource
    import signal

    path = tmp_path / "last.pt"
    saved = checkpoint.save(state, path)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            checkpoint.save(state, path)
        except DiskProblem:
            os._exit(3)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert checkpoint.load(path, saved.sha256)["step"] == 7
    assert list(tmp_path.iterdir()) == [path]
