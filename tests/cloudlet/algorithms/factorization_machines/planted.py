"""Data with planted interactions: who meets what, one-hot, rated by hidden factors."""

import numpy as np
from scipy.sparse import csr_matrix

USERS, ITEMS = 40, 30
WIDTH = USERS + ITEMS
NOISE = 0.2


def ratings(rows: int = 5000, seed: int = 0) -> tuple[csr_matrix, np.ndarray]:
    """Sparse rows, shape (rows, 70), and what each user gives each item, with noise.

    A rating is a product of two hidden vectors of three numbers, and a little of the
    user's and the item's own.
    """
    random = np.random.RandomState(seed)
    user, item = random.randn(USERS, 3), random.randn(ITEMS, 3)
    own, its = 0.5 * random.randn(USERS), 0.5 * random.randn(ITEMS)
    u, i = random.randint(0, USERS, rows), random.randint(0, ITEMS, rows)
    rating = 3 + own[u] + its[i] + (user[u] * item[i]).sum(axis=1)
    columns = np.column_stack([u, USERS + i]).ravel()
    starts = np.arange(0, 2 * rows + 1, 2)
    ones = np.ones(2 * rows, np.float32)
    features = csr_matrix((ones, columns, starts), shape=(rows, WIDTH))
    return features, (rating + NOISE * random.randn(rows)).astype(np.float32)
