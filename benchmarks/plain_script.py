"""The script that a person without the lab starts: torch, torchvision's MNIST in a DataLoader, a network, Adam, one step.

    python benchmarks/plain_script.py RECIPE FOLDER

FOLDER holds MNIST as torchvision unpacks it. `benchmarks.first_metric` starts this and waits for the line that it prints.
It imports nothing that such a script would not, so its networks are written down here once more; only torchvision
comes by way of the lab, whose few lines make it work beside a torch without a graphics card.
"""

import sys

import torch
from torch import nn
from torch.utils.data import DataLoader

from mnist_core.torchvision_loader import load_torchvision

torchvision = load_torchvision()
from torchvision import datasets, transforms  # noqa: E402 - only now can it be imported

recipe, folder = sys.argv[1:]
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
loader = DataLoader(datasets.MNIST(folder, train=True, transform=transform), batch_size=64, shuffle=True)
if recipe == "mlp-128-64":
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )
else:
    model = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
images, labels = next(iter(loader))
optimizer.zero_grad()
loss = nn.functional.cross_entropy(model(images), labels)
loss.backward()
optimizer.step()
print(f"step 1, loss {loss.item():.3f}", flush=True)
