"""Modes `skipgram`, `cbow` and `batch_skipgram`: vectors of words, on gensim.

Mikolov et al., "Distributed Representations of Words and Phrases and their
Compositionality", https://arxiv.org/abs/1310.4546; with `subwords`, Bojanowski et al.,
"Enriching Word Vectors with Subword Information", https://arxiv.org/abs/1607.04606.
"""

import json
import math
from typing import Any

import numpy as np

from cloudlet.algorithms import deep, hosts, log, quality
from cloudlet.algorithms.blazingtext import corpus, fasttext_file
from cloudlet.algorithms.blazingtext.vocabulary import (
    Buckets,
    Vocabulary,
    buckets_for,
    character_ngrams,
)
from cloudlet.runner.container import ClientError, Container

TEXT_NAME, NAME = "vectors.txt", "vectors.bin"
SEED = 1
#: Pairs of words in WordSimilarity-353.
_PAIRS = 353


def train(container: Container, values: dict[str, Any]) -> None:
    """Train on channel `train` and write `vectors.txt` and `vectors.bin`.

    Raises:
        ClientError: gensim is missing, or the data are at fault.
    """
    if said := deep.missing("BlazingText"):
        raise ClientError(said)
    corpus.kind(container, "train", (corpus.TEXT,))
    sentences = corpus.Sentences(container, "train")
    model = _model(values)
    model.build_vocab(sentences)
    if not len(model.wv):
        raise ClientError(
            f"No word occurs {values['min_count']} times in channel 'train': min_count"
            " is too large, or the lines have no words."
        )
    log.info(f"Number of words in dictionary: {len(model.wv)}")
    buckets = _prepare(model, values) if values["subwords"] else Buckets(0)
    model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
    _check(model, values)
    container.model.mkdir(parents=True, exist_ok=True)
    model.wv.save_word2vec_format(str(container.model / TEXT_NAME))
    fasttext_file.write(container.model / NAME, _binary(model, values, buckets))
    if values["evaluation"]:
        _evaluate(container, model.wv)


def _model(values: dict[str, Any]) -> Any:
    """gensim's model, before it has seen the text."""
    options = {
        "sg": int(values["mode"] != "cbow"),
        "vector_size": values["vector_dim"],
        "window": values["window_size"],
        "negative": values["negative_samples"],
        "alpha": values["learning_rate"],
        "min_alpha": values["learning_rate"] * 1e-4,  # word2vec.c's end
        "min_count": values["min_count"],
        "sample": values["sampling_threshold"],
        "epochs": values["epochs"],
        "seed": SEED,
        "workers": 1,  # several threads are not reproducible
    }
    from gensim import models

    if not values["subwords"]:
        return models.Word2Vec(**options)
    lengths = {"min_n": values["min_char"], "max_n": values["max_char"]}
    # `_prepare` makes the buckets: gensim would make those that no word uses too.
    return models.FastText(**options, **lengths, bucket=1)


def _prepare(model: Any, values: dict[str, Any]) -> Buckets:
    """Give the words their subwords, and these their first vectors."""
    lengths = values["min_char"], values["max_char"]
    words = model.wv.index_to_key
    hashes = [
        np.fromiter(character_ngrams(word, *lengths), np.uint64) for word in words
    ]
    dim = values["vector_dim"]
    joined = [np.concatenate(hashes)]
    buckets = buckets_for(joined, values["buckets"], dim)
    noise = np.random.default_rng(SEED + 1).random((buckets.size, dim), np.float32)
    model.wv.bucket = buckets.size
    model.wv.buckets_word = [buckets.rows(one).astype(np.uint32) for one in hashes]
    model.wv.vectors_ngrams = (noise - np.float32(0.5)) * np.float32(2 / dim)
    return buckets


def _check(model: Any, values: dict[str, Any]) -> None:
    if not np.isfinite(model.wv.vectors).all():
        raise ClientError(
            f"Training diverged: learning_rate {values['learning_rate']} is too large"
            " for these data."
        )


def _binary(
    model: Any, values: dict[str, Any], buckets: Buckets
) -> fasttext_file.Model:
    words = model.wv.index_to_key
    counts = [int(model.wv.get_vecattr(word, "count")) for word in words]
    vocabulary = Vocabulary(
        [word.encode() for word in words], counts, [], [], model.corpus_total_words
    )
    subwords = values["subwords"]
    rows = model.wv.vectors
    if subwords:
        rows = np.concatenate([model.wv.vectors_vocab, model.wv.vectors_ngrams])
    cbow = values["mode"] == "cbow"
    arguments = fasttext_file.Arguments(
        dim=values["vector_dim"],
        ws=values["window_size"],
        epoch=values["epochs"],
        min_count=values["min_count"],
        neg=values["negative_samples"],
        word_ngrams=1,
        loss=fasttext_file.NEGATIVE_SAMPLING,
        model=fasttext_file.CBOW if cbow else fasttext_file.SKIPGRAM,
        bucket=buckets.number,
        minn=values["min_char"] if subwords else 0,
        maxn=values["max_char"] if subwords else 0,
        t=values["sampling_threshold"],
    )
    return fasttext_file.Model(arguments, vocabulary, buckets, rows, model.syn1neg)


def _evaluate(container: Container, vectors: Any) -> None:
    """Spearman's rank correlation with WordSimilarity-353, and `eval.json`."""
    from gensim.test.utils import datapath

    pairs = datapath("wordsim353.tsv")
    try:
        _, (rho, _), missing = vectors.evaluate_word_pairs(pairs)
    except ValueError:  # no pair is in the text
        rho = math.nan
    if math.isnan(rho):
        log.warning("Too few words of WordSimilarity-353 are in the text: no mean_rho")
        return
    told = {
        "EN-WS-353-ALL.txt": {
            "not_found": round(missing * _PAIRS / 100),
            "spearmans_rho": float(rho),
            "total_pairs": _PAIRS,
        },
        "mean_rho": float(rho),
    }
    (container.model / "eval.json").write_text(json.dumps(told, indent=4))
    quality.report(hosts.current(container), "train:mean_rho", rho)
