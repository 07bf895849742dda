"""From Arrow's columns to rows: the matrices that the algorithms' libraries take."""

from typing import Any

import numpy as np


def fill(table: Any, *targets: np.ndarray) -> None:
    """Write the table's columns, in their order, into the targets' columns.

    Args:
        table: a pyarrow.Table of float32 columns; null becomes NaN.
        targets: shape (rows, some columns) each, as many in all as the table's.
    """
    begin = 0
    for batch in table.to_batches():
        end = begin + len(batch)
        columns = iter(batch.columns)
        for target in targets:
            for place in range(target.shape[1]):
                target[begin:end, place] = next(columns).to_numpy(zero_copy_only=False)
        begin = end


def matrices(table: Any, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """The first columns, and the others: shape (rows, columns), float32; null is NaN.

    Raises:
        ValueError: there are no other columns.
    """
    first, others = (
        np.empty((table.num_rows, width), np.float32)
        for width in widths(table.num_columns, labels)
    )
    fill(table, first, others)
    return first, others


def widths(columns: int, labels: int) -> tuple[int, int]:
    """How many columns are labels, and how many features.

    Raises:
        ValueError: there are no features.
    """
    if columns <= labels:
        raise ValueError(f"no features: the data have {columns} column(s)")
    return labels, columns - labels
