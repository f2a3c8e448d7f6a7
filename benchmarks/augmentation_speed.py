"""What augmentation takes of a training step, and how long it takes beside kornia's.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.augmentation_speed [--rounds 7]

All in one process on one thread, in turns, in processor time: what other programs take of the machine would count more in a
long turn than in a short one.

- share: `cnn-pens` trains on MNIST with its own augmentation and all else that belongs to its steps; after each of its
  reports 512 pictures, as many as training changes in one go, are augmented once more. A picture's time in the latter over
  its time in the former;
- kornia: the same 512 pictures of 28x28 floats, changed as in `cnn-pens` but without its pens, which kornia does not have.
  RandomAffine has the same shift, rotation and scale. RandomElasticTransform comes after it and bends about as smoothly and
  as far: the usual Gaussian field (sigma 4 pixels, 25 wide), at the strength that moves a pixel by 1.0 pixels (root mean
  square), as the lab's does.

Needs MNIST itself (MNIST_DATA).
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable

import kornia.augmentation as K
import torch
from torch import Tensor, nn

from benchmarks.measure import Row, keep, parser, summary
from mnist_core.config import Augmentation
from mnist_core.data import Digits, load
from mnist_core.images.augmentation import augment
from mnist_core.models import recipe
from mnist_core.training.batches import PICTURES_AT_ONCE
from mnist_core.training.engine import Training
from mnist_core.training.machine import prepare_process

MODULE = "benchmarks.augmentation_speed"
CONFIG = recipe("cnn-pens").config
# Turns of the two contenders for each round's ratio, which is the median of theirs.
TURNS = 20
SIDE = 28
Change = Callable[[], Tensor]


def processor_ms(of: Callable[[], object]) -> float:
    began = time.process_time()
    of()
    return (time.process_time() - began) * 1e3


def share_of_steps(digits: Digits, again: Change) -> float:
    """Augmentation's part of the time that `cnn-pens` needs for a picture, in [0, 1]."""
    training = Training(CONFIG, digits)
    reports = iter(training)
    # The first steps pay for what is made once.
    next(reports)
    shares = []
    for _ in range(TURNS):
        before = training.step
        trained = processor_ms(lambda: next(reports)) / ((training.step - before) * CONFIG.batch_size)
        shares.append(processor_ms(again) / PICTURES_AT_ONCE / trained)
    return statistics.median(shares)


def ratio(title: str, lab: Change, peer: Change) -> float:
    """The peer's time over the lab's."""
    ours, theirs = zip(*((processor_ms(lab), processor_ms(peer)) for _ in range(TURNS)), strict=True)
    print(f"  {title}, ms: lab {summary(ours)}; kornia {summary(theirs)}", flush=True)
    return statistics.median(peers / labs for labs, peers in zip(ours, theirs, strict=True))


def of_lab(pictures: Tensor, strength: Augmentation) -> Change:
    # A generator for each, as `mnist_core.training.batches` makes one for every 512 pictures.
    seeds = itertools.count()
    return lambda: augment(pictures, strength, torch.Generator().manual_seed(next(seeds)))


def of_kornia(pictures: Tensor, strength: Augmentation) -> Change:
    shift = strength.shift / SIDE
    changes: list[nn.Module] = [
        K.RandomAffine(
            strength.rotation, translate=(shift, shift), scale=(1 - strength.scale, 1 + strength.scale), p=1.0
        )
    ]
    if strength.elastic:
        changes.append(K.RandomElasticTransform(kernel_size=(25, 25), sigma=(4.0, 4.0), alpha=(2.0, 2.0), p=1.0))
    both = nn.Sequential(*changes)
    return lambda: both(pictures)


def main() -> None:
    chosen = parser(__doc__, rounds=7).parse_args()
    prepare_process(1)
    digits = load("mnist")
    pictures = torch.from_numpy(digits.train.images[:PICTURES_AT_ONCE]).unsqueeze(1) / 255
    full = CONFIG.augmentation
    again = of_lab(pictures, full)
    shares = tuple(100 * share_of_steps(digits, again) for _ in range(chosen.rounds))
    rows = [Row("augmentation, share of a step of `cnn-pens`", shares, "%")]
    for title, without in (("affine", {"stroke": 0, "elastic": 0}), ("affine and elastic", {"stroke": 0})):
        strength = full.model_copy(update=without)
        lab, peer = of_lab(pictures, strength), of_kornia(pictures, strength)
        found = tuple(ratio(title, lab, peer) for _ in range(chosen.rounds))
        rows.append(
            Row(f"augmentation of {PICTURES_AT_ONCE} pictures, {title}: kornia / lab, processor seconds", found)
        )
    keep("augmentation_speed", rows, f"python -m {MODULE}", "kornia")


if __name__ == "__main__":
    main()
