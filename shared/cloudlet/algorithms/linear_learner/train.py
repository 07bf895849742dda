"""Train Linear Learner: read, scale, descend, choose, measure, write."""

from typing import Any

import numpy as np

from cloudlet.algorithms import dataset, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.dataset import Dataset
from cloudlet.algorithms.linear_learner import (
    descent,
    grid,
    losses,
    measures,
    selection,
    thresholds,
)
from cloudlet.algorithms.linear_learner.design import Design, Scaler, feature_scaler
from cloudlet.algorithms.linear_learner.grid import Setting
from cloudlet.algorithms.linear_learner.hyperparameters import BINARY, TABLE
from cloudlet.algorithms.linear_learner.model import LinearModel
from cloudlet.algorithms.linear_learner.task import Task
from cloudlet.algorithms.linear_learner.watching import Rows, Watcher
from cloudlet.runner.container import ClientError, Container

_CRITERION = "binary_classifier_model_selection_criteria"
_MINI_BATCH = 1000


def train(container: Container) -> None:
    """Run one training job: channels `train`, `validation` and `test` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    channels = container.input_data_config()
    check_channels(channels, required=["train"], optional=["validation", "test"])
    data = hosts.load(container, "train", labelled=True)
    if data is None:
        return
    job = _Job(container, values, data)
    validation = job.rows("validation") if "validation" in channels else None
    job.descend(validation)
    test = job.rows("test") if "test" in channels else None
    for rows in filter(None, (validation, test)):
        job.measure(rows)
    job.finish()


class _Job:
    """A job with its training rows read; they are scaled where they lie."""

    def __init__(
        self, container: Container, values: dict[str, Any], data: Dataset
    ) -> None:
        self._container, self._host = container, hosts.current(container)
        self._by_criterion = _CRITERION in values and (
            values["predictor_type"] == BINARY
            and values[_CRITERION] not in thresholds.LOSSES
        )
        self._values = {_CRITERION: "accuracy", **values}
        self._values["mini_batch_size"] = _mini_batch(values, data.rows)
        self._check_width(data, "train")
        labels = _labels(data)
        self._task = Task.of(self._values, labels)
        self._scaler: Scaler = feature_scaler(data.features, self._values)
        self._train = self._scaled(data, labels, "train")

    def rows(self, channel: str) -> Rows:
        """Another channel's rows."""
        data = dataset.load(self._container, channel, labelled=True)
        self._check_width(data, channel)
        return self._scaled(data, _labels(data), channel)

    def descend(self, validation: Rows | None) -> None:
        """Train all models and keep the best."""
        settings = self._settings(validated=validation is not None)
        log.info(f"training {len(settings)} models in parallel")
        sample = self._train.sample(selection.SAMPLE)
        loss = self._task.loss(settings)
        watcher = Watcher(
            self._host,
            loss,
            self._task.unit,
            self._values,
            sample,
            validation,
            by_criterion=self._by_criterion,
        )
        descent.descend(
            self._train.design,
            self._train.labels,
            loss,
            settings,
            self._values,
            watcher,
        )
        judge = validation or sample
        best, self._threshold = selection.choose(
            judge, watcher.best, watcher.losses, settings, self._task
        )
        columns = slice(best * loss.columns, (best + 1) * loss.columns)
        self._parameters = np.ascontiguousarray(watcher.best[:, columns])
        self._loss = self._task.loss([settings[best]])

    def measure(self, rows: Rows) -> None:
        """Print the final model's metrics on a channel."""
        told = measures.measure(
            rows, self._parameters, self._threshold, self._task.scale, self._values
        )
        for name, value in told.items():
            quality.report(self._host, f"{rows.channel}:{name}", value)
        self._report_loss(rows)

    def finish(self) -> None:
        """Print the training loss of the final model, and write the artefact."""
        self._report_loss(self._train)
        LinearModel.of(
            self._parameters,
            self._scaler,
            (self._task.mean, self._task.scale),
            {
                "predictor_type": self._values["predictor_type"],
                "loss": losses.name_of(self._values),
                "threshold": self._threshold,
            },
        ).write(self._container)

    def _report_loss(self, rows: Rows) -> None:
        loss = float(rows.losses(self._parameters, self._loss)[0]) * self._task.unit
        quality.report(self._host, f"{rows.channel}:objective_loss", loss)

    def _settings(self, *, validated: bool) -> list[Setting]:
        design, columns = self._train.design, self._task.loss([]).columns
        count = grid.size(
            self._values, design.rows, design.width, columns, validated=validated
        )
        rate = descent.automatic_rate(self._values, design, self._task.loss([]))
        return grid.settings(
            self._values, count, rate, self._task.balanced, validated=validated
        )

    def _scaled(self, data: Dataset, labels: np.ndarray, channel: str) -> Rows:
        prepared = self._task.prepared(labels, channel)
        return Rows(channel, Design(data.features, self._scaler), prepared)

    def _check_width(self, data: Dataset, channel: str) -> None:
        asked = self._values["feature_dim"]
        if channel == "train" and asked == "auto":
            self._values["feature_dim"] = data.width
        dataset.check_width(data, self._values["feature_dim"], channel)


def _labels(data: Dataset) -> np.ndarray:
    """The labels, which `dataset.load` has made sure of."""
    return data.labels if data.labels is not None else np.empty(0, np.float32)


def _mini_batch(values: dict[str, Any], rows: int) -> int:
    """The batch's rows; as on AWS, a batch that was asked for has to fit the data."""
    asked = values.get("mini_batch_size")
    if asked is None:
        return _MINI_BATCH if rows >= _MINI_BATCH else max(1, rows // 10)
    if asked > rows:
        raise ClientError(
            f"mini_batch_size is {asked}, and the training data have {rows} rows: a"
            " batch cannot be larger than the data."
        )
    return int(asked)
