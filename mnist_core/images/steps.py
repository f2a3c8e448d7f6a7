"""What happens to a digit between its file and the network, one step at a time, as a first notebook would do it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BATCH = 64


@dataclass(frozen=True, eq=False)
class Step:
    """One state of the digit.

    Attributes:
        name: what it is now.
        values: the numbers themselves; shape, type and range can be read from them.
        why: what the step is good for, in two sentences.
    """

    name: str
    values: np.ndarray
    why: str

    @property
    def picture(self) -> np.ndarray:
        """(28, 28) the first digit in `values`, to look at."""
        first: np.ndarray = self.values.reshape(-1, 28, 28)[0]
        return first


def steps(images: np.ndarray, changed: np.ndarray | None, *, mean: float, std: float) -> list[Step]:
    """The steps of the first of `images` in the order in which training takes them.

    Training divides by 255 and normalises in one multiplication, which gives the same numbers but for their last bits.

    Args:
        images: (n, 28, 28) uint8, 0 is paper; the first 64 make the batch at the end.
        changed: (28, 28) float32 in [0, 1], the first one augmented; None leaves that step out.
        mean, std: of all pixels of the training file, as fractions.
    """
    scaled = (images[:BATCH].astype(np.float32) / np.float32(255))[:, None]
    made = [
        Step(
            "As in the file",
            images[0],
            "Each pixel is a byte: 0 is paper, 255 is full ink. A file of bytes is small, and nothing is lost.",
        ),
        Step(
            "As a tensor",
            scaled[0],
            "Division by 255 gives fractions of full ink, because networks learn badly from large numbers. The new axis "
            "in front counts the colour channels; a grey picture has one, a photo three.",
        ),
    ]
    if changed is not None:
        scaled = np.concatenate([changed[None, None], scaled[1:]])
        made.append(
            Step(
                "Augmented",
                scaled[0],
                "A small random change in each epoch shows the network more ways to write the same digit. It is made before "
                "normalising, so that what comes in from beyond the edge is paper, which is 0 here.",
            )
        )
    normalised = (scaled - np.float32(mean)) / np.float32(std)
    return [
        *made,
        Step(
            "Normalised",
            normalised[0],
            f"Minus the mean of all pixels, {mean:.4f}, and divided by their standard deviation, {std:.4f}. Inputs around 0 "
            "with a spread of 1 let the first layer learn at the pace of the others.",
        ),
        Step(
            "Flattened",
            normalised[0].reshape(-1),
            "A layer of neurons takes a row of numbers, so the 28 rows of pixels are put one after the other. An MLP thereby "
            "forgets which pixels were neighbours; a CNN keeps the picture as it is.",
        ),
        Step(
            "In a batch",
            normalised,
            f"{len(normalised)} digits are stacked and go through the network together, which keeps the processor busy. "
            "Their mean gradient is also a steadier guide than that of a single digit.",
        ),
    ]


def code(mean: float, std: float) -> str:
    """The same steps without augmentation in a few lines of PyTorch, from `images`, an (n, 28, 28) array of bytes."""
    lines = (
        ("tensor = torch.from_numpy(images).unsqueeze(1) / 255", "(n, 1, 28, 28) in [0, 1]"),
        (f"normalised = (tensor - {mean:.4f}) / {std:.4f}", "around 0"),
        (f"batch = normalised[:{BATCH}]", f"({BATCH}, 1, 28, 28)"),
        ("flat = batch.flatten(1)", f"({BATCH}, 784), for an MLP"),
    )
    return "".join(f"{line:<54}# {what}\n" for line, what in lines)
