"""Batches of a channel's images: read, decoded and prepared by threads, one ahead."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from cloudlet.algorithms.image_classification import pixels
from cloudlet.algorithms.image_classification.pixels import NoImageError, Preparation
from cloudlet.algorithms.image_classification.samples import Sample, Samples
from cloudlet.runner.container import ClientError

Batch = tuple[torch.Tensor, torch.Tensor]
"""Images, shape (batch, channels, height, width), and their targets."""


class Batches:
    """The batches of one channel.

    Images stay encoded in memory or on disk: decoding takes a fraction of the time that
    the network takes.

    Args:
        samples: the channel's.
        name: the channel's, for messages.
        preparation: what becomes of each image.
        size: images in a batch.
        seed: augmentation is drawn from it, from the epoch and the image's number.
    """

    def __init__(
        self,
        samples: Samples,
        name: str,
        preparation: Preparation,
        size: int,
        seed: int,
    ) -> None:
        self._samples, self._name, self._size = samples, name, size
        self._preparation, self._seed = preparation, seed

    def check(self) -> None:
        """Look at each image's head, before the first epoch.

        Raises:
            ClientError: one is no image or too small; it is named.
        """
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(self._check, self._samples.samples):
                pass

    def shuffled(self, epoch: int) -> Iterator[Batch]:
        """One epoch of training. The last batch is filled up from the first images,
        as MXNet does it (`round_batch`)."""
        order = np.random.default_rng([self._seed, epoch]).permutation(
            len(self._samples)
        )
        whole = -(-len(order) // self._size) * self._size
        yield from self._made(np.resize(order, whole), epoch)

    def in_order(self) -> Iterator[Batch]:
        """Each image once, without augmentation."""
        yield from self._made(np.arange(len(self._samples)), None)

    def _made(self, order: np.ndarray, epoch: int | None) -> Iterator[Batch]:
        parts = [order[at : at + self._size] for at in range(0, len(order), self._size)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:

            def begin(part: np.ndarray) -> list[Future[np.ndarray]]:
                return [pool.submit(self._array, int(n), epoch) for n in part]

            try:
                ahead = begin(parts[0])
                for number, part in enumerate(parts):
                    current, ahead = (
                        ahead,
                        begin(parts[number + 1]) if (number + 1 < len(parts)) else [],
                    )
                    images = [future.result() for future in current]
                    targets: Any = self._samples.targets[part]
                    yield pixels.stacked(images), torch.from_numpy(targets)
            finally:
                pool.shutdown(cancel_futures=True)

    def _check(self, sample: Sample) -> None:
        with self._naming(sample):
            self._preparation.check(sample.read())

    @contextmanager
    def _naming(self, sample: Sample) -> Iterator[None]:
        try:
            yield
        except NoImageError as error:
            raise ClientError(
                f"{sample.name} of channel '{self._name}' cannot be used: {error}."
            ) from error

    def _array(self, number: int, epoch: int | None) -> np.ndarray:
        sample = self._samples.samples[number]
        random = (
            None
            if epoch is None
            else np.random.default_rng([self._seed, epoch, number])
        )
        with self._naming(sample):
            return self._preparation.array(sample.read(), random)
