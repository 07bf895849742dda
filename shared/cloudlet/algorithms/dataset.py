"""What the channels of AWS's first-party algorithms hold: rows, perhaps with labels.

`text/csv` has no header; `label_size` in the content type says how many columns before
the features are labels, 1 if it is not said
(https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html#cdf-csv-format).
`application/x-recordio-protobuf`, the default, is dense or sparse.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms import channels, csv_data
from cloudlet.algorithms.formats import media_type
from cloudlet.runner.container import ClientError, Container

Features = Any
"""A float32 matrix, shape (rows, features): numpy.ndarray, or scipy's csr_matrix."""

CSV = "text/csv"
RECORDS = "application/x-recordio-protobuf"


@dataclass(frozen=True)
class Dataset:
    """Rows and their labels.

    Attributes:
        features: shape (rows, features), float32, dense or sparse.
        labels: shape (rows,), float32; None if the channel has none.
    """

    features: Features
    labels: np.ndarray | None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.features.shape[0])

    @property
    def width(self) -> int:
        """How many features a row has."""
        return int(self.features.shape[1])

    @property
    def is_sparse(self) -> bool:
        """Whether the features are a sparse matrix."""
        return not isinstance(self.features, np.ndarray)

    def dense(self) -> np.ndarray:
        """The features as an array."""
        features: Any = self.features
        made: np.ndarray = features if not self.is_sparse else features.toarray()
        return made


def load(container: Container, name: str, *, labelled: bool) -> Dataset:
    """All rows of a channel, in the order of its files' names.

    Args:
        container: the job's.
        name: the channel.
        labelled: whether the algorithm needs labels; others drop them.

    Raises:
        ClientError: the channel is empty, cannot be read as its content type says,
            lacks its labels, or has values that are no numbers.
    """
    content_type = container.input_data_config()[name].get("ContentType") or RECORDS
    parts = [part for part in _parts(container, name, content_type) if part.rows]
    if not parts:
        raise ClientError(
            f"No data was found in channel '{name}': its files hold no row."
        )
    data = joined(parts, name)
    _check(data, name, labelled)
    return data if labelled else Dataset(data.features, None)


SparseRow = tuple[Sequence[int], Sequence[float], Sequence[int]]
"""Keys, values, and the shape, whose last number is the row's width."""


def sparse_rows(rows: Sequence[SparseRow]) -> Features:
    """A csr_matrix, shape (rows, width), of float32.

    Raises:
        ValueError: rows of different shapes, keys beyond them, or as many keys as there
            are not values. Scipy does not look, and would write beyond its arrays.
    """
    from scipy.sparse import csr_matrix

    widths = {int(shape[-1]) for _, _, shape in rows if len(shape)}
    if len(widths) != 1:
        raise ValueError(f"sparse rows have one shape, not {sorted(widths)}")
    width = widths.pop()
    for keys, values, _ in rows:
        if len(keys) != len(values):
            raise ValueError(f"a sparse row has {len(keys)} keys, {len(values)} values")
    columns = np.concatenate([np.asarray(keys, np.int64) for keys, _, _ in rows])
    numbers = np.concatenate([np.asarray(values, np.float32) for _, values, _ in rows])
    if len(columns) and not (columns.min() >= 0 and columns.max() < width):
        raise ValueError(
            f"a sparse row has keys from {columns.min()} to {columns.max()}, its shape"
            f" is {width}"
        )
    starts = np.concatenate([[0], np.cumsum([len(values) for _, values, _ in rows])])
    return csr_matrix((numbers, columns, starts), shape=(len(rows), width))


def check_width(data: Dataset, expected: int | None, name: str) -> None:
    """Raise ClientError if the rows are not as wide as `feature_dim` says."""
    if expected is not None and data.width != expected:
        raise ClientError(
            f"The channel '{name}' has {data.width} features, and the hyperparameter"
            f" feature_dim is {expected}. They have to be equal."
        )


def _parts(container: Container, name: str, content_type: str) -> Iterator[Dataset]:
    kind, parameters = media_type(content_type)
    if kind == CSV:
        size = parameters.get("label_size", "1")
        if size not in ("0", "1"):
            raise ClientError(
                f"The content type {content_type} of channel '{name}' asks for"
                f" label_size={size}; it has to be 0 or 1."
            )
        files = channels.data_files(container, name)
        yield from _csv([file for file in files if file.stat().st_size], int(size))
    elif kind == RECORDS:
        from cloudlet.algorithms import record_protobuf

        for file in channels.data_files(container, name):
            try:
                yield record_protobuf.read(file.read_bytes())
            except ValueError as error:
                raise ClientError(
                    f"Unable to read data channel '{name}'. Requested content-type is"
                    f" '{RECORDS}'. Please verify that the data matches the requested"
                    f" content-type. (file '{file.name}': {error})"
                ) from error
    else:
        raise ClientError(
            f"The content type {content_type} of channel '{name}' is not supported:"
            f" use {RECORDS} or {CSV}."
        )


def _csv(files: Sequence[Path], label_size: int) -> Iterator[Dataset]:
    if not files:
        return
    try:
        labels, features = csv_data.read(files, "The algorithm", label_size)
    except ValueError as error:
        raise ClientError(
            f"The CSV cannot be read with label_size={label_size}: {error}."
        ) from error
    yield Dataset(features, labels[:, 0] if label_size else None)


def joined(parts: Sequence[Dataset], name: str) -> Dataset:
    """Several parts of a channel as one; raises ClientError if their widths differ."""
    widths = sorted({part.width for part in parts})
    if len(widths) > 1:
        raise ClientError(
            f"The files of channel '{name}' have different numbers of features:"
            f" {widths}"
        )
    if len(parts) == 1:
        return parts[0]
    labels = [part.labels for part in parts if part.labels is not None]
    if any(part.is_sparse for part in parts):
        from scipy.sparse import csr_matrix, vstack

        features: Features = vstack(
            [csr_matrix(part.features) for part in parts], "csr"
        )
    else:
        features = np.concatenate([part.features for part in parts])
    return Dataset(
        features, np.concatenate(labels) if len(labels) == len(parts) else None
    )


def _check(data: Dataset, name: str, labelled: bool) -> None:
    values = data.features.data if data.is_sparse else data.features
    with np.errstate(over="ignore", invalid="ignore"):
        total = values.sum()  # tells it sooner; that of good values may still overflow
    if not np.isfinite(total) and not np.isfinite(values).all():
        raise ClientError(
            f"The channel '{name}' has missing, NaN or infinite values among its"
            " features. Fill or drop them before training."
        )
    if not labelled:
        return
    if data.labels is None:
        raise ClientError(
            f"The channel '{name}' has no labels. In CSV the label is the first column,"
            " and the content type does not say label_size=0."
        )
    if not np.isfinite(data.labels).all():
        raise ClientError(
            f"The channel '{name}' has rows whose label is missing or NaN."
        )
