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
import zlib
from collections.abc import Callable
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
#: Host, check sum of the channel's name, length.
_HEAD = struct.Struct("<iIQ")


def current(container: Container) -> str:
    """This host's name, `algo-1`."""
    return str(container.resource_config().get("current_host", "algo-1"))


Read = Callable[[Container, str], Dataset]


def load(
    container: Container, name: str, *, labelled: bool, read: Read | None = None
) -> Dataset | None:
    """The channel's rows over all hosts; None on a host that does not train.

    Args:
        container: the job's.
        name: the channel.
        labelled: whether the algorithm needs labels.
        read: what reads one host's rows, in place of `dataset.load`.

    Raises:
        ClientError: as `dataset.load` does; a host's share may be empty.
    """

    def rows() -> Dataset:
        if read is not None:
            return read(container, name)
        return dataset.load(container, name, labelled=labelled)

    if not _is_shared_out(container, name):
        return rows() if _number(container) == 0 else None
    own = [rows()] if _has_share(container, name) else []
    shares = gather(container, name, lambda: _packed(own[0]) if own else b"")
    if shares is None:
        return None
    parts = [_unpacked(share) for share in shares if share]
    if not parts:
        raise ClientError(
            f"No data was found in channel '{name}': its files hold no row."
        )
    log.info(f"{sum(part.rows for part in parts)} rows from {len(shares)} hosts")
    return dataset.joined(parts, name)


def gather(
    container: Container, name: str, own: Callable[[], bytes]
) -> list[bytes] | None:
    """What each host has of a channel, in their order; None where one does not train.

    For algorithms whose rows are no matrix. Where all hosts have all, it is `[own()]`.

    Raises:
        AlgorithmError: the other hosts do not answer in time.
    """
    number = _number(container)
    if not _is_shared_out(container, name):
        return [own()] if number == 0 else None
    body = own()
    if number:
        _send(number, name, body)
        return None
    shares = {0: body} | _receive(len(_hosts(container)) - 1, name)
    return [shares[each] for each in sorted(shares)]


def _hosts(container: Container) -> list[str]:
    return list(container.resource_config().get("hosts", ["algo-1"]))


def _number(container: Container) -> int:
    return _hosts(container).index(current(container))


def _is_shared_out(container: Container, name: str) -> bool:
    config = container.input_data_config()[name]
    several = len(_hosts(container)) > 1
    return several and config.get("S3DistributionType") == "ShardedByS3Key"


def _has_share(container: Container, name: str) -> bool:
    """A host without an object has none; where a channel is piped, one never knows."""
    if container.input_data_config()[name].get("TrainingInputMode") == "Pipe":
        return True
    folder = container.channel(name)
    files = [p for p in folder.rglob("*") if p.is_file()] if folder.exists() else []
    return any(file.stat().st_size for file in files)


def _send(number: int, name: str, body: bytes) -> None:
    head = _HEAD.pack(number, zlib.crc32(name.encode()), len(body))
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(_address(), timeout=PATIENCE) as connection:
                connection.sendall(head)
                connection.sendall(body)
                if connection.recv(1):
                    return  # algo-1 has it; else it is at another channel
        except OSError as error:
            if time.monotonic() > deadline:
                raise AlgorithmError(f"algo-1 does not answer: {error}") from error
        time.sleep(0.05)


def _receive(count: int, name: str) -> dict[int, bytes]:
    wanted = zlib.crc32(name.encode())
    shares: dict[int, bytes] = {}
    with socket.create_server(_address()) as server:
        server.settimeout(PATIENCE)
        while len(shares) < count:
            try:
                connection, _ = server.accept()
            except TimeoutError:
                missing = count - len(shares)
                raise AlgorithmError(f"{missing} hosts have not sent data") from None
            with connection, connection.makefile("rb") as stream:
                number, channel, length = _HEAD.unpack(stream.read(_HEAD.size))
                if channel == wanted:
                    shares[number] = stream.read(length)
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
