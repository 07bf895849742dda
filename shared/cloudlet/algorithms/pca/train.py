"""Train PCA: read, decompose, tell what is kept, write."""

from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, dataset, hosts, log
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.dataset import Dataset
from cloudlet.algorithms.pca.decomposition import (
    Components,
    Rows,
    mean_of,
    randomized,
    regular,
    sum_of_squares,
)
from cloudlet.algorithms.pca.hyperparameters import TABLE
from cloudlet.runner.container import ClientError, Container

_LEAST_EXTRA = 10
#: The sketch's signs are drawn from it: the same data give the same model.
SEED = 0


def train(container: Container) -> None:
    """Run one training job: channels `train`, and `test` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    config = container.input_data_config()
    check_channels(config, required=["train"], optional=["test"])
    data = hosts.load(container, "train", labelled=False)
    if data is None:
        return
    _check(data, values)
    has_mean = values["subtract_mean"] == "true"
    mean = mean_of(data.features) if has_mean else np.zeros(data.width)
    rows = Rows(data.features, mean, values["mini_batch_size"])
    found = _components(rows, values)
    _tell("train", found.total, float(found.values @ found.values))
    if "test" in config:
        test = dataset.load(container, "test", labelled=False)
        dataset.check_width(test, values["feature_dim"], "test")
        _score(Rows(test.features, mean, values["mini_batch_size"]), found)
    arrays = {"s": found.values, "v": found.vectors}
    if has_mean:
        arrays["mean"] = mean[None]
    artefact.write(
        container,
        {},
        **{name: np.asarray(array, np.float32) for name, array in arrays.items()},
    )


def _check(data: Dataset, values: dict[str, Any]) -> None:
    dataset.check_width(data, values["feature_dim"], "train")
    for name in ("mini_batch_size", "num_components"):
        if values[name] > data.rows:
            raise ClientError(
                f"{name} is {values[name]}, and the channel 'train' has {data.rows}"
                f" rows: {name} cannot be greater."
            )


def _components(rows: Rows, values: dict[str, Any]) -> Components:
    count, mode = values["num_components"], values["algorithm_mode"]
    log.info(f"finding {count} components with algorithm_mode {mode}")
    if mode == "regular":
        return regular(rows, count)
    extra = values["extra_components"]
    return randomized(
        rows, count, max(_LEAST_EXTRA, count) if extra == -1 else extra, SEED
    )


def _score(rows: Rows, found: Components) -> None:
    """Tell what the components keep of other rows."""
    kept = 0.0
    for block in rows.blocks():
        seen = block @ found.vectors - rows.mean @ found.vectors
        kept += float(np.square(seen).sum())
    _tell("test", sum_of_squares(rows), kept)


def _tell(channel: str, total: float, kept: float) -> None:
    share = kept / total if total else 1.0
    log.info(f"{channel}: the components keep {share:.6f} of the rows' sum of squares")
