"""Grow a random cut forest: sample rows, cut them apart.

Definition 1 of Guha et al. (ICML 2016): a node's cut is in a dimension chosen in
proportion to the sides of its rows' bounding box, at a place uniform along that side.
All nodes of one depth are cut together, over all trees at once.
"""

from dataclasses import dataclass

import numpy as np

from cloudlet.algorithms.dataset import Dataset, Features

LEAF = -1


@dataclass(frozen=True)
class Nodes:
    """The nodes of all trees, in the order of their depth; tree t's root is node t.

    Attributes:
        first_child: shape (nodes,), int32: the child with the rows up to the cut; the
            other one stands behind it. LEAF if the node is a leaf.
        dimension: shape (nodes,), int32: the feature that is cut; 0 in a leaf.
        cut: shape (nodes,), float32: where; rows at most as large go to the first
            child. 0 in a leaf.
        mass: shape (nodes,), int32: how many of the tree's rows the node holds.
        point: shape (nodes,), int32: the place of one of these rows in `points`. All
            rows of a leaf are equal.
    """

    first_child: np.ndarray
    dimension: np.ndarray
    cut: np.ndarray
    mass: np.ndarray
    point: np.ndarray


@dataclass(frozen=True)
class _Level:
    """Nodes of one depth.

    Attributes:
        rows: the places of their rows in `points`, node after node.
        starts: where each node's begin.
    """

    rows: np.ndarray
    starts: np.ndarray

    @property
    def mass(self) -> np.ndarray:
        return np.diff(self.starts, append=len(self.rows))


def sample(
    features: Features, trees: int, size: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw each tree's rows: uniformly, without replacement, as a reservoir does.

    Args:
        features: shape (rows, features), dense or sparse.
        trees: how many.
        size: rows for each tree; all of them if there are fewer.
        random: draws.

    Returns:
        `points`, shape (drawn, features), float32: the rows that some tree has; and
        shape (trees, size): each tree's as places in `points`.
    """
    rows = features.shape[0]
    size = min(size, rows)
    drawn = np.stack(
        [random.choice(rows, size, replace=False, shuffle=False) for _ in range(trees)]
    )
    used, places = np.unique(drawn, return_inverse=True)
    return Dataset(features[used], None).dense(), places.reshape(drawn.shape)


def grow(points: np.ndarray, places: np.ndarray, random: np.random.Generator) -> Nodes:
    """Cut each tree's rows until every leaf holds equal rows.

    Args:
        points: shape (drawn, features), float32.
        places: shape (trees, size), the trees' rows as places in `points`.
        random: draws the cuts.
    """
    trees, size = places.shape
    level = _Level(places.ravel(), np.arange(trees) * size)
    grown: list[Nodes] = []
    known = trees
    while len(level.starts):
        nodes, level = _cut(points, level, known, random)
        known += len(level.starts)
        grown.append(nodes)
    fields = Nodes.__dataclass_fields__
    return Nodes(*(np.concatenate([getattr(n, f) for n in grown]) for f in fields))


def _cut(
    points: np.ndarray, level: _Level, known: int, random: np.random.Generator
) -> tuple[Nodes, _Level]:
    """One depth's nodes, and the level of their children, numbered from `known`."""
    values = points[level.rows]
    low = np.minimum.reduceat(values, level.starts, axis=0)
    high = np.maximum.reduceat(values, level.starts, axis=0)
    dimension, cut = _choose(low, high, random)
    inner = (low != high).any(axis=1)
    first = np.where(inner, known + 2 * (np.cumsum(inner) - 1), LEAF)
    nodes = Nodes(
        first.astype(np.int32),
        dimension.astype(np.int32),
        cut,
        level.mass.astype(np.int32),
        level.rows[level.starts].astype(np.int32),
    )
    node = np.repeat(np.arange(len(inner)), level.mass)
    child = first[node] + (values[np.arange(len(values)), dimension[node]] > cut[node])
    return nodes, _children(level.rows[inner[node]], child[inner[node]] - known)


def _choose(
    low: np.ndarray, high: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The cut of each box, shape (boxes, features): its dimension and its place.

    The sides laid end to end are a line; a point on it is uniform, and gives both.
    """
    line = np.cumsum(high.astype(np.float64) - low, axis=1)
    length = line[:, -1]
    at = np.minimum(random.random(len(low)) * length, np.nextafter(length, 0))
    # Boxes without extent are leaves: `at` is not below the line's end there.
    dimension = np.minimum((line <= at[:, None]).sum(axis=1), low.shape[1] - 1)
    every = np.arange(len(low))
    to_end = line[every, dimension] - at
    top = high[every, dimension]
    cut = (top - to_end).astype(np.float32)
    # Rounded to float32, it still has to leave a row on either side.
    cut = np.minimum(cut, np.nextafter(top, np.float32(-np.inf)))
    cut = np.maximum(cut, low[every, dimension])
    return dimension, np.where(length > 0, cut, np.float32(0))


def _children(rows: np.ndarray, child: np.ndarray) -> _Level:
    """The next level: rows by their child, numbered from 0 without a gap."""
    order = np.argsort(child, kind="stable")
    mass = np.bincount(child)
    return _Level(rows[order], np.cumsum(mass) - mass)
