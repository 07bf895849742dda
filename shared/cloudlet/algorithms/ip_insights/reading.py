"""The pairs of a channel, in numbers."""

from functools import partial
from typing import Any

import numpy as np

from cloudlet.algorithms import channels
from cloudlet.algorithms.dataset import CSV, Dataset
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.hosts import Read
from cloudlet.algorithms.ip_insights import pairs
from cloudlet.runner.container import ClientError, Container


def reader(num_entity_vectors: int) -> Read:
    """What reads a channel into rows of [entity's slot, address], uint32.

    It raises ClientError: the channel is empty or no CSV, or a row is no pair.
    """
    return partial(_read, num_entity_vectors=num_entity_vectors)


def _read(container: Container, name: str, num_entity_vectors: int) -> Dataset:
    _check_content_type(container.input_data_config()[name], name)
    parts = [np.empty((0, 2), np.uint32)]
    for file in channels.data_files(container, name):
        if not file.stat().st_size:
            continue
        try:
            hashes, addresses = pairs.numbers(*pairs.read_csv(file))
        except ValueError as error:
            raise ClientError(
                f"Unable to read data channel '{name}'. Its rows have to be"
                f" 'entity,IPv4 address', as CSV without header. (file '{file.name}':"
                f" {error})"
            ) from error
        parts.append(
            np.column_stack([pairs.slots(hashes, num_entity_vectors), addresses])
        )
    rows = np.concatenate(parts)
    if not len(rows):
        raise ClientError(
            f"No data was found in channel '{name}': its files hold no row."
        )
    return Dataset(rows, None)


def _check_content_type(channel: dict[str, Any], name: str) -> None:
    content_type = channel.get("ContentType") or CSV
    kind, parameters = media_type(content_type)
    if kind != CSV:
        raise ClientError(
            f"The content type {content_type} of channel '{name}' is not supported:"
            f" use {CSV}."
        )
    if parameters.get("label_size", "0") != "0":
        raise ClientError(
            f"The content type {content_type} of channel '{name}' asks for a label:"
            " IP Insights learns from pairs without one."
        )
