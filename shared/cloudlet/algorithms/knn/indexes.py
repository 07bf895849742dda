"""The three indexes: flat, inverted, and inverted with product quantisation.

After FAISS (Johnson, Douze and Jégou, "Billion-scale similarity search with GPUs",
2017; Jégou, Douze and Schmid, "Product quantization for nearest neighbor search",
2011). An index finds positions among its rows; `order` of the built ones says which
given row stands at which position.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from cloudlet.algorithms.knn import neighbours, quantisation
from cloudlet.algorithms.knn.hyperparameters import FLAT, IVF_PQ, L2
from cloudlet.algorithms.knn.quantisation import Quantiser
from cloudlet.runner.container import ClientError

PROBES = 5
"""How many lists of an inverted index a query looks into."""


class Index(Protocol):
    """Rows among which the nearest are found."""

    @property
    def size(self) -> int:
        """How many rows it holds."""
        ...

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Distances and positions of the k nearest, nearest first, shape (n, k)."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """What `restored` makes it from."""
        ...


@dataclass(frozen=True)
class Flat:
    """All rows, shape (n, d), searched exactly."""

    rows: np.ndarray
    metric: str

    @property
    def size(self) -> int:
        """How many rows it holds."""
        return len(self.rows)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """See Index."""
        if self.metric == L2:
            found: tuple[np.ndarray, np.ndarray] = self._tree.kneighbors(queries, k)
            return found
        return neighbours.nearest(queries, self.rows, k, self.metric)

    def arrays(self) -> dict[str, np.ndarray]:
        """See Index."""
        return {"rows": self.rows}

    @cached_property
    def _tree(self) -> Any:
        from sklearn.neighbors import NearestNeighbors

        return NearestNeighbors().fit(self.rows)


@dataclass(frozen=True)
class Inverted:
    """Rows in lists, each around a centre.

    Attributes:
        centers: shape (lists, d).
        starts: shape (lists + 1,): list i holds the positions from `starts[i]` to
            before `starts[i + 1]`.
        stored: the rows in that order, shape (n, d); or codes of their residuals,
            shape (n, parts), uint8.
        quantiser: what made the codes; None if rows are stored.
        metric: `L2`, `INNER_PRODUCT` or `COSINE`.
    """

    centers: np.ndarray
    starts: np.ndarray
    stored: np.ndarray
    quantiser: Quantiser | None
    metric: str

    @property
    def size(self) -> int:
        """How many rows it holds."""
        return len(self.stored)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """See Index."""
        probed = neighbours.nearest(queries, self.centers, PROBES, self.metric)[1]
        lacking = np.diff(self.starts)[probed].sum(axis=1) < k
        best = (np.full((len(queries), k), np.inf), np.zeros((len(queries), k), int))
        for number, asking in _askers(probed):
            self._look(best, queries, asking[~lacking[asking]], number)
        for number in range(len(self.centers)) if lacking.any() else ():
            self._look(best, queries, np.flatnonzero(lacking), number)
        return (np.sqrt(best[0]) if self.metric == L2 else best[0]), best[1]

    def arrays(self) -> dict[str, np.ndarray]:
        """See Index."""
        made = {"centers": self.centers, "starts": self.starts}
        if self.quantiser is None:
            return made | {"rows": self.stored}
        return made | {"codes": self.stored, "codebooks": self.quantiser.codebooks}

    def _look(
        self, best: Any, queries: np.ndarray, asking: np.ndarray, number: int
    ) -> None:
        """Put what list `number` has for the asking queries into `best`."""
        begin, end = self.starts[number], self.starts[number + 1]
        if not len(asking) or begin == end:
            return
        k = best[0].shape[1]
        found = neighbours.nearest(queries[asking], self._rows(number), k, self.metric)
        distances = np.hstack([best[0][asking], found[0]])
        positions = np.hstack([best[1][asking], found[1] + begin])
        best[0][asking], columns = neighbours.smallest(distances, k)
        best[1][asking] = np.take_along_axis(positions, columns, 1)

    def _rows(self, number: int) -> np.ndarray:
        stored = self.stored[self.starts[number] : self.starts[number + 1]]
        if self.quantiser is None:
            return stored
        return np.asarray(self.centers[number] + self.quantiser.decode(stored))


def build(rows: np.ndarray, values: Mapping[str, Any]) -> tuple[Index, np.ndarray]:
    """The index that the hyperparameters ask for, and its order.

    Args:
        rows: shape (n, d), float32.
        values: the job's hyperparameters.

    Raises:
        ClientError: there are more lists than rows.
    """
    metric = values["index_metric"]
    if values["index_type"] == FLAT:
        return Flat(rows, metric), np.arange(len(rows))
    lists = _lists(values["faiss_index_ivf_nlists"], len(rows))
    centers = quantisation.coarse_centers(rows, lists, metric)
    number = quantisation.closest(rows, centers, metric)
    order = np.argsort(number, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(number, minlength=lists))])
    stored, quantiser = rows[order], None
    if values["index_type"] == IVF_PQ:
        stored -= centers[number[order]]
        quantiser = Quantiser.fit(stored, values["faiss_index_pq_m"])
        stored = quantiser.encode(stored)
    return Inverted(centers, starts, stored, quantiser, metric), order


def restored(arrays: Mapping[str, np.ndarray], metric: str) -> Index:
    """The index of these arrays; KeyError if they are none."""
    if "centers" not in arrays:
        return Flat(arrays["rows"], metric)
    coded = "codes" in arrays
    quantiser = Quantiser(arrays["codebooks"]) if coded else None
    stored = arrays["codes" if coded else "rows"]
    return Inverted(arrays["centers"], arrays["starts"], stored, quantiser, metric)


def _lists(asked: Any, rows: int) -> int:
    lists = max(1, int(rows**0.5)) if asked == "auto" else int(asked)
    if lists > rows:
        raise ClientError(
            f"faiss_index_ivf_nlists is {lists}, and the sample has {rows} rows: there"
            " cannot be more lists than rows."
        )
    return lists


def _askers(probed: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """For each list that is probed, the numbers of the queries that look into it."""
    order = np.argsort(probed, axis=None, kind="stable")
    lists, begins = np.unique(probed.ravel()[order], return_index=True)
    for number, places in zip(lists, np.split(order, begins[1:]), strict=True):
        yield int(number), places // probed.shape[1]
