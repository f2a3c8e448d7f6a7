"""The training loop: a value that is iterated, and that can be saved and restored wherever it is suspended.

Saving, recording, charts and stopping belong to whoever iterates:

    for report in Training(config, digits):
        ...
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.config import CNN, TrainConfig
from mnist_core.data import Digits
from mnist_core.errors import BadConfig, Diverged
from mnist_core.evaluation.metrics import score
from mnist_core.models.inference import InputScale, probabilities, scores
from mnist_core.models.networks import build, order_of_memory, packs
from mnist_core.training.batches import Batches
from mnist_core.training.cuda_graph import Recording, Slope, record
from mnist_core.training.machine import choose_device, choose_precision, choose_threads, multiplying_in
from mnist_core.training.optimizers import Optimizer
from mnist_core.training.plan import at_once
from mnist_core.training.progress import EpochReport, StepReport
from mnist_core.training.schedule import learning_rate

# Points on a run's curve: as many as a screen shows, few enough to store and send.
REPORTS = 500
# But a request to stop, and a checkpoint, wait for the next report, so they must not be far apart.
MOST_STEPS_BETWEEN_REPORTS = 200
# Weight of the past in the smoothed loss: an average over about the last 50 steps.
SMOOTHING = 0.98
# Seconds over which the pace is measured.
PACE_WINDOW = 2.0
ADVICE = (
    "Try a learning rate ten times smaller, a larger batch, or batch normalisation; the last good checkpoint is kept."
)


@dataclass
class _Epoch:
    """Sums over the epoch in progress."""

    batch: int = 0
    pictures: int = 0
    correct: int = 0
    loss: float = 0.0
    seconds: float = 0.0


@dataclass
class _Best:
    """The best validation result so far, and how long ago it was."""

    accuracy: float = -1.0
    loss: float = math.inf
    epochs_since: int = 0


@dataclass
class _Unreported:
    """Outcomes of the steps since the last report, left on the device until then so that no step waits for them."""

    losses: list[Tensor] = field(default_factory=list)
    scores: list[Tensor] = field(default_factory=list)
    labels: list[Tensor] = field(default_factory=list)

    def clear(self) -> None:
        self.losses.clear()
        self.scores.clear()
        self.labels.clear()


class Training:
    """A network in training.

    Args:
        config: the run's settings.
        digits: as loaded for `config.data`.
        device: where to compute, overriding the config's choice (a resumed run stays where it was).
        threads: recorded thread count of a resumed run; by default the config's choice. Whoever owns the process sets
            it with `mnist_core.training.machine.prepare_process`.

    Raises:
        BadConfig: the device is not on this machine.
    """

    def __init__(
        self, config: TrainConfig, digits: Digits, *, device: str | None = None, threads: int | None = None
    ) -> None:
        self.config = config
        self.device = device or choose_device(config.device)
        self.threads = threads or choose_threads(config)
        self.precision = choose_precision(config, self.device)
        self.split_hash = digits.split_hash
        self.scale = input_scale(config, digits)
        torch.manual_seed(config.seed)
        self.network = build(config.network, len(digits.source.classes)).to(self.device)
        if isinstance(config.network, CNN) and not (packs(config.network) and self.device == "cpu"):
            self.network.to(memory_format=order_of_memory(self.device))  # type: ignore[call-overload]
        self._multiplying = multiplying_in(self.precision, self.device)
        self._recording: Recording | None = None
        self.optimizer = Optimizer(self.network.parameters(), config)
        self.batches = Batches(
            self._on_device(digits.train.images), self._on_device(digits.train.labels), config, self.scale
        )
        self.validation = digits.validation
        self.step = 0
        self.epoch = 0
        self.total_steps = config.epochs * len(self.batches)
        self.stopped_early = False
        self._report_every = min(math.ceil(self.total_steps / REPORTS), MOST_STEPS_BETWEEN_REPORTS)
        self._running_loss = 0.0
        self._in_epoch = _Epoch()
        self._best = _Best()
        self._unreported = _Unreported()
        self._gradients: tuple[Tensor, ...] = ()
        self._pace: deque[tuple[float, int]] = deque()
        self._validation_seconds = 0.0

    def __iter__(self) -> Iterator[StepReport | EpochReport]:
        """Train on, yielding a report every few steps and after each epoch; stop iterating to stop training.

        Raises:
            Diverged: a loss is not a finite number.
        """
        if self.device == "cuda" and not self._recording:
            self._recording = self._record()
        while self.epoch < self.config.epochs and not self.stopped_early:
            yield from self._train_epoch()
            yield self._end_epoch()

    def _train_epoch(self) -> Iterator[StepReport]:
        self.network.train()
        self._pace.clear()
        resumed_at = time.perf_counter() - self._in_epoch.seconds
        for images, labels in self.batches.epoch(self.epoch, start=self._in_epoch.batch):
            self._learn(images, labels)
            self.step += 1
            self._in_epoch.batch += 1
            if self.step % self._report_every == 0 or self._in_epoch.batch == len(self.batches):
                self._in_epoch.seconds = time.perf_counter() - resumed_at
                yield self._report_step()

    def _learn(self, images: Tensor, labels: Tensor) -> None:
        """One optimiser step: the recipe itself."""
        find_slope = self._slope_in_pieces if len(labels) > at_once(self.config) else self._slope
        answers, loss, self._gradients = find_slope(images, labels)
        self.optimizer.step(self._gradients, learning_rate(self.config, self.step, len(self.batches)))
        self._unreported.losses.append(loss)
        self._unreported.scores.append(answers)
        self._unreported.labels.append(labels)

    def _record(self) -> Recording | None:
        self.network.train()
        images, labels = next(self.batches.epoch(self.epoch))
        together = at_once(self.config)
        return record(self._computed_slope, self.network, images[:together], labels[:together])

    def _slope(self, images: Tensor, labels: Tensor) -> Slope:
        """The network's answers, their mean loss, and its gradient for each parameter; valid until the next."""
        if self._recording and self._recording.fits(images):
            return self._recording.play(images, labels)
        return self._computed_slope(images, labels)

    def _computed_slope(self, images: Tensor, labels: Tensor) -> Slope:
        with self._multiplying:
            answers = self.network(images)
        loss = F.cross_entropy(answers.float(), labels, label_smoothing=self.config.label_smoothing)
        return answers.detach(), loss.detach(), torch.autograd.grad(loss, self.optimizer.parameters)

    def _slope_in_pieces(self, images: Tensor, labels: Tensor) -> Slope:
        """The same up to rounding, with no more pictures on their way through the network than fit into memory well."""
        answers, loss = [], torch.zeros((), device=images.device)
        total = [torch.zeros_like(weight) for weight in self.optimizer.parameters]
        together = at_once(self.config)
        for piece, its_labels in zip(images.split(together), labels.split(together), strict=True):
            its_answers, its_loss, gradients = self._slope(piece, its_labels)
            share = len(its_labels) / len(labels)
            torch._foreach_add_(total, gradients, alpha=share)
            answers.append(its_answers)
            loss += share * its_loss
        return torch.cat(answers), loss, tuple(total)

    def _report_step(self) -> StepReport:
        losses = torch.stack(self._unreported.losses).tolist()
        for i, loss in enumerate(losses):
            if not math.isfinite(loss):
                raise Diverged(self.step - len(losses) + i + 1, ADVICE)
            self._running_loss = SMOOTHING * self._running_loss + (1 - SMOOTHING) * loss
        labels = torch.cat(self._unreported.labels)
        self._in_epoch.correct += int((torch.cat(self._unreported.scores).argmax(1) == labels).sum())
        self._in_epoch.pictures += len(labels)
        self._in_epoch.loss += sum(
            loss * len(batch) for loss, batch in zip(losses, self._unreported.labels, strict=True)
        )
        self._unreported.clear()
        steps_per_second = self._steps_per_second()
        epochs_left = self.config.epochs - self.epoch
        return StepReport(
            step=self.step,
            epoch=self.epoch + 1,
            batch=self._in_epoch.batch,
            batches=len(self.batches),
            loss=losses[-1],
            smoothed_loss=self._running_loss / (1 - SMOOTHING**self.step),
            learning_rate=learning_rate(self.config, self.step - 1, len(self.batches)),
            gradient_norm=float(torch.nn.utils.get_total_norm(self._gradients)),
            images_per_second=steps_per_second * self.batches.size,
            seconds_left=(self.total_steps - self.step) / steps_per_second + epochs_left * self._validation_seconds,
            fraction=self.step / self.total_steps,
        )

    def _end_epoch(self) -> EpochReport:
        started = time.perf_counter()
        answers = scores(self.network, self.validation.images, self.scale).cpu().numpy()
        result = score(answers, self.validation.labels)
        if not math.isfinite(result.loss):
            raise Diverged(self.step, ADVICE)
        is_most_accurate = (result.accuracy, -result.loss) > (self._best.accuracy, -self._best.loss)
        if is_most_accurate:
            self._best = _Best(result.accuracy, result.loss)
        else:
            self._best.epochs_since += 1
        patience = self.config.early_stopping
        self.stopped_early = 0 < patience <= self._best.epochs_since
        self._validation_seconds = time.perf_counter() - started
        done, self._in_epoch = self._in_epoch, _Epoch()
        self.epoch += 1
        return EpochReport(
            epoch=self.epoch,
            step=self.step,
            train_loss=done.loss / done.pictures,
            train_accuracy=done.correct / done.pictures,
            val_loss=result.loss,
            val_accuracy=result.accuracy,
            confusion=result.confusion,
            seconds=done.seconds + self._validation_seconds,
            is_best=is_most_accurate or self.config.best_epoch == "last",
            stops_early=self.stopped_early,
        )

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes) for bytes (n, 28, 28), with the weights as they are now; no random state changes."""
        return probabilities(self.network, images, self.scale)

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on from here to the bit, as tensors and plain values.

        Valid while the iterator is suspended at a report. The tensors are the live ones: save them before going on.
        """
        return {
            "config": self.config.model_dump(mode="json"),
            "split_hash": self.split_hash,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state() if self.device == "cuda" else None,
            "step": self.step,
            "epoch": self.epoch,
            "stopped_early": self.stopped_early,
            "running_loss": self._running_loss,
            "in_epoch": asdict(self._in_epoch),
            "best": asdict(self._best),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up a state saved by `state_dict`, before iterating.

        Raises:
            BadConfig: it belongs to a run with other settings or other pictures.
        """
        # Through `parse`, so that a checkpoint from before a setting existed means that setting's default.
        if TrainConfig.parse(state["config"]) != self.config:
            raise BadConfig("This checkpoint belongs to a run with other settings.", "Resume the run it came from.")
        if state["split_hash"] != self.split_hash:
            raise BadConfig(
                f"The pictures of {self.config.data!r} are no longer those that this run was started with.",
                "Put the original data back, or start a new run.",
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        if self.device == "cuda" and state["random_cuda"] is not None:
            torch.cuda.set_rng_state(state["random_cuda"])
        self.step = state["step"]
        self.epoch = state["epoch"]
        self.stopped_early = state["stopped_early"]
        self._running_loss = state["running_loss"]
        self._in_epoch = _Epoch(**state["in_epoch"])
        self._best = _Best(**state["best"])

    def _steps_per_second(self) -> float:
        now = time.perf_counter()
        if not self._pace:
            # The first report of an epoch, or after resuming: the time since the epoch began is all there is.
            seconds = self._in_epoch.seconds
            self._pace.append((now, self.step))
            return self._in_epoch.batch / max(seconds, 1e-9)
        while len(self._pace) > 1 and now - self._pace[0][0] > PACE_WINDOW:
            self._pace.popleft()
        then, step = self._pace[0]
        self._pace.append((now, self.step))
        return (self.step - step) / max(now - then, 1e-9)

    def _on_device(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)


def input_scale(config: TrainConfig, digits: Digits) -> InputScale:
    """How the config's input scales a byte: to [0, 1], or to the data set's own mean 0 and spread 1."""
    if config.input == "unit":
        return InputScale()
    return InputScale(digits.source.mean, digits.source.std)
