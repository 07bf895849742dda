"""What is looked at after each epoch: losses, the best models so far, when to stop."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cloudlet.algorithms import log, quality
from cloudlet.algorithms.linear_learner import thresholds
from cloudlet.algorithms.linear_learner.design import Design
from cloudlet.algorithms.linear_learner.losses import Loss
from cloudlet.runner.container import ClientError


class Rows:
    """Rows to judge models by.

    Args:
        channel: where they come from: `train`, `validation`, `test`.
        design: the scaled rows.
        labels: as the loss takes them; shape (rows,).
    """

    def __init__(self, channel: str, design: Design, labels: np.ndarray) -> None:
        self.channel, self.design, self.labels = channel, design, labels

    def sample(self, size: int) -> "Rows":
        """At most so many of the rows, taken evenly."""
        if size >= self.design.rows:
            return self
        places = np.linspace(0, self.design.rows - 1, size).astype(np.int64)
        return Rows(self.channel, self.design.take(places), self.labels[places])

    def losses(self, parameters: np.ndarray, loss: Loss) -> np.ndarray:
        """The mean loss of each model, infinite where it is not a number."""
        total: Any = 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for part, block in self.design.blocks(parameters.shape[1]):
                values = loss.values(block.outputs(parameters), self.labels[part])
                total = total + values.sum(0, dtype=np.float64)
        mean: np.ndarray = total / self.design.rows
        return np.where(np.isfinite(mean), mean, np.inf)


class Watcher:
    """The `Watch` of a job: reports, keeps each model's best epoch, stops early.

    Args:
        host: whose metrics they are.
        loss: of all models.
        unit: what a loss of normalised labels is multiplied by when it is reported.
        values: the job's hyperparameters.
        train: a sample of the training rows.
        validation: rows of the channel; None if there is none.
        by_criterion: whether validation rows are judged by the criterion of binary
            classification rather than by the loss, for early stopping.

    Attributes:
        losses: of each model at its best epoch, on the validation rows if there are,
            else on the training rows with penalties.
        best: the parameters of each model at its best epoch; a matrix.
    """

    def __init__(
        self,
        host: str,
        loss: Loss,
        unit: float,
        values: Mapping[str, Any],
        train: Rows,
        validation: Rows | None,
        *,
        by_criterion: bool,
    ) -> None:
        self._by_criterion = by_criterion
        self._host, self._loss, self._unit, self._values = host, loss, unit, values
        self._train, self._validation = train, validation
        self.losses: np.ndarray = np.array([])
        self.best: np.ndarray = np.array([])
        self._record, self._waited = np.inf, 0

    def __call__(
        self, epoch: int, parameters: np.ndarray, penalties: np.ndarray
    ) -> bool:
        """Look at the models after an epoch; True to stop.

        Training rows judge by what is minimised, penalties and all: by the loss alone,
        an epoch that has not come to rest yet could look better.
        """
        given = [rows for rows in (self._train, self._validation) if rows]
        losses = [rows.losses(parameters, self._loss) for rows in given]
        found = losses[-1]
        if self._validation is None:
            found = found * self._loss.emphasis + penalties
            found[~np.isfinite(found)] = np.inf
        leader = int(found.argmin())
        if np.isinf(found[leader]):
            raise ClientError(
                f"The loss is not a finite number after epoch {epoch}: the training"
                " diverges. Choose a smaller learning_rate, or normalize_data."
            )
        for rows, each in zip(given, losses, strict=True):
            loss = float(each[leader]) * self._unit
            quality.report(self._host, f"{rows.channel}:objective_loss", loss, epoch)
        self._keep(found, parameters)
        value = float(found[leader])
        if self._by_criterion and self._validation:
            value = self._criterion(parameters[:, leader, None], self._validation)
        return self._stops(value, epoch)

    def _keep(self, found: np.ndarray, parameters: np.ndarray) -> None:
        if not len(self.losses):
            self.losses, self.best = found, parameters.copy()
            return
        better = found < self.losses
        columns = np.repeat(better, self._loss.columns)
        self.best[:, columns] = parameters[:, columns]
        self.losses = np.where(better, found, self.losses)

    def _criterion(self, own: np.ndarray, rows: Rows) -> float:
        """How far a binary classifier is from the best value of its criterion."""
        z = rows.design.outputs(own)[:, 0]
        return 1 - thresholds.best_cut(z, rows.labels, self._values).value

    def _stops(self, value: float, epoch: int) -> bool:
        least = self._values["early_stopping_tolerance"] * abs(self._record)
        if np.isinf(self._record) or self._record - value > least:
            self._record, self._waited = value, 0
            return False
        self._waited += 1
        if self._waited < self._values["early_stopping_patience"]:
            return False
        log.info(f"early stopping at epoch {epoch}: best value {self._record:.6g}")
        return True
