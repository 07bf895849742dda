"""Make the pretrained weights: `python -m …image_classification.pretrain 18`.

AWS's are of ImageNet. These are not: they are trained here, on pictures that
`drawing.py` draws anew for every step, by stochastic gradient descent with a cosine of
learning rates. Pictures are drawn from seeds and one thread does the arithmetic, so the
same libraries on the same kind of processor give the same file again. 18 layers take
about ten minutes on one idle core; they tell 95 of 100 new pictures' classes, of 91.

The file `pretrained/resnet-<layers>.npz` is a NumPy archive of the network's arrays in
half precision, without the last layer.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from cloudlet.algorithms import log
from cloudlet.algorithms.image_classification import drawing, pixels, weights
from cloudlet.algorithms.image_classification.learning import reproducible
from cloudlet.algorithms.image_classification.network import ResNet

STEPS = 2000
BATCH = 64
RATE = 0.05
#: Sides of the pictures, in pixels; a batch has one of them.
_SIDES = (12, 16, 16, 16, 20, 20, 24, 32)
_TOLD = 100
_TESTED = 1000


def pretrain(
    layers: int, folder: Path = weights.PRETRAINED, steps: int = STEPS
) -> ResNet:
    """Train one network and write it, now and then and at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"resnet-{layers}.npz"
    with reproducible(layers, threads=1):
        network = _trained(layers, steps, file)
    weights.save_pretrained(network, file)
    return network


def _trained(layers: int, steps: int, file: Path) -> ResNet:
    network = ResNet(layers, len(drawing.CLASSES), (3, 32, 32))
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        network.parameters(), RATE, 0.9, weight_decay=1e-4, nesterov=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, steps, pct_start=0.05, cycle_momentum=False
    )
    told = 0.0
    for step in range(steps):
        images, labels = _batch(step, BATCH)
        loss = functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        told += loss.item() / _TOLD
        if step % _TOLD == _TOLD - 1:
            log.info(f"{layers} layers, step {step + 1}: loss {told:.3f}")
            told = 0.0
            weights.save_pretrained(network, file)
    return network


def _batch(step: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng([20260101, step])
    side = _SIDES[random.integers(len(_SIDES))]
    numbers = random.integers(len(drawing.CLASSES), size=count)
    images = np.stack([drawing.picture(int(n), random, side) for n in numbers])
    return pixels.tensor(images), torch.from_numpy(numbers)


def accuracy(network: ResNet) -> float:
    """The share of pictures that it has not seen whose class it tells."""
    network.eval()
    images, labels = _batch(-1 % 2**32, _TESTED)
    with torch.inference_mode():
        right: float = (network(images).argmax(1) == labels).float().mean().item()
    log.info(f"accuracy on {_TESTED} new pictures: {right:.3f}")
    return right


if __name__ == "__main__":
    for given in sys.argv[1:]:
        accuracy(pretrain(int(given)))
