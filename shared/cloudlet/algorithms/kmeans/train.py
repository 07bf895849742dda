"""Train K-Means: read, find many centres, reduce them to k, measure, write."""

from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, dataset, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.kmeans.hyperparameters import TABLE
from cloudlet.algorithms.kmeans.streaming import streamed
from cloudlet.runner.container import ClientError, Container

_MOST_EXTRA = 10
_TRIALS = 10
_INITS = {"kmeans++": "k-means++", "random": "random"}
#: Where rows are in no clusters, a smaller one takes five times as long for a sum of
#: squares that is a two-thousandth less.
_TOLERANCE = 1e-3
#: The batch, centres and trials are drawn from it: the same data give the same model.
SEED = 0


def train(container: Container) -> None:
    """Run one training job: channels `train`, and `test` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    check_channels(container.input_data_config(), required=["train"], optional=["test"])
    data = hosts.load(container, "train", labelled=False)
    if data is None:
        return
    dataset.check_width(data, values["feature_dim"], "train")
    if data.rows < values["k"]:
        raise ClientError(
            f"k is {values['k']}, and the training data have {data.rows} rows: there"
            " cannot be more clusters than rows."
        )
    centers = _centers(data.dense(), values)
    _measure(container, "train", data.dense(), centers, values)
    if "test" in container.input_data_config():
        test = dataset.load(container, "test", labelled=False)
        dataset.check_width(test, values["feature_dim"], "test")
        _measure(container, "test", test.dense(), centers, values)
    artefact.write(container, {}, centers=centers)


def _centers(rows: np.ndarray, values: dict[str, Any]) -> np.ndarray:
    """The k centres, shape (k, features)."""
    from sklearn.cluster import KMeans

    many = min(len(rows), values["k"] * _extra(values["extra_center_factor"]))
    log.info(f"finding {many} centres with init_method {values['init_method']}")
    first, weights = streamed(
        rows,
        many,
        init=_INITS[values["init_method"]],
        batch_size=values["mini_batch_size"],
        epochs=values["epochs"],
        half_life=values["half_life_time_size"],
        seed=SEED,
    )
    trials = values["local_lloyd_num_trials"]
    lloyd = values["local_lloyd_init_method"]
    log.info(f"reducing them to {values['k']} with local_lloyd_init_method {lloyd}")
    second = KMeans(
        values["k"],
        init=_INITS[lloyd],
        n_init=_TRIALS if trials == "auto" else trials,
        max_iter=values["local_lloyd_max_iter"],
        tol=values["local_lloyd_tol"],
        random_state=SEED,
    ).fit(first, sample_weight=np.maximum(weights, 1e-9))
    if values["half_life_time_size"]:
        return np.asarray(second.cluster_centers_, np.float32)
    last = KMeans(
        values["k"],
        init=second.cluster_centers_,
        n_init=1,
        tol=_TOLERANCE,
        random_state=SEED,
        copy_x=False,
    ).fit(rows)
    return np.asarray(last.cluster_centers_, np.float32)


def _extra(factor: Any) -> int:
    return _MOST_EXTRA if factor == "auto" else int(factor)


def _measure(
    container: Container,
    channel: str,
    rows: np.ndarray,
    centers: np.ndarray,
    values: dict[str, Any],
) -> None:
    """Print the mean and the sum of squared distances to the closest centre."""
    distances = closest(rows, centers)[1] ** 2
    told = {"msd": float(distances.mean()), "ssd": float(distances.sum())}
    wanted = {*values["eval_metrics"], "msd", "ssd"}
    for name in sorted(wanted):
        quality.report(hosts.current(container), f"{channel}:{name}", told[name])


def closest(rows: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the number of its closest centre, and the distance to it."""
    from sklearn.metrics import pairwise_distances_argmin_min

    number, distance = pairwise_distances_argmin_min(rows, centers)
    return number, distance
