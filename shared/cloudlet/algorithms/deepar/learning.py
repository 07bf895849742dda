"""Fit the network: GluonTS's training loop, on PyTorch Lightning, with AWS's log lines.

Importing this loads PyTorch, GluonTS and Lightning, which are the extra `deep`.
"""

import logging
import math
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from lightning.pytorch.callbacks import EarlyStopping

from cloudlet.algorithms import log, quality
from cloudlet.algorithms.deepar.network import SEED, estimator
from cloudlet.algorithms.deepar.settings import Settings
from cloudlet.runner.container import AlgorithmError, ClientError

#: AWS's container draws as many mini-batches for an epoch over few series.
_FEWEST_BATCHES = 10
#: Networks of so many cells, and batches of so many windows, are too small to share:
#: on two busy cores, two threads took twice the time of one. From there on AWS advises
#: larger machines, https://docs.aws.amazon.com/sagemaker/latest/dg/deepar.html.
_SMALL_CELLS, _SMALL_BATCH = 100, 512
#: Up to so many values in all, what is derived from the series is kept between epochs.
_MOST_CACHED = 5_000_000


def fit(
    entries: Sequence[Mapping[str, Any]],
    settings: Settings,
    values: Mapping[str, Any],
    host: str,
) -> dict[str, np.ndarray]:
    """Train the network, and give the weights of its best epoch.

    Args:
        entries: the series as GluonTS takes them, each long enough for a window.
        settings: the model's.
        values: the hyperparameters.
        host: this one's name.

    Raises:
        ClientError: the loss is not finite.
        AlgorithmError: an epoch failed.
    """
    report = _Report(host, values["epochs"])
    patience = values.get("early_stopping_patience", values["epochs"])
    stop = EarlyStopping("train_loss", patience=patience, check_on_train_epoch_end=True)
    with _quiet(), _threads(values), tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(SEED)
        np.random.seed(SEED)  # the places of the windows
        made = estimator(
            settings,
            lr=values["learning_rate"],
            batch_size=values["mini_batch_size"],
            num_batches_per_epoch=batches(len(entries), values["mini_batch_size"]),
            trainer_kwargs=_trainer(folder, values["epochs"], [report, stop]),
        )
        small = sum(len(one["target"]) for one in entries) <= _MOST_CACHED
        try:
            trained = made.train_model(list(entries), cache_data=small)
        except Exception:
            report.finish()
            raise
    report.finish()
    state = trained.trained_net.model.state_dict()
    return {name: tensor.cpu().numpy() for name, tensor in state.items()}


def batches(series: int, size: int) -> int:
    """How many mini-batches of this size an epoch over so many series has."""
    return max(_FEWEST_BATCHES, math.ceil(series / size))


def _trainer(folder: str, epochs: int, callbacks: list[Any]) -> dict[str, Any]:
    return {
        "max_epochs": epochs,
        "accelerator": "cpu",
        "devices": 1,
        "default_root_dir": folder,
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "callbacks": callbacks,
    }


class _Report(pl.Callback):  # type: ignore[misc]
    """Prints each epoch's loss and remembers the best, and what went wrong."""

    def __init__(self, host: str, epochs: int) -> None:
        self._host, self._epochs = host, epochs
        self._losses: list[float] = []
        self._error: BaseException | None = None

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        """Print the loss and the progress."""
        epoch, loss = len(self._losses), float(trainer.callback_metrics["train_loss"])
        done = 100 * (epoch + 1) / self._epochs
        log.info(f"#progress_metric: host={self._host}, completed {done} % of epochs")
        quality.report(self._host, "train:loss", loss, epoch)
        if not loss < min(self._losses, default=math.inf):
            log.info("loss did not improve")
        self._losses.append(loss)

    def on_exception(self, trainer: Any, module: Any, exception: BaseException) -> None:
        """GluonTS would go on with the best epoch so far: keep the error."""
        self._error = exception

    def finish(self) -> None:
        """Print the best epoch's loss; raises what `fit` raises."""
        if "nan" in str(self._error) or not all(map(math.isfinite, self._losses)):
            raise ClientError(
                f"The training loss is not finite in epoch {len(self._losses)}. Try a"
                " lower learning_rate, or look for extreme values in target and"
                " dynamic_feat."
            ) from self._error
        if self._error is not None:
            raise AlgorithmError(f"training failed: {self._error}") from self._error
        best = min(self._losses)
        epoch = self._losses.index(best)
        if len(self._losses) < self._epochs:
            log.info(f"training stopped early, after {len(self._losses)} epochs")
        log.info(f"Final loss: {best} (occurred at epoch {epoch})")
        quality.report(self._host, "train:final_loss", best)


@contextmanager
def _threads(values: Mapping[str, Any]) -> Iterator[None]:
    """One thread for a small network, all cores for others."""
    before = torch.get_num_threads()
    cells, size = values["num_cells"], values["mini_batch_size"]
    if cells <= _SMALL_CELLS and size <= _SMALL_BATCH:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning's and GluonTS's remarks out of the log."""
    loggers = [logging.getLogger(name) for name in ("lightning", "lightning.pytorch")]
    loggers += [logging.getLogger(name) for name in ("lightning.fabric", "gluonts")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
