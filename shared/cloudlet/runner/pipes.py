"""Pipe mode: a channel as a FIFO for each epoch, fed while the program reads.

The program opens `/opt/ml/input/data/train_0`, reads to the end, and for another epoch
opens `train_1`. Source:
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path


class Pipe:
    """Feeds one channel until it is closed.

    Args:
        folder: `/opt/ml/input/data` as the cloud sees it.
        name: the channel.
        bodies: gives what one epoch holds, object after object.
    """

    def __init__(
        self, folder: Path, name: str, bodies: Callable[[], Iterable[bytes]]
    ) -> None:
        self._folder, self._name, self._bodies = folder, name, bodies
        self._closed = threading.Event()
        folder.mkdir(parents=True, exist_ok=True)
        self._make(0)
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop feeding; a writer that waits for a reader is released."""
        self._closed.set()
        while self._thread.is_alive():
            for path in self._folder.glob(f"{self._name}_*"):
                with contextlib.suppress(OSError):
                    # A reader for a moment: the writer's open returns, and it ends.
                    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            self._thread.join(0.05)

    def _feed(self) -> None:
        epoch = 0
        while not self._closed.is_set():
            path = self._path(epoch)
            with contextlib.suppress(BrokenPipeError), path.open("wb") as stream:
                # The next one is there before this one ends: a program that reads on
                # at once finds it.
                self._make(epoch + 1)
                for body in self._bodies():
                    if self._closed.is_set():
                        return
                    stream.write(body)
            path.unlink(missing_ok=True)
            epoch += 1

    def _make(self, epoch: int) -> None:
        if not self._path(epoch).exists():
            os.mkfifo(self._path(epoch))

    def _path(self, epoch: int) -> Path:
        return self._folder / f"{self._name}_{epoch}"
