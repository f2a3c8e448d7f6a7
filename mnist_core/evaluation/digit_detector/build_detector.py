"""Make detector.safetensors from MNIST's training digits and things that are no digits, made up here.

    MNIST_DATA=... python -m mnist_core.evaluation.digit_detector.build_detector

About eight minutes on two cores. Nothing of MNIST's validation or test digits is used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from mnist_core.data import load
from mnist_core.errors import BlankImage
from mnist_core.evaluation.digitness import DETECTOR
from mnist_core.images.prepare import prepare

OF_EACH = 72_000
EPOCHS = 8
HALF_BATCH = 128
# Drawn on four times the side and prepared from there, as a drawing in the browser is.
SIDE = 112
LARGEST_BEND = 3.5
# All but those that are shaped like digits, in capitals, in small letters or once they are as large as any other.
LETTERS = "ACEFHJKLMNPRTUVWXYacdefhjkmnprtuvwxy"
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
# Turned by a quarter or seen in a mirror, these are digits no longer.
TURNABLE = (2, 3, 4, 5, 6, 7, 9)
MIRRORABLE = (3, 4, 6, 7, 9)


Kind = Callable[[], np.ndarray | None]


class Maker:
    """Makes pictures (28, 28) of bytes; every method that returns None has to be asked again.

    Args:
        images: (n, 28, 28) bytes, real digits.
        labels: (n,) what they are.
        generator: source of the randomness.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, generator: np.random.Generator) -> None:
        self.images, self.labels, self.random = images, labels, generator
        self.turnable = np.flatnonzero(np.isin(labels, TURNABLE))
        self.mirrorable = np.flatnonzero(np.isin(labels, MIRRORABLE))

    def digits(self, n: int) -> np.ndarray:
        """Real digits, half of them redrawn with a pen of another width."""
        return self._fill(n, [self._digit, partial(self._changed, self._redrawn, self._digit)])

    def others(self, n: int) -> np.ndarray:
        """What is no digit: scribbles, letters, mixtures of two digits, digits on their side or in a mirror, blots."""
        flat = [self._scribble, self._scribble, self._letter, self._blot]
        pieces = [self._mixture, self._overlay, self._turned, self._mirrored]
        redrawn = [partial(self._changed, self._redrawn, kind) for kind in (self._letter, *pieces)]
        softened = [partial(self._changed, self._softened, kind) for kind in flat]
        return self._fill(n, [*softened, self._scribble, *pieces, *redrawn])

    def _fill(self, n: int, kinds: list[Kind]) -> np.ndarray:
        made: list[np.ndarray] = []
        while len(made) < n:
            one = kinds[len(made) % len(kinds)]()
            if one is not None:
                made.append(one)
        return np.stack(made)

    def _changed(self, change: Callable[[np.ndarray], np.ndarray | None], kind: Kind) -> np.ndarray | None:
        picture = kind()
        return None if picture is None else change(picture)

    def _digit(self) -> np.ndarray:
        picture: np.ndarray = self.images[self.random.integers(len(self.images))]
        return picture

    def _scribble(self) -> np.ndarray | None:
        """One to four lines of random corners, half of them rounded."""
        sheet, pen = np.zeros((SIDE, SIDE), np.uint8), int(self.random.integers(3, 14))
        for _ in range(self.random.choice([1, 1, 2, 2, 3, 4])):
            moves = self.random.normal(0, self.random.uniform(8, 30), (self.random.integers(2, 12), 2))
            points = np.concatenate([self.random.uniform(20, 92, (1, 2)), moves]).cumsum(0)
            if self.random.random() < 0.5:
                points = _rounded(points, int(self.random.integers(2, 11)))
            at = np.round(points.clip(4, SIDE - 4) * 8).astype(np.int32)
            cv2.polylines(sheet, [at], False, 255, pen, cv2.LINE_AA, 3)
        return _prepared(sheet)

    def _letter(self) -> np.ndarray | None:
        sheet = np.zeros((240, 240), np.uint8)
        letter, font = self.random.choice(list(LETTERS)), int(self.random.choice(FONTS))
        size, pen = self.random.uniform(3, 5), int(self.random.integers(6, 18))
        cv2.putText(sheet, letter, (60, 160), font, size, 255, pen, cv2.LINE_AA)
        return _prepared(sheet)

    def _blot(self) -> np.ndarray | None:
        """Paint or noise: what is darkest in a random landscape."""
        points = int(self.random.integers(3, 24))
        landscape = cv2.resize(self.random.random((points, points)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        return _prepared((landscape > self.random.uniform(0.4, 0.9)).astype(np.uint8) * 255)

    def _mixture(self) -> np.ndarray | None:
        """The upper or left part of one digit and the rest of another."""
        one, other = self._digit().copy(), self._digit()
        cut, shift = int(self.random.integers(11, 18)), int(self.random.integers(-3, 4))
        if self.random.random() < 0.5:
            one[cut:] = np.roll(other, shift, 1)[cut:]
        else:
            one[:, cut:] = np.roll(other, shift, 0)[:, cut:]
        return _prepared(np.pad(one, 8))

    def _overlay(self) -> np.ndarray | None:
        shift = tuple(self.random.integers(-6, 7, 2))
        return _prepared(np.pad(np.maximum(self._digit(), np.roll(self._digit(), shift, (0, 1))), 8))

    def _turned(self) -> np.ndarray | None:
        return _prepared(
            np.pad(np.rot90(self.images[self.random.choice(self.turnable)], self.random.choice([1, 3])), 8)
        )

    def _mirrored(self) -> np.ndarray | None:
        return _prepared(np.pad(self.images[self.random.choice(self.mirrorable)][:, ::-1], 8))

    def _softened(self, picture: np.ndarray) -> np.ndarray:
        """With edges as soft as those of MNIST's scans."""
        return cv2.GaussianBlur(picture, (3, 3), float(self.random.uniform(0.4, 0.9)))

    def _redrawn(self, picture: np.ndarray) -> np.ndarray | None:
        """The same shape slanted, bent a little, and drawn by a pen of another width, thin or thick."""
        large = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        angle, slant = np.deg2rad(self.random.uniform(-12, 12)), self.random.uniform(-0.25, 0.25)
        wide, high = self.random.uniform(0.85, 1.15, 2)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        # Smaller, so that the pen does not leave the sheet.
        matrix = 0.8 * turn @ np.array([[wide, slant], [0, high]])
        middle = np.full(2, SIDE / 2)
        large = cv2.warpAffine(large, np.column_stack([matrix, middle - matrix @ middle]), (SIDE, SIDE))
        pulls = self.random.normal(0, self.random.uniform(0, LARGEST_BEND), (5, 5, 2)).astype(np.float32)
        bend = cv2.resize(pulls, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        down, across = np.mgrid[:SIDE, :SIDE].astype(np.float32)
        large = cv2.remap(large, across + bend[..., 0], down + bend[..., 1], cv2.INTER_LINEAR)
        strokes = (large > self.random.uniform(90, 170)).astype(np.uint8) * 255
        return _prepared(_with_pen(strokes, int(self.random.integers(-4, 9))))


def _rounded(points: np.ndarray, width: int) -> np.ndarray:
    steps = np.linspace(0, len(points) - 1, 80)
    dense = np.stack([np.interp(steps, range(len(points)), side) for side in points.T])
    window = np.full(2 * width + 1, 1 / (2 * width + 1))
    return np.stack([np.convolve(np.pad(side, width, mode="edge"), window, "valid") for side in dense], 1)


def _with_pen(strokes: np.ndarray, wider: int) -> np.ndarray:
    """Strokes that many pixels wider; narrower where negative, unless they would break."""
    if not wider:
        return strokes
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(wider) + 1, abs(wider) + 1))
    if wider > 0:
        return cv2.dilate(strokes, pen)
    thin = cv2.erode(strokes, pen)
    is_whole = cv2.connectedComponents(thin)[0] == cv2.connectedComponents(strokes)[0]
    return thin if is_whole else strokes


def _prepared(sheet: np.ndarray) -> np.ndarray | None:
    try:
        return prepare(sheet.astype(np.float32) / 255).digit
    except BlankImage:
        return None


def train(digits: np.ndarray, others: np.ndarray) -> torch.nn.Sequential:
    """Learn to tell the ones from the others: as many of each."""
    torch.manual_seed(0)
    network = DETECTOR.build()
    steps = EPOCHS * -(-len(digits) // HALF_BATCH)
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    ones, zeros = torch.as_tensor(digits), torch.as_tensor(others)
    for epoch in range(EPOCHS):
        total = 0.0
        for some, rest in zip(
            torch.randperm(len(ones)).split(HALF_BATCH), torch.randperm(len(zeros)).split(HALF_BATCH), strict=True
        ):
            batch = torch.cat([ones[some], zeros[rest]]).unsqueeze(1).float() / 255
            truth = torch.cat([torch.ones(len(some)), torch.zeros(len(rest))])
            loss = F.binary_cross_entropy_with_logits(network(batch).squeeze(1), truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total * EPOCHS / steps:.4f}")
    return network.eval()


if __name__ == "__main__":
    split = load("mnist").train
    maker = Maker(split.images, split.labels, np.random.default_rng(0))
    network = train(maker.digits(OF_EACH), maker.others(OF_EACH))
    DETECTOR.save(network)
    print(f"{DETECTOR.weights}: {DETECTOR.weights.stat().st_size:,} bytes")
