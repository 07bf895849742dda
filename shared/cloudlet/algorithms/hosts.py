"""A job on several hosts: the first one trains on the rows of all.

AWS's algorithms exchange gradients or statistics. Here each host reads its own share
(`ShardedByS3Key`) and sends it to `algo-1`, which trains on the whole in the order of
the hosts; so the model is that of one host with all the data. Where every host has all
the data (`FullyReplicated`), `algo-1` trains on its own copy. Other hosts end when
their rows have arrived.
"""

import os
import socket
import struct
import time
from io import BytesIO
from typing import Any

import numpy as np

from cloudlet.algorithms import dataset, log
from cloudlet.algorithms.dataset import Dataset
from cloudlet.runner.container import (
    RENDEZVOUS,
    AlgorithmError,
    ClientError,
    Container,
)

PATIENCE = 120.0
_HEAD = struct.Struct("<iQ")


def current(container: Container) -> str:
    """This host's name, `algo-1`."""
    return str(container.resource_config().get("current_host", "algo-1"))


def load(container: Container, name: str, *, labelled: bool) -> Dataset | None:
    """The channel's rows over all hosts; None on a host that does not train.

    Raises:
        ClientError: as `dataset.load` does; a host's share may be empty.
    """
    resources = container.resource_config()
    hosts = list(resources.get("hosts", ["algo-1"]))
    number = hosts.index(current(container))
    config = container.input_data_config()[name]
    if len(hosts) == 1 or config.get("S3DistributionType") != "ShardedByS3Key":
        return dataset.load(container, name, labelled=labelled) if number == 0 else None
    own = _share(container, name, labelled)
    if number:
        _send(number, own)
        return None
    shares = _receive(len(hosts) - 1)
    parts = [part for part in (own, *(shares[n] for n in sorted(shares))) if part]
    if not parts:
        raise ClientError(
            f"No data was found in channel '{name}': its files hold no row."
        )
    log.info(f"{sum(part.rows for part in parts)} rows from {len(hosts)} hosts")
    return dataset.joined(parts, name)


def _share(container: Container, name: str, labelled: bool) -> Dataset | None:
    folder = container.channel(name)
    files = [p for p in folder.rglob("*") if p.is_file()] if folder.exists() else []
    if not any(file.stat().st_size for file in files):
        return None
    return dataset.load(container, name, labelled=labelled)


def _send(number: int, data: Dataset | None) -> None:
    body = _packed(data) if data else b""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(_address(), timeout=PATIENCE) as connection:
                connection.sendall(_HEAD.pack(number, len(body)) + body)
                connection.recv(1)  # algo-1 has it
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise AlgorithmError(f"algo-1 does not answer: {error}") from error
            time.sleep(0.05)


def _receive(count: int) -> dict[int, Dataset | None]:
    shares: dict[int, Dataset | None] = {}
    with socket.create_server(_address()) as server:
        server.settimeout(PATIENCE)
        while len(shares) < count:
            try:
                connection, _ = server.accept()
            except TimeoutError:
                missing = count - len(shares)
                raise AlgorithmError(f"{missing} hosts have not sent data") from None
            with connection, connection.makefile("rb") as stream:
                number, length = _HEAD.unpack(stream.read(_HEAD.size))
                shares[number] = _unpacked(stream.read(length)) if length else None
                connection.sendall(b"!")
    return shares


def _packed(data: Dataset) -> bytes:
    arrays: dict[str, Any] = {}
    if data.labels is not None:
        arrays["labels"] = data.labels
    if data.is_sparse:
        matrix = data.features
        arrays |= {"data": matrix.data, "indices": matrix.indices}
        arrays |= {"indptr": matrix.indptr, "shape": np.array(matrix.shape)}
    else:
        arrays["features"] = data.features
    stream = BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _unpacked(body: bytes) -> Dataset:
    with np.load(BytesIO(body), allow_pickle=False) as arrays:
        labels = arrays.get("labels")
        if "features" in arrays:
            return Dataset(arrays["features"], labels)
        from scipy.sparse import csr_matrix

        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        return Dataset(csr_matrix(parts, shape=tuple(arrays["shape"])), labels)


def _address() -> tuple[str, int]:
    host, _, port = os.environ[RENDEZVOUS].partition(":")
    return host, int(port)
