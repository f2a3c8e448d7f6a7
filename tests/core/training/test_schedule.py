"""The learning rate at every step equals what torch's own schedulers give."""

import pytest
import torch

from mnist_core.config import TrainConfig
from mnist_core.training.schedule import learning_rate

STEPS, EPOCHS = 7, 6
TOTAL = STEPS * EPOCHS


def torch_scheduler(name, optimizer):
    schedulers = torch.optim.lr_scheduler
    return {
        "constant": lambda: schedulers.ConstantLR(optimizer, factor=1.0),
        "step": lambda: schedulers.StepLR(optimizer, step_size=2 * STEPS, gamma=0.3),
        "cosine": lambda: schedulers.CosineAnnealingLR(optimizer, T_max=TOTAL),
        "one-cycle": lambda: schedulers.OneCycleLR(optimizer, max_lr=0.5, total_steps=TOTAL, cycle_momentum=False),
    }[name]()


@pytest.mark.parametrize("name", ["constant", "step", "cosine", "one-cycle"])
def test_each_schedule_equals_torchs_scheduler_at_every_step(name):
    config = TrainConfig(learning_rate=0.5, schedule=name, schedule_epochs=2, schedule_factor=0.3, epochs=EPOCHS)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = torch_scheduler(name, optimizer)
    for step in range(TOTAL):
        assert learning_rate(config, step, STEPS) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12), step
        optimizer.step()
        if step < TOTAL - 1:
            scheduler.step()


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
def test_one_cycle_works_for_runs_of_a_few_steps(steps):
    config = TrainConfig(schedule="one-cycle", epochs=1)
    assert all(0 < learning_rate(config, step, steps) <= config.learning_rate for step in range(steps))
