"""Train Factorization Machines: read, learn, measure, write."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, dataset, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.dataset import RECORDS, Dataset
from cloudlet.algorithms.factorization_machines import CLASSIFICATION, learning
from cloudlet.algorithms.factorization_machines.hyperparameters import (
    CLASSIFIER,
    CONSTANT,
    TABLE,
)
from cloudlet.algorithms.factorization_machines.machine import Machine
from cloudlet.algorithms.formats import media_type
from cloudlet.runner.container import ClientError, Container

#: Weights and the order of rows are drawn from it: the same data give the same model.
SEED = 0
_TESTED = ("rmse", *CLASSIFICATION)


def train(container: Container) -> None:
    """Run one training job: channels `train`, and `test` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    channels = container.input_data_config()
    check_channels(channels, required=["train"], optional=["test"])
    for name, channel in channels.items():
        _check_format(name, channel.get("ContentType") or RECORDS)
    data = hosts.load(container, "train", labelled=True)
    if data is None:
        return
    _prepare(data, "train", values)
    test = None
    if "test" in channels:
        test = dataset.load(container, "test", labelled=True)
        _prepare(test, "test", values)
    machine = _learnt(container, data, values)
    if test is not None:
        _measure(container, machine, test, values["predictor_type"])
    artefact.write(
        container,
        {"predictor_type": values["predictor_type"]},
        bias=machine.bias,
        linear=machine.linear[:, 0],
        factors=machine.factors,
    )


def _check_format(name: str, content_type: str) -> None:
    if media_type(content_type)[0] != RECORDS:
        raise ClientError(
            f"The content type {content_type} of channel '{name}' is not supported:"
            f" Factorization Machines is trained on {RECORDS} only."
        )


def _prepare(data: Dataset, name: str, values: Mapping[str, Any]) -> None:
    """Check the rows and their labels, and make a sparse matrix canonical."""
    dataset.check_width(data, values["feature_dim"], name)
    if data.is_sparse:
        data.features.sum_duplicates()
    if values["predictor_type"] != CLASSIFIER:
        return
    labels = np.asarray(data.labels)
    others = labels[(labels != 0) & (labels != 1)]
    if len(others):
        raise ClientError(
            f"The channel '{name}' has a label {others[0]:g}: with predictor_type"
            f" {CLASSIFIER} each label has to be 0 or 1."
        )


def _learnt(container: Container, data: Dataset, values: dict[str, Any]) -> Machine:
    """Learn over all epochs, printing the metrics of each."""
    if values["factors_init_method"] == CONSTANT and values["num_factors"] > 1:
        log.warning(
            "factors_init_method is constant: all factors begin alike and stay alike,"
            " so the machine has one factor in effect. Use normal or uniform."
        )
    machine = Machine.begun(values, SEED)
    log.info(f"{data.rows} rows, {data.width} features, sparse: {data.is_sparse}")
    for epoch, told in enumerate(learning.epochs(machine, data, values, SEED)):
        for name, value in told.items():
            quality.report(hosts.current(container), f"train:{name}", value, epoch)
    return machine


def _measure(container: Container, machine: Machine, test: Dataset, kind: str) -> None:
    raw = learning.raw_scores(machine, test.features)
    told = learning.measured(raw, np.asarray(test.labels), kind)
    for name in _TESTED:
        if name in told:
            quality.report(hosts.current(container), f"test:{name}", told[name])
