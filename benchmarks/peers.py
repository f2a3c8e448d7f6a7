"""The training loops that the lab is measured beside, as people write them: a DataLoader over torchvision's MNIST."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

from benchmarks.measure import unpack_mnist
from mnist_core.data import Digits
from mnist_core.torchvision_loader import load_torchvision
from mnist_core.training.machine import choose_device

NORMALISED = ("mlp-128-64", "cnn-32-64", "examples")


class PlainLoop:
    """Epochs of the plain loop, on the device that the lab would take, with torch's own choice of threads.

    Args:
        name: of a published recipe, trained with Adam at batch 64; or "examples": the network and settings of the MNIST
            script in PyTorch's repository of examples (Adadelta at 1.0, times 0.7 after each epoch, batch 64, dropout).
        digits: says which of torchvision's pictures are learned from.
        seed: of the weights and of the order of pictures.
    """

    def __init__(self, name: str, digits: Digits, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.device = choose_device()
        self.model = NETWORKS[name]().to(self.device)
        self.normalised = name in NORMALISED
        self.loader = DataLoader(
            Subset(torchvision_mnist(self.normalised, train=True), digits.train.indices.tolist()),
            batch_size=64,
            shuffle=True,
        )
        if name == "examples":
            self.optimizer: torch.optim.Optimizer = torch.optim.Adadelta(self.model.parameters(), lr=1.0)
        else:
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        falls = 0.7 if name == "examples" else 1.0
        self.schedule = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, gamma=falls)

    def epoch(self) -> None:
        """Learn from each picture once."""
        self.model.train()
        for images, labels in self.loader:
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(images.to(self.device)), labels.to(self.device))
            loss.backward()
            self.optimizer.step()
        self.schedule.step()
        # A graphics card is told what to do ahead of its doing it: the clock waits for the last step.
        loss.item()

    def accuracy(self, digits: Digits, split: str) -> float:
        """Share of the pictures of split "validation" or "test" that the model reads as they are labelled."""
        pictures: Dataset[tuple[Tensor, int]] = torchvision_mnist(self.normalised, train=split != "test")
        if split != "test":
            pictures = Subset(pictures, digits.validation.indices.tolist())
        return accuracy(self.model, DataLoader(pictures, batch_size=1000))


def accuracy(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Share of pictures read as they are labelled, as tutorials count it."""
    model.eval()
    device = next(model.parameters()).device
    correct = count = 0
    with torch.no_grad():
        for images, labels in batches:
            correct += int((model(images.to(device)).argmax(1) == labels.to(device)).sum())
            count += len(labels)
    return correct / count


def torchvision_mnist(normalised: bool, *, train: bool) -> Dataset[tuple[Tensor, int]]:
    """Torchvision's own data set, from files unpacked into a folder that goes with this process."""
    torchvision = load_torchvision()
    from torchvision import transforms

    folder = Path(UNPACKED.name)
    if not any(folder.iterdir()):
        unpack_mnist(folder)
    steps = [transforms.ToTensor(), *([transforms.Normalize((0.1307,), (0.3081,))] if normalised else [])]
    pictures: Dataset[tuple[Tensor, int]] = torchvision.datasets.MNIST(
        folder, train=train, transform=transforms.Compose(steps)
    )
    return pictures


UNPACKED = tempfile.TemporaryDirectory()
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "mlp-128-64": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    ),
    "mlp-512": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    ),
    "cnn-32-64": lambda: nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10)),
    ),
    "examples": lambda: nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)),
        *(nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)),
    ),
}
