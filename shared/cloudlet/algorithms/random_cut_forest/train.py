"""Train Random Cut Forest: read, sample, cut, measure, write."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, dataset, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.dataset import Dataset
from cloudlet.algorithms.random_cut_forest import growing
from cloudlet.algorithms.random_cut_forest.forest import Forest
from cloudlet.algorithms.random_cut_forest.hyperparameters import (
    ACCURACY,
    PRECISION_RECALL_FSCORE,
    TABLE,
)
from cloudlet.runner.container import ClientError, Container

#: Samples and cuts are drawn from it: the same data give the same forest.
SEED = 0
_SIGMAS = 3
_DISTRIBUTIONS = {"train": "ShardedByS3Key", "test": "FullyReplicated"}


def train(container: Container) -> None:
    """Run one training job: channels `train`, and a labelled `test` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    channels = container.input_data_config()
    check_channels(channels, required=["train"], optional=["test"])
    _check_distributions(channels)
    data = hosts.load(container, "train", labelled=False)
    if data is None:
        return
    dataset.check_width(data, values["feature_dim"], "train")
    test = _test_data(container, values) if "test" in channels else None
    trees, size = values["num_trees"], values["num_samples_per_tree"]
    log.info(f"cutting {trees} trees of {min(size, data.rows)} samples")
    random = np.random.default_rng(SEED)
    points, places = growing.sample(data.features, trees, size, random)
    del data
    nodes = growing.grow(points, places, random)
    if test is not None:
        _measure(container, Forest.of(nodes, trees, points), test, values)
    artefact.write(container, {"num_trees": trees}, points=points, **asdict(nodes))


def _check_distributions(channels: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ClientError if a channel is shared out in a way that AWS does not take.

    https://docs.aws.amazon.com/sagemaker/latest/dg/randomcutforest.html#rcf-input_output
    """
    for name, channel in channels.items():
        asked, only = channel.get("S3DistributionType"), _DISTRIBUTIONS[name]
        if asked is not None and asked != only:
            raise ClientError(
                "Unable to initialize the algorithm. Failed to validate input data"
                " configuration. (caused by ValidationError)\n\n"
                f"Caused by: '{asked}' is not one of ['{only}'] (S3DistributionType of"
                f" channel '{name}')"
            )


def _test_data(container: Container, values: Mapping[str, Any]) -> Dataset:
    test = dataset.load(container, "test", labelled=True)
    dataset.check_width(test, values["feature_dim"], "test")
    odd = np.setdiff1d(_labels(test), (0, 1))
    if len(odd):
        raise ClientError(
            f"The channel 'test' has the label {odd[0]:g}. A label has to be 1 for an"
            " anomaly and 0 for a normal row."
        )
    return test


def _labels(test: Dataset) -> np.ndarray:
    return np.asarray(test.labels)


def _measure(
    container: Container, forest: Forest, test: Dataset, values: Mapping[str, Any]
) -> None:
    """Label the rows beyond three standard deviations, hold them against the labels.

    https://docs.aws.amazon.com/sagemaker/latest/dg/random-cut-forest-tuning.html
    """
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    scores = forest.score(test.features)
    limit = scores.mean() + _SIGMAS * scores.std()
    found, labels = scores > limit, _labels(test) == 1
    log.info(f"{found.sum()} rows of channel 'test' score above {limit:.6g}")
    host, wanted = hosts.current(container), values["eval_metrics"]
    if ACCURACY in wanted:
        quality.report(host, "test:accuracy", accuracy_score(labels, found))
    if PRECISION_RECALL_FSCORE in wanted or "_tuning_objective_metric" in values:
        each = precision_recall_fscore_support(
            labels, found, labels=[True, False], zero_division=0
        )
        for name, (positive, negative) in zip(
            ("precision", "recall", "f1"), each[:3], strict=True
        ):
            quality.report(host, f"test:{name}", positive)
            log.info(f"{name} of the normal rows: {negative:.6g}")
