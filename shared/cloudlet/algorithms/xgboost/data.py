"""From a channel's files to the library's matrices, and what labels may be."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xgboost

from cloudlet.algorithms import (
    arrow_rows,
    channels,
    csv_data,
    libsvm_data,
    parquet_data,
)
from cloudlet.algorithms.formats import DataFormat, UnknownContentType, data_format
from cloudlet.runner.container import ClientError, Container

_LOGISTIC = ("binary:logistic", "binary:logitraw", "reg:logistic")


def load(
    container: Container, name: str, form: DataFormat, csv_weights: bool
) -> xgboost.DMatrix:
    """Read a channel into a DMatrix of float32, label first, without column names.

    Raises:
        ClientError: the channel is empty or its files cannot be read as the format.
    """
    files = channels.data_files(container, name)
    if not files:
        role = {"train": "training"}.get(name, name)
        path = channels.shown_path(name)
        raise ClientError(f"No data in {role} channel path {path}")
    try:
        return _matrix(files, form, csv_weights)
    except (ValueError, xgboost.core.XGBoostError) as error:
        raise ClientError(
            f"Failed to load {form.short} data with exception:\n{reason(error)}"
        ) from error


def training_format(content_type: str | None) -> DataFormat:
    """The format of the channels; LIBSVM where ContentType is missing, as on AWS.

    Raises:
        ClientError: unknown, or known and not read here.
    """
    try:
        form = data_format(content_type, DataFormat.LIBSVM)
    except UnknownContentType as error:
        raise ClientError(str(error)) from error
    if form is DataFormat.RECORDIO_PROTOBUF:
        raise ClientError(
            f"{content_type} is a ContentType of XGBoost on AWS that the local cloud "
            "does not read; it reads text/csv, text/libsvm and application/x-parquet."
        )
    return form


def check_labels(labels: np.ndarray, objective: str, num_class: int | None) -> None:
    """Raise ClientError if the objective cannot learn these labels."""
    if objective in _LOGISTIC and not ((labels >= 0) & (labels <= 1)).all():
        raise ClientError("label must be in [0,1] for logistic regression")
    if num_class is not None:
        discrete = (labels == np.floor(labels)) & (labels >= 0) & (labels < num_class)
        if not discrete.all():
            raise ClientError(
                "SoftmaxMultiClassObj: label must be in [0, num_class), "
                f"and num_class is {num_class}."
            )
    if objective == "count:poisson" and not (labels >= 0).all():
        raise ClientError("PoissonRegression: label must be nonnegative")
    if objective == "reg:tweedie" and not (labels >= 0).all():
        raise ClientError("TweedieRegression: label must be nonnegative")
    if objective == "reg:gamma" and not (labels > 0).all():
        raise ClientError("GammaRegression: label must be positive")


def check_widths(
    train: xgboost.DMatrix, validation: xgboost.DMatrix, form: DataFormat
) -> None:
    """Raise ClientError if the channels differ in columns.

    LIBSVM leaves missing values out, so its last columns may not show in validation.
    """
    fewer_allowed = form is DataFormat.LIBSVM
    difference = validation.num_col() - train.num_col()
    if difference > 0 or (difference < 0 and not fewer_allowed):
        raise ClientError(
            f"feature_names mismatch: the validation channel has "
            f"{validation.num_col()} features, the train channel has {train.num_col()}"
        )


def reason(error: Exception) -> str:
    """The library's message without its stack trace, time and source position."""
    text = str(error).split("\nStack trace:")[0].strip()
    return re.sub(r"^\[\d\d:\d\d:\d\d\] \S+:\d+: ", "", text)


def _matrix(
    files: Sequence[Path], form: DataFormat, csv_weights: bool
) -> xgboost.DMatrix:
    if form is DataFormat.LIBSVM:
        rows = libsvm_data.read(files)
        return xgboost.DMatrix(
            rows.features, label=rows.labels, weight=rows.weights, qid=rows.query_ids
        )
    first = 2 if form is DataFormat.CSV and csv_weights else 1
    # The library takes Arrow's tables too, and needs twice the memory with them.
    if form is DataFormat.CSV:
        leading, features = csv_data.read(files, "XGBoost", first)
    else:
        leading, features = arrow_rows.matrices(parquet_data.read_table(files), first)
    weights = leading[:, 1] if first > 1 else None
    return xgboost.DMatrix(features, leading[:, 0], weight=weights)
