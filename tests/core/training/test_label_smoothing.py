from __future__ import annotations

import pytest
import torch

from mnist_core.training.label_smoothing import least_loss


@pytest.mark.parametrize("smoothing", [0.0, 0.05, 0.1, 0.5])
@pytest.mark.parametrize("classes", [2, 10])
def test_the_least_loss_is_what_torch_gives_for_the_best_possible_answer(smoothing: float, classes: int) -> None:
    target = torch.full((classes,), smoothing / classes)
    target[3 % classes] += 1 - smoothing
    answer = (target + 1e-30).log()[None]  # the softmax of this is the target itself
    loss = torch.nn.functional.cross_entropy(answer, torch.tensor([3 % classes]), label_smoothing=smoothing)
    assert least_loss(smoothing, classes) == pytest.approx(loss.item(), abs=1e-6)
