"""Train LDA: read counts, fit, measure, write."""

from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, dataset, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.lda import counts as documents
from cloudlet.algorithms.lda import variational
from cloudlet.algorithms.lda.fitting import Settings, fit
from cloudlet.algorithms.lda.hyperparameters import TABLE
from cloudlet.algorithms.lda.variational import Model
from cloudlet.runner.container import ClientError, Container


def train(container: Container) -> None:
    """Run one training job: channels `train`, and `test` if given.

    Raises:
        ClientError: hyperparameters, channels, data or instances are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    config = container.input_data_config()
    check_channels(config, required=["train"], optional=["test"])
    _check_instances(container)
    counts = _counts(container, "train", values)
    _check_number(counts.shape[0], values["mini_batch_size"])
    settings = Settings(**{name: values[name] for name in Settings.__annotations__})
    model = fit(documents.usable(counts, "train"), settings)
    if "test" in config:
        test = _counts(container, "test", values)
        _measure(container, test, model)
    artefact.write(
        container,
        {},
        alpha=np.asarray(model.alpha, np.float32),
        beta=np.asarray(model.topics, np.float32),
    )


def _check_instances(container: Container) -> None:
    number = len(container.resource_config().get("hosts", ["algo-1"]))
    if number > 1:
        raise ClientError(
            f"LDA trains on a single instance, and InstanceCount is {number}."
        )


def _check_number(documents: int, told: int) -> None:
    """`mini_batch_size` is the number of documents; fewer is only odd."""
    if told > documents:
        raise ClientError(
            f"mini_batch_size is {told}, and the channel 'train' has {documents}"
            " documents: it is the number of documents, and cannot be greater."
        )
    if told < documents:
        log.warning(
            f"mini_batch_size is {told}; all {documents} documents are used together."
        )


def _counts(container: Container, name: str, values: dict[str, Any]) -> Features:
    data = dataset.load(container, name, labelled=False)
    dataset.check_width(data, values["feature_dim"], name)
    return documents.of_channel(data, name)


def _measure(container: Container, counts: Features, model: Model) -> None:
    """Print the per-word log-likelihood of new documents, in nats."""
    if not counts.sum(dtype=np.float64):
        raise ClientError("The channel 'test' has no document with a word.")
    found = variational.infer(counts, model)
    told = variational.per_word(counts, found, model)
    quality.report(hosts.current(container), "test:pwll", told)
