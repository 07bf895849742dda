"""The first step of K-Means: many centres that follow the rows batch by batch.

Each batch's rows go to their closest centres, and each centre becomes the mean of all
rows that it was given (D. Sculley, "Web-scale k-means clustering", WWW 2010,
https://doi.org/10.1145/1772690.1772862). Rows may lose weight with age, as AWS's
`half_life_time_size` has it.
"""

import numpy as np
from scipy.sparse import csr_matrix

#: k-means++ chooses among so many rows for each centre.
_SAMPLE = 30
#: Numbers of a matrix of distances: few, whatever the batch and the centres.
_BLOCK = 1 << 22


def streamed(
    rows: np.ndarray,
    count: int,
    *,
    init: str,
    batch_size: int,
    epochs: int,
    half_life: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The centres, shape (count, features), and the weight of each, shape (count,).

    Args:
        rows: shape (rows, features), at least `count` of them.
        count: how many centres.
        init: `k-means++` over a sample of the rows, or `random`: rows drawn at random.
        batch_size: rows per batch.
        epochs: passes over the rows.
        half_life: after so many further rows a row weighs half; 0 for never. With it
            the rows are seen in their order, otherwise in a drawn one.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    centers = _first(rows, count, init, random)
    # Small numbers: ‖row‖² and ‖centre‖² are not to drown the distance between them.
    middle = centers.mean(0)
    centers -= middle
    weights = np.zeros(count)
    for _ in range(epochs):
        order = None if half_life else random.permutation(len(rows))
        for begin in range(0, len(rows), batch_size):
            chosen = slice(begin, begin + batch_size)
            batch = rows[chosen if order is None else order[chosen]] - middle
            if half_life:
                weights *= 0.5 ** (len(batch) / half_life)
            _follow(batch, centers, weights)
    return centers + middle, weights


def _first(
    rows: np.ndarray, count: int, init: str, random: np.random.Generator
) -> np.ndarray:
    from sklearn.cluster import kmeans_plusplus

    size = min(len(rows), count if init == "random" else count * _SAMPLE)
    sample = rows[np.sort(random.choice(len(rows), size, replace=False))]
    if init == "random":
        return sample
    drawn = int(random.integers(2**31))
    centers: np.ndarray = kmeans_plusplus(sample, count, random_state=drawn)[0]
    return centers


def _follow(batch: np.ndarray, centers: np.ndarray, weights: np.ndarray) -> None:
    """Give the rows to their closest centres, and move these, in place."""
    closest = _closest(batch, centers)
    shape = (len(batch), len(centers))
    given = csr_matrix(
        (np.ones(len(batch), batch.dtype), closest, np.arange(len(batch) + 1)), shape
    )
    gained = np.bincount(closest, minlength=len(centers))
    weights += gained
    seen = weights > 0
    step = (given.T @ batch - gained[:, None] * centers)[seen]
    centers[seen] += step / weights[seen, None]


def _closest(batch: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The number of each row's closest centre."""
    found = np.empty(len(batch), np.intp)
    turned, squares = -2 * centers.T, np.square(centers).sum(1)
    size = max(1, _BLOCK // len(centers))
    for begin in range(0, len(batch), size):
        block = slice(begin, begin + size)
        # ‖row - centre‖² without ‖row‖², which is the same for all centres.
        distances = batch[block] @ turned
        distances += squares
        distances.argmin(1, out=found[block])
    return found
