"""Mode `supervised`: read labelled lines, train, measure, write `model.bin`."""

from typing import Any

import numpy as np

from cloudlet.algorithms import hosts, log, quality
from cloudlet.algorithms.blazingtext import classifier, corpus, fasttext_file
from cloudlet.algorithms.blazingtext.classifier import Weights
from cloudlet.algorithms.blazingtext.lines import Encoder, Lines, Tokens, tokenise
from cloudlet.algorithms.blazingtext.vocabulary import (
    EOS,
    Buckets,
    Vocabulary,
    buckets_for,
    build,
)
from cloudlet.runner.container import ClientError, Container

NAME = "model.bin"


def train(container: Container, values: dict[str, Any]) -> None:
    """Train on channel `train`; channel `validation` is optional.

    Raises:
        ClientError: the data are at fault, or early stopping has nothing to look at.
    """
    validates = "validation" in container.input_data_config()
    if values["early_stopping"] and not validates:
        raise ClientError("early_stopping is True: it needs the channel 'validation'.")
    vocabulary, buckets, lines = _training_data(container, values)
    others = None
    if validates:
        others = _validation_data(container, values, vocabulary, buckets)
    shape = (len(vocabulary.words) + buckets.size, len(vocabulary.labels))
    host = hosts.current(container)
    watch = _Watch(host, others if values["early_stopping"] else None, values)
    weights = watch.best(classifier.fit(lines, shape, values, watch.goes_on))
    for channel, data in (("train", lines), ("validation", others)):
        if data is not None:
            log.info(f"Number of {channel} examples: {len(data.labelled)}")
            reached = classifier.accuracy(data, weights)
            quality.report(host, f"{channel}:accuracy", reached)
    container.model.mkdir(parents=True, exist_ok=True)
    made = fasttext_file.Model(
        _arguments(values, buckets), vocabulary, buckets, weights.input, weights.output
    )
    fasttext_file.write(container.model / NAME, made)


def _training_data(
    container: Container, values: dict[str, Any]
) -> tuple[Vocabulary, Buckets, Lines]:
    """Raises ClientError for a channel without words, or with fewer than two labels."""
    tokens = _tokens(container, "train")
    vocabulary = build(tokens.distinct, np.bincount(tokens.ids), values["min_count"])
    _check(vocabulary, values["min_count"])
    ngrams, buckets = values["word_ngrams"], Buckets(0)
    encoder = Encoder(tokens, vocabulary, ngrams)
    if ngrams > 1:
        buckets = buckets_for(encoder.hashes(), values["buckets"], values["vector_dim"])
    log.info(
        f"Read {vocabulary.tokens} words. Number of words in dictionary:"
        f" {len(vocabulary.words)}; labels: {len(vocabulary.labels)}; vectors of"
        f" n-grams: {buckets.size}"
    )
    lines = encoder.lines(buckets)
    _warn(lines, "train")
    return vocabulary, buckets, lines


def _tokens(container: Container, name: str) -> Tokens:
    tokens = tokenise(corpus.blocks(container, name))
    if not len(tokens.ids):
        raise ClientError(
            f"No data was found in channel '{name}': its files hold no line."
        )
    return tokens


def _check(vocabulary: Vocabulary, min_count: int) -> None:
    if not vocabulary.labels:
        raise ClientError(
            "No line of channel 'train' has a label, a word such as '__label__1'."
        )
    if len(vocabulary.labels) == 1:
        raise ClientError(
            "All lines of channel 'train' have the one label"
            f" '{vocabulary.labels[0].decode()}': there is nothing to tell apart."
        )
    if not set(vocabulary.words) - {EOS}:
        raise ClientError(
            f"No word occurs {min_count} times in channel 'train': min_count is too"
            " large, or the lines have no words."
        )


def _validation_data(
    container: Container,
    values: dict[str, Any],
    vocabulary: Vocabulary,
    buckets: Buckets,
) -> Lines:
    tokens = _tokens(container, "validation")
    lines = Encoder(tokens, vocabulary, values["word_ngrams"]).lines(buckets)
    if not len(lines.labelled):
        raise ClientError(
            "No line of channel 'validation' has a label, a word such as '__label__1'."
        )
    _warn(lines, "validation")
    return lines


def _warn(lines: Lines, name: str) -> None:
    unlabelled = lines.count - len(lines.labelled) - int(lines.blank.sum())
    if unlabelled > 0:
        log.warning(
            f"{unlabelled} lines of channel '{name}' have no label: passed over"
        )
    if unknown := int((lines.labels < 0).sum()):
        log.warning(
            f"{unknown} labels of channel '{name}' are not in channel 'train': they"
            " count as wrong"
        )


def _arguments(values: dict[str, Any], buckets: Buckets) -> fasttext_file.Arguments:
    return fasttext_file.Arguments(
        dim=values["vector_dim"],
        ws=5,
        epoch=values["epochs"],
        min_count=values["min_count"],
        neg=5,
        word_ngrams=values["word_ngrams"],
        loss=fasttext_file.SOFTMAX,
        model=fasttext_file.SUPERVISED,
        bucket=buckets.number,
        minn=0,
        maxn=0,
    )


class _Watch:
    """Early stopping: looks at the validation accuracy after each epoch.

    Args:
        host: for the log.
        lines: the validation data; None: it never stops.
        values: `min_epochs` and `patience`.
    """

    def __init__(self, host: str, lines: Lines | None, values: dict[str, Any]) -> None:
        self._host, self._lines = host, lines
        self._first, self._patience = values["min_epochs"], values["patience"]
        self._reached, self._waited = -1.0, 0
        self._best: Weights | None = None

    def goes_on(self, epoch: int, weights: Weights) -> bool:
        """Whether another epoch is worth while."""
        if self._lines is None or epoch < self._first:
            return True
        reached = classifier.accuracy(self._lines, weights)
        quality.report(self._host, "validation:accuracy", reached, epoch)
        if reached > self._reached:
            log.info("Validation accuracy improved! Storing best weights...")
            self._reached, self._waited, self._best = reached, 0, weights.copy()
            return True
        self._waited += 1
        log.info(
            f"Validation accuracy has not improved for last {self._waited} epochs."
        )
        if self._waited < self._patience:
            return True
        log.info("Reached early stopping criterion!")
        return False

    def best(self, last: Weights) -> Weights:
        """The best weights seen, or the last ones if none was stored."""
        return last if self._best is None else self._best
