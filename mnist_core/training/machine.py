"""What this machine computes with, and the settings of a process that make training fast on it."""

from __future__ import annotations

import ctypes
import os
import platform
import statistics
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import torch
from torch import Tensor, nn

from mnist_core.config import DeviceName, PrecisionName, TrainConfig
from mnist_core.errors import BadConfig
from mnist_core.models.layers import multiplications
from mnist_core.models.networks import build, packs

# Below this many multiplications a picture, handing work to a second thread costs more than it saves; on a busy machine
# several times more (two cores, one of them occupied: 128-64 MLP 4 times slower with two threads than with one).
SMALL_NETWORK = 500_000
# More threads than this share too little work each at the usual batch sizes.
MOST_THREADS = 8
# Trying both takes about this long at most, and at least so many turns of a step each.
PROBE_S = 1.0
FEWEST_TURNS = 3
# A page that has just been opened, or on which Start was pressed, keeps a processor busy for half a second. Several threads
# that were worth it in so many turns one after the other are worth it, whatever came before.
TURNS_THAT_CONVINCE = 6
# With several threads a turn is this much slower than with one only on a busy machine, where every turn takes long.
HOPELESS = 2.0
# A larger batch takes longer and says the same.
MOST_TRIED = 256
# Threads that save next to nothing are left to other programs.
WORTH_IT = 0.95
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
# As `sys/mman.h` and Linux on x86-64 and ARM name them.
MADV_HUGEPAGE = 14
LARGE_PAGE = 2 << 20
# Room for a step of the published networks at the usual batch sizes; it is address space until it is used.
IN_LARGE_PAGES = 256 << 20


def choose_device(name: DeviceName = "auto") -> str:
    """The device to compute on: "cuda", "mps" or "cpu"; "auto" takes the first of them that is here.

    Raises:
        BadConfig: the named device is not on this machine.
    """
    here = [device for device, found in _devices().items() if found]
    if name == "auto":
        return here[0]
    if name not in here:
        raise BadConfig(
            f"device is {name!r}, which this machine does not have.", f"Allowed here: auto, {', '.join(here)}."
        )
    return name


def choose_precision(config: TrainConfig, device: str) -> PrecisionName:
    """The precision to multiply with on `device`: "float32" or "bfloat16".

    "auto" is a matter of the network and the machine alone, so that a run is the same again. It takes bfloat16 on graphics
    cards that have it, and on processors that have it for the networks that learn in packed memory: measured, 1.3 to 1.8
    times as fast. Small layers of neurons would lose more by the conversion than they gain.

    Raises:
        BadConfig: the config asks for bfloat16, which the device does not have.
    """
    if config.precision == "auto":
        gains = device == "cuda" or packs(config.network)
        return "bfloat16" if gains and _has_bfloat16(device) else "float32"
    if config.precision == "bfloat16" and not _has_bfloat16(device):
        raise BadConfig(
            f"precision is 'bfloat16', which this machine's {device} does not multiply.", "Allowed here: auto, float32."
        )
    return config.precision


def multiplying_in(precision: PrecisionName, device: str) -> AbstractContextManager[object]:
    """A context in which a network's layers multiply so; may be entered again and again."""
    return torch.autocast(device, torch.bfloat16) if precision == "bfloat16" else nullcontext()


def choose_threads(config: TrainConfig) -> int:
    """Processor threads for a run: the config's number; else one for small networks, and for large ones what is faster now.

    Two threads are nearly twice as fast as one on an idle machine and many times slower on a busy one, so for a large
    network on the processor both are tried, for up to a second. The answer is kept as long as the process lives.
    """
    if config.threads:
        return config.threads
    most = min(_usable_cores(), MOST_THREADS)
    if most == 1 or multiplications(config.network) < SMALL_NETWORK:
        return 1
    return _faster(config, most) if choose_device(config.device) == "cpu" else most


def prepare_process(threads: int) -> None:
    """Set this process up for training; call it before the first tensor operation.

    Four settings, all of the whole process: the number of threads; numbers too small for a normal float are taken as
    zero (Adam makes them by the thousand for pixels that are always paper, and processors are up to four times slower
    on them); and, with glibc, freed memory is kept instead of being given back to the system after every step, and
    lies in large pages, so that the processor finds its way in it sooner.
    """
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    if sys.platform == "linux" and platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
        _ask_for_large_pages(libc)


def _ask_for_large_pages(libc: ctypes.CDLL) -> None:
    """Let the heap grow once and mark what it grew by; where the system will not, nothing changes."""
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    block = libc.malloc(IN_LARGE_PAGES)
    if block:
        first = -(-block // LARGE_PAGE) * LARGE_PAGE
        libc.madvise(first, IN_LARGE_PAGES - LARGE_PAGE, MADV_HUGEPAGE)
        libc.free(block)


@lru_cache(maxsize=8)
def _faster(config: TrainConfig, most: int) -> int:
    """1 or `most`: which of the two takes less time for a training step of made-up pictures, in turns."""
    before = torch.get_num_threads()
    # Fresh weights and pictures take random numbers, which a run must not miss.
    with torch.random.fork_rng(devices=[]):
        network = build(config.network)
        pictures = torch.rand(min(config.batch_size, MOST_TRIED), 1, 28, 28)
    multiplying = multiplying_in(choose_precision(config, "cpu"), "cpu")
    # Compared turn by turn: the machine's pace may change.
    ratios: list[float] = []
    ends = time.perf_counter() + PROBE_S
    while time.perf_counter() < ends or (len(ratios) <= FEWEST_TURNS and min(ratios, default=0.0) < HOPELESS):
        with multiplying:
            one, several = (_seconds_of_step(network, pictures, threads) for threads in (1, most))
        ratios.append(several / one)
        if len(ratios) > TURNS_THAT_CONVINCE and _are_worth_it(ratios):
            break
    torch.set_num_threads(before)
    return most if _are_worth_it(ratios) else 1


def _are_worth_it(ratios: list[float]) -> bool:
    """Whether several threads take less time than one by the latest turns, of which `ratios` has the one over the other."""
    # In the first turn one thread pays for what is made once, so that turn counts only if it is hopeless all the same.
    return statistics.median((ratios[1:] or ratios)[-TURNS_THAT_CONVINCE:]) < WORTH_IT


def _seconds_of_step(network: nn.Module, pictures: Tensor, threads: int) -> float:
    torch.set_num_threads(threads)
    started = time.perf_counter()
    torch.autograd.grad(network(pictures).float().square().mean(), list(network.parameters()))
    return time.perf_counter() - started


def describe(device: str, precision: PrecisionName) -> str:
    """The machine in a line, as it is saved with a run: processor or card, cores, torch version, precision."""
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    return f"{platform.system()} {name}, {_usable_cores()} cores, torch {torch.__version__}, {device}, {precision}"


def _devices() -> dict[str, bool]:
    return {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}


def _has_bfloat16(device: str) -> bool:
    """Whether the device multiplies such numbers itself, instead of by way of float32."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # Older versions of torch do not say what a processor can do.
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return device == "cpu" and any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16"))


def _usable_cores() -> int:
    # A container or a batch system may give a process fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
