"""Train k-NN: read, draw the sample, build the index, measure, write."""

from typing import Any

import numpy as np

from cloudlet.algorithms import dataset, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.dataset import Dataset
from cloudlet.algorithms.knn.hyperparameters import CLASSIFIER, TABLE
from cloudlet.algorithms.knn.model import Model
from cloudlet.runner.container import ClientError, Container

#: The sample is drawn from it: the same data give the same model.
SEED = 0


def train(container: Container) -> None:
    """Run one training job: channels `train`, and `test` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    check_channels(container.input_data_config(), required=["train"], optional=["test"])
    data = hosts.load(container, "train", labelled=True)
    if data is None:
        return
    dataset.check_width(data, values["feature_dim"], "train")
    rows, labels = _sample(data, values["sample_size"])
    if len(rows) < values["k"]:
        raise ClientError(
            f"k is {values['k']}, and the sample of the training data has {len(rows)}"
            " rows: there cannot be more neighbours than rows."
        )
    _warn_of_fractions(labels, values["predictor_type"])
    log.info(f"building an index of type {values['index_type']}, {len(rows)} rows")
    model = Model.fit(rows, labels, values)
    if "test" in container.input_data_config():
        test = dataset.load(container, "test", labelled=True)
        dataset.check_width(test, values["feature_dim"], "test")
        _measure(hosts.current(container), model, test, values["mini_batch_size"])
    model.write(container)


def _sample(data: Dataset, size: int) -> tuple[np.ndarray, np.ndarray]:
    """`size` rows without repetition in their order, or all, and their labels."""
    rows, labels = data.dense(), data.labels
    if labels is None or size >= data.rows:
        return rows, np.asarray(labels)
    drawn = np.random.RandomState(SEED).permutation(data.rows)[:size]
    drawn.sort()
    return rows[drawn], labels[drawn]


def _warn_of_fractions(labels: np.ndarray, predictor_type: str) -> None:
    if predictor_type == CLASSIFIER and (labels != np.rint(labels)).any():
        log.warning(
            "predictor_type is classifier, and some labels are no whole numbers: each"
            " value counts as a class of its own. Numbers are predicted by regressor."
        )


def _measure(host: str, model: Model, test: Dataset, batch: int) -> None:
    """Print the accuracy or the mean squared error on the channel `test`."""
    rows, truth = test.dense(), np.asarray(test.labels, np.float64)
    predicted = np.concatenate(
        [
            model.predict(model.neighbours(rows[begin : begin + batch])[1])
            for begin in range(0, len(rows), batch)
        ]
    )
    name, value = _score(model.predictor_type, predicted, truth)
    # The line of AWS's own that its documentation of the formats shows.
    log.info(f"#test_score ({host}) : ('{name}', {value})")
    quality.report(host, f"test:{name}", value)


def _score(kind: str, predicted: Any, truth: np.ndarray) -> tuple[str, float]:
    if kind == CLASSIFIER:
        return "accuracy", float((predicted == truth).mean())
    return "mse", float(((predicted - truth) ** 2).mean())
