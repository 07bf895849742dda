"""Stochastic gradient descent over epochs, its scores, and when to stop."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cloudlet.algorithms import log
from cloudlet.algorithms.image_classification.batches import Batches
from cloudlet.algorithms.image_classification.network import ResNet
from cloudlet.runner.container import ClientError

Values = Mapping[str, Any]
"""The job's hyperparameters."""


#: Pixels in a batch below which threads cost more than they bring: on two cores that
#: others use as well, one took half the time of two for 32 images of 8 × 8 to 16 × 16.
_FEW_PIXELS = 128 * 1024


def threads(pixels: int) -> int:
    """How many threads train on batches of so many pixels: one, or all there are."""
    return 1 if pixels < _FEW_PIXELS else int(torch.get_num_threads())


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Random numbers from the seed, no operation whose result varies, and so many
    threads: they decide the order of sums."""
    before = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.set_num_threads(before[1])


@dataclass
class Score:
    """Sums over the images of an epoch.

    Attributes:
        top: `top_k`; None if it is not asked for.
        seen: images.
        right: with one label an image, those whose likeliest class is theirs; else the
            share of the classes that are right, summed over the images.
        among: images whose class is among the `top` likeliest.
    """

    top: int | None
    seen: int = 0
    right: float = 0.0
    among: float = 0.0

    def add(self, scores: Tensor, targets: Tensor) -> None:
        """Count a batch: scores of shape (batch, classes), and its targets."""
        self.seen += len(targets)
        if targets.is_floating_point():
            self.right += ((scores > 0) == (targets > 0)).float().mean(1).sum().item()
            return
        self.right += (scores.argmax(1) == targets).sum().item()
        if self.top:
            found = scores.topk(self.top).indices == targets[:, None]
            self.among += found.any(1).sum().item()

    def report(self, channel: str, epoch: int) -> float:
        """Print the metrics in MXNet's words; gives the accuracy."""
        accuracy = self.right / self.seen
        log.info(f"Epoch[{epoch}] {channel}-accuracy={accuracy:.6f}")
        if self.top:
            among = self.among / self.seen
            log.info(f"Epoch[{epoch}] {channel}-top_k_accuracy_{self.top}={among:.6f}")
        return accuracy


def fit(
    network: ResNet,
    train: Batches,
    validation: Batches,
    values: Values,
    loss: Callable[[Tensor, Tensor], Tensor],
    keep: Callable[[int, bool, bool], None],
) -> None:
    """Train for `epochs`, or until `early_stopping` ends it.

    Args:
        network: changed in place.
        train: images to learn from.
        validation: images to choose the best epoch by.
        values: the hyperparameters.
        loss: of scores and targets.
        keep: called after each epoch with its number from 1, whether the model is the
            best so far, and whether `checkpoint_frequency` asks for it.

    Raises:
        ClientError: the loss is no number any more.
    """
    optimizer = _optimizer(network, values)
    schedule = torch.optim.lr_scheduler.MultiStepLR(
        optimizer, values.get("lr_scheduler_step", ()), values["lr_scheduler_factor"]
    )
    top = None if values["multi_label"] else values.get("top_k")
    every: int = values.get("checkpoint_frequency", 0)
    best, patience = -1.0, Patience(values)
    for epoch in range(values["epochs"]):
        began = time.monotonic()
        score = _epoch(network, train.shuffled(epoch), optimizer, loss, Score(top))
        score.report("Train", epoch)
        log.info(f"Epoch[{epoch}] Time cost={time.monotonic() - began:.3f}")
        accuracy = _measured(network, validation, Score(top)).report(
            "Validation", epoch
        )
        better = accuracy > best
        if better:
            best = accuracy
            log.info(f"Storing the best model with validation accuracy: {best:.6f}")
        keep(epoch + 1, better, every > 0 and (epoch + 1) % every == 0)
        schedule.step()
        if patience.is_over(epoch, accuracy):
            return


class Patience:
    """`early_stopping`: has validation accuracy stopped rising?"""

    def __init__(self, values: Values) -> None:
        self._on: bool = values["early_stopping"]
        self._least: int = values["early_stopping_min_epochs"]
        self._wait: int = values["early_stopping_patience"]
        self._tolerance: float = values["early_stopping_tolerance"]
        self._best, self._at = 0.0, 0

    def is_over(self, epoch: int, accuracy: float) -> bool:
        """Whether the epoch, counted from 0, is the last one.

        A rise counts if it is more than the tolerance times the best accuracy so far.
        """
        if accuracy - self._best > self._tolerance * self._best:
            self._best, self._at = accuracy, epoch
        waited = epoch - self._at
        if not self._on or epoch + 1 < self._least or waited < self._wait:
            return False
        log.info(f"Early stopping: no better accuracy for {waited} epochs")
        return True


def _epoch(
    network: ResNet,
    batches: Iterator[tuple[Tensor, Tensor]],
    optimizer: torch.optim.Optimizer,
    loss: Callable[[Tensor, Tensor], Tensor],
    score: Score,
) -> Score:
    network.train()
    for images, targets in batches:
        scores = network(images)
        error = loss(scores, targets)
        if not math.isfinite(error.item()):
            raise ClientError(
                "The training diverged: the loss is no number any more. Choose a lower"
                " learning_rate."
            )
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        score.add(scores.detach(), targets)
    return score


def _measured(network: ResNet, batches: Batches, score: Score) -> Score:
    network.eval()
    with torch.inference_mode():
        for images, targets in batches.in_order():
            score.add(network(images), targets)
    return score


def chosen_loss(targets: Tensor, *, several: bool, weighted: bool) -> nn.Module:
    """Cross-entropy; with several labels an image, that of each class on its own.

    Args:
        targets: all of the training channel.
        several: `multi_label`.
        weighted: `use_weighted_loss`: images that have a class weigh as many times
            more for it as they are rarer than the others.
    """
    if not several:
        return nn.CrossEntropyLoss()
    weights = None
    if weighted:
        positive = targets.sum(0)
        weights = (len(targets) - positive).clamp(min=1) / positive.clamp(min=1)
    return nn.BCEWithLogitsLoss(pos_weight=weights)


def _optimizer(network: ResNet, values: Values) -> torch.optim.Optimizer:
    rate, momentum = values["learning_rate"], values["momentum"]
    kind = values["optimizer"]
    if kind == "adam":
        betas = (values["beta_1"], values["beta_2"])
        return torch.optim.Adam(network.parameters(), rate, betas, values["eps"])
    if kind == "rmsprop":
        return torch.optim.RMSprop(
            network.parameters(), rate, values["gamma"], values["eps"]
        )
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim == 1]
    # Like MXNet, no decay for biases and normalisation.
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": values["weight_decay"]},
        {"params": vectors},
    ]
    nesterov = kind == "nag" and momentum > 0
    return torch.optim.SGD(groups, rate, momentum, nesterov=nesterov)
