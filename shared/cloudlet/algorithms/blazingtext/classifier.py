"""fastText's classifier: a softmax over the mean of a line's feature vectors.

Joulin et al., "Bag of Tricks for Efficient Text Classification",
https://arxiv.org/abs/1607.01759. As in fastText, the input vectors begin as uniform
noise, the output vectors at zero; the rate falls linearly to zero; a line with several
labels is trained on one of them, drawn anew each time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from cloudlet.algorithms.blazingtext.lines import Lines
from cloudlet.runner.container import ClientError

SEED = 0
#: Lines whose gradients are summed: about fastText's default of 12 threads, which do
#: not wait for each other either.
BATCH = 16
_SCORED = 4096


@dataclass(frozen=True)
class Weights:
    """What is learned.

    Attributes:
        input: shape (words + buckets, dim), float32.
        output: shape (labels, dim), float32.
    """

    input: np.ndarray
    output: np.ndarray

    def copy(self) -> "Weights":
        """The same numbers, in arrays of their own."""
        return Weights(self.input.copy(), self.output.copy())


@dataclass(frozen=True)
class _Batch:
    """Lines that are trained together.

    Attributes:
        lines: their numbers.
        rows: the features that they have, each once.
        features: shape (lines, rows): how often each line has each.
        transposed: the same, shape (rows, lines).
        share: shape (lines, 1): 1 over a line's number of features.
    """

    lines: np.ndarray
    rows: np.ndarray
    features: Any
    transposed: Any
    share: np.ndarray


def fit(
    lines: Lines,
    shape: tuple[int, int],
    values: dict[str, Any],
    goes_on: Callable[[int, Weights], bool],
) -> Weights:
    """Train.

    Args:
        lines: the training data.
        shape: rows of the input matrix, and labels.
        values: `vector_dim`, `epochs` and `learning_rate`.
        goes_on: asked after each epoch, counted from 1; False ends training.

    Raises:
        ClientError: the numbers grew out of bounds.
    """
    random = np.random.default_rng(SEED)
    weights = _initial(random, shape, values["vector_dim"])
    batches = list(_batches(random, lines))
    widest = max(len(batch.rows) for batch in batches)
    workspace = np.empty((widest, values["vector_dim"]), np.float32)
    steps = len(batches) * values["epochs"]
    step = 0
    for epoch in range(1, values["epochs"] + 1):
        targets = _targets(random, lines)
        for number in random.permutation(len(batches)):
            batch = batches[number]
            rate = values["learning_rate"] * (1 - step / steps)
            # Overflow is told below, once.
            with np.errstate(all="ignore"):
                _learn(weights, batch, targets[batch.lines], rate, workspace)
            step += 1
        if not np.isfinite(weights.output).all():
            raise ClientError(
                f"Training diverged in epoch {epoch}: learning_rate"
                f" {values['learning_rate']} is too large for these data."
            )
        if not goes_on(epoch, weights):
            break
    return weights


def _initial(random: np.random.Generator, shape: tuple[int, int], dim: int) -> Weights:
    noise = random.random((shape[0], dim), np.float32)
    noise -= 0.5
    noise *= 2 / dim
    return Weights(noise, np.zeros((shape[1], dim), np.float32))


def _batches(random: np.random.Generator, lines: Lines) -> Iterator[_Batch]:
    """The lines that can be trained on, shuffled once, in batches."""
    sizes = np.diff(lines.starts)
    usable = lines.labelled[sizes[lines.labelled] > 0]
    order = random.permutation(usable)
    for first in range(0, len(order), BATCH):
        chosen = order[first : first + BATCH]
        found = [lines.features[lines.starts[n] : lines.starts[n + 1]] for n in chosen]
        rows, places = np.unique(np.concatenate(found), return_inverse=True)
        ends = np.concatenate([[0], np.cumsum(sizes[chosen])])
        ones = np.ones(len(places), np.float32)
        features = csr_matrix(
            (ones, places.astype(np.int32), ends.astype(np.int32)),
            shape=(len(chosen), len(rows)),
        )
        share = (1 / sizes[chosen])[:, None].astype(np.float32)
        yield _Batch(chosen, rows, features, features.T, share)


def _targets(random: np.random.Generator, lines: Lines) -> np.ndarray:
    """One label of each labelled line, shape (lines,)."""
    counts = np.diff(lines.label_starts)
    drawn = lines.label_starts[:-1] + (random.random(lines.count) * counts).astype(int)
    targets = np.zeros(lines.count, np.int64)
    targets[counts > 0] = lines.labels[drawn[counts > 0]]
    return targets


def _learn(
    weights: Weights,
    batch: _Batch,
    targets: np.ndarray,
    rate: float,
    workspace: np.ndarray,
) -> None:
    """One step of gradient descent, in place.

    `workspace` has room for the batch's rows: fresh memory costs more than the sums.
    """
    rows = workspace[: len(batch.rows)]
    # Without `clip`, NumPy would first take them into memory of its own.
    weights.input.take(batch.rows, axis=0, out=rows, mode="clip")
    hidden = (batch.features @ rows) * batch.share
    error = softmax(hidden @ weights.output.T)
    error[np.arange(len(targets)), targets] -= 1
    error *= np.float32(rate)
    back = (error @ weights.output) * batch.share
    weights.output[...] -= error.T @ hidden
    rows -= batch.transposed @ back
    weights.input[batch.rows] = rows


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities, shape (lines, labels); `scores` is overwritten."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def means(features: np.ndarray, starts: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The mean of each line's vectors, shape (lines, dim); zeros for an empty line.

    Args:
        features: rows of `vectors`, line after line.
        starts: shape (lines + 1,): where each line's features begin, from 0.
        vectors: shape (rows, dim).
    """
    sizes = np.diff(starts)
    counted = csr_matrix(
        (np.ones(len(features), np.float32), features, starts),
        shape=(len(sizes), len(vectors)),
    )
    share = (1 / np.maximum(sizes, 1))[:, None].astype(np.float32)
    mean: np.ndarray = counted @ vectors * share
    return mean


def probabilities(lines: Lines, weights: Weights) -> Iterator[np.ndarray]:
    """The probability of each label, shape (some lines, labels), in the lines' order.

    A line without features has the same probability for all.
    """
    for first in range(0, lines.count, _SCORED):
        starts = lines.starts[first : first + _SCORED + 1]
        features = lines.features[starts[0] : starts[-1]]
        hidden = means(features, starts - starts[0], weights.input)
        yield softmax(hidden @ weights.output.T)


def accuracy(lines: Lines, weights: Weights) -> float:
    """Of the lines that have labels, the part whose likeliest label is one of them."""
    best = np.concatenate([p.argmax(axis=1) for p in probabilities(lines, weights)])
    owner = np.repeat(np.arange(lines.count), np.diff(lines.label_starts))
    right = np.unique(owner[lines.labels == best[owner]])
    return len(right) / len(lines.labelled)
