"""Train IP Insights: read, learn to tell real pairs from others, measure, write."""

import time
from dataclasses import fields
from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.ip_insights.hyperparameters import TABLE
from cloudlet.algorithms.ip_insights.learning import (
    Batch,
    How,
    learn,
    random_addresses,
)
from cloudlet.algorithms.ip_insights.network import Network
from cloudlet.algorithms.ip_insights.reading import reader
from cloudlet.runner.container import ClientError, Container

#: Starts, samples and orders are drawn from it: the same data give the same model.
SEED = 0
METRIC = "validation:discriminator_auc"


def train(container: Container) -> None:
    """Run one training job: channels `train`, and `validation` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
    """
    values = TABLE.validate(container.hyperparameters())
    check_channels(container.input_data_config(), ["train"], ["validation"], pipe=False)
    read = reader(values["num_entity_vectors"])
    data = hosts.load(container, "train", labelled=False, read=read)
    if data is None:
        return
    slots, addresses = data.features.T
    measure = None
    if "validation" in container.input_data_config():
        rows = read(container, "validation").features
        measure = Validation(hosts.current(container), *rows.T)
    network = _train(slots, addresses, values, measure)
    about = {name: values[name] for name in ("num_entity_vectors", "vector_dim")}
    artefact.write(container, about, **network.arrays())


class Validation:
    """AUC of telling pairs from the negative samples of a fixed draw.

    Args:
        host: this one.
        slots: those of the entities of the validation channel.
        addresses: theirs.
    """

    def __init__(self, host: str, slots: np.ndarray, addresses: np.ndarray) -> None:
        rng = np.random.default_rng(SEED)
        many = len(slots)
        drawn = random_addresses(many, rng), addresses[rng.permutation(many)]
        self._host, self._slots = host, np.tile(slots, 3)
        self._addresses = np.concatenate([addresses, *drawn])
        self._real = np.arange(3 * many) < many

    def report(self, network: Network, epoch: int) -> None:
        """Print the metric after an epoch."""
        from sklearn.metrics import roc_auc_score

        scores = network.scores(self._slots, self._addresses)
        _check_finite(scores)
        auc = roc_auc_score(self._real, scores)
        quality.report(self._host, METRIC, auc, epoch)


def _train(
    slots: np.ndarray,
    addresses: np.ndarray,
    values: dict[str, Any],
    measure: Validation | None,
) -> Network:
    rng = np.random.default_rng(SEED)
    network = Network.start(
        slots, addresses, values["vector_dim"], values["num_ip_encoder_layers"], rng
    )
    log.info(
        f"{len(slots)} pairs of {len(network.slots)} entities, with"
        f" {len(network.encoder.prefixes.keys)} prefixes that occur more than once"
    )
    pairs = Batch.of(network, slots, addresses)
    for epoch in range(values["epochs"]):
        loss = _epoch(network, pairs, values, epoch, rng)
        log.info(f"Epoch[{epoch}] cross-entropy={loss:.6f}")
        _check_finite(*network.arrays().values())
        if measure:
            measure.report(network, epoch)
    return network


def _epoch(
    network: Network,
    pairs: Batch,
    values: dict[str, Any],
    epoch: int,
    rng: np.random.Generator,
) -> float:
    """One pass over the pairs in a new order; its mean loss."""
    how = How(**{field.name: values[field.name] for field in fields(How)})
    rows, interval = len(pairs), values["batch_metrics_publish_interval"]
    # Even parts: a rest of a few pairs would count as much as a whole batch.
    batches = np.array_split(
        rng.permutation(rows), -(-rows // values["mini_batch_size"])
    )
    began, losses, done = time.monotonic(), [], 0
    for number, batch in enumerate(batches, 1):
        with np.errstate(over="ignore", invalid="ignore"):
            losses.append(learn(network, pairs[batch], how, rng))
        _check_finite(losses[-1])
        done += len(batch)
        if number % interval == 0:
            speed = done / max(time.monotonic() - began, 1e-9)
            log.info(f"Epoch[{epoch}] Batch [{number}] Speed: {speed:.2f} samples/sec")
            began, done = time.monotonic(), 0
    return float(np.mean(losses))


def _check_finite(*found: Any) -> None:
    """Raise ClientError for numbers that are not, those of a training gone astray."""
    if not all(np.isfinite(numbers).all() for numbers in found):
        raise ClientError(
            "The training diverged: its numbers are not finite any more. Choose a lower"
            " learning_rate, or fewer layers."
        )
