"""A forest that scores: how much a row would change the trees that it is put into.

The score is that of AWS's forest (github.com/aws/random-cut-forest-by-aws,
`AnomalyScoreVisitor`), an expectation over the insertion of Guha et al. (ICML 2016),
Algorithm 2: at a node of depth n, a random cut of the node's box, widened by the row,
parts the row from all others with probability (widening / widened sides). It would then
be a leaf there and score 1 / (n + 1); otherwise it goes on to the child on its side.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from cloudlet.algorithms.dataset import Dataset, Features
from cloudlet.algorithms.random_cut_forest.growing import LEAF, Nodes

_BLOCK = 1 << 19
"""Values that are handled at once: these arrays stay in the processor's cache."""
_PAIR = 16
"""What a row costs at a node beside its values, in values."""
_ROWS = 1024


@dataclass(frozen=True)
class Forest:
    """Trees, with the boxes of their nodes.

    Attributes:
        nodes: of all trees.
        trees: how many.
        low: shape (nodes, features), float32: the least values of each node's rows.
        high: the greatest.
        sides: shape (nodes,), float64: the sum of each box's sides.
    """

    nodes: Nodes
    trees: int
    low: np.ndarray
    high: np.ndarray
    sides: np.ndarray

    @classmethod
    def of(cls, nodes: Nodes, trees: int, points: np.ndarray) -> "Forest":
        """The forest of these nodes over `points`, shape (drawn, features)."""
        low = points[nodes.point]
        high = low.copy()
        for level in reversed(_inner_levels(nodes, trees)):
            first = nodes.first_child[level]
            low[level] = np.minimum(low[first], low[first + 1])
            high[level] = np.maximum(high[first], high[first + 1])
        sides = (high.astype(np.float64) - low).sum(axis=1)
        return cls(nodes, trees, low, high, sides)

    @property
    def width(self) -> int:
        """How many features a row has."""
        return int(self.low.shape[1])

    def score(self, rows: Features) -> np.ndarray:
        """The anomaly scores of rows, shape (rows, features) → (rows,), float64.

        A score is the mean over the trees, times log2(the rows of a tree + 1).
        """
        many, cost = rows.shape[0], self.width + _PAIR
        count = min(many, _ROWS, max(1, _BLOCK // cost))
        step = max(1, _BLOCK // (count * cost))
        jobs = [
            (slice(row, row + count), np.arange(tree, min(tree + step, self.trees)))
            for row in range(0, many, count)
            for tree in range(0, self.trees, step)
        ]
        total = np.zeros(many)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            scored = pool.map(lambda job: self._sums(rows[job[0]], job[1]), jobs)
            for (part, _), sums in zip(jobs, scored, strict=True):
                total[part] += sums
        return total / self.trees * float(np.log2(self.nodes.mass[0] + 1))

    def _sums(self, features: Features, trees: np.ndarray) -> np.ndarray:
        """Each row's sum of depth scores in some trees, shape (rows,)."""
        rows = Dataset(features, None).dense()
        score = np.zeros(len(trees) * len(rows))
        # Pairs of tree and row that are still on their way: where, how likely.
        pair: np.ndarray = np.arange(len(score))
        node: np.ndarray = np.repeat(trees, len(rows))
        reach: np.ndarray = np.ones(len(score))
        depth = 0
        while len(pair):
            row = pair % len(rows)
            parted = self._parted(rows, row, node)
            here = parted / (depth + 1)
            seen = np.flatnonzero(np.isnan(here))
            here[seen] = self._seen(node.take(seen), depth)
            score[pair] += reach * here
            inner = np.flatnonzero(self.nodes.first_child.take(node) != LEAF)
            pair, node = pair.take(inner), node.take(inner)
            reach = (reach * (1 - parted)).take(inner)
            node = self._child(rows, row.take(inner), node)
            depth += 1
        return np.asarray(score.reshape(len(trees), -1).sum(axis=0))

    def _child(self, rows: np.ndarray, row: np.ndarray, node: np.ndarray) -> np.ndarray:
        """The children on the rows' sides of the nodes' cuts, shape (pairs,)."""
        value = rows[row, self.nodes.dimension.take(node)]
        beyond = value > self.nodes.cut.take(node)
        return np.asarray(self.nodes.first_child.take(node) + beyond)

    def _parted(
        self, rows: np.ndarray, row: np.ndarray, node: np.ndarray
    ) -> np.ndarray:
        """How likely a cut of the widened box parts the row from it; shape (pairs,).

        NaN where the box is a leaf's point and the row is the same.
        """
        value = rows.take(row, axis=0)
        nearest = np.maximum(self.low.take(node, axis=0), value)
        np.minimum(nearest, self.high.take(node, axis=0), out=nearest)
        with np.errstate(over="ignore", invalid="ignore"):
            nearest -= value
            np.abs(nearest, out=nearest)
            widening = np.einsum("ij->i", nearest).astype(np.float64)
            sides = self.sides.take(node)
            # Not widening / (…): that would be NaN for a widening beyond float32.
            return np.asarray(1 - sides / (sides + widening))

    def _seen(self, node: np.ndarray, depth: int) -> np.ndarray:
        """The score of a row that is equal to a leaf's, if the nodes are such leaves.

        Every equal row in the sample makes it less of an anomaly.
        """
        mass = self.nodes.mass.take(node)
        damp = 1 - mass / (2 * self.nodes.mass[0])
        return np.asarray(damp / (depth + np.log2(mass + 1)))


def _inner_levels(nodes: Nodes, trees: int) -> list[np.ndarray]:
    """The nodes with children, depth by depth; a level's children are the next one."""
    levels, begin, end = [], 0, trees
    while begin < end:
        level = begin + np.flatnonzero(nodes.first_child[begin:end] != LEAF)
        levels.append(level)
        begin, end = end, end + 2 * len(level)
    return levels
