"""Serve BlazingText: vectors of words, or labels of sentences.

`{"instances": ["a word"]}` is answered by `[{"word": "a word", "vector": [0.1, …]}]`;
of a classifier, `{"instances": ["a sentence"], "configuration": {"k": 2}}` by
`[{"label": ["__label__1", "__label__2"], "prob": [0.8, 0.1]}]`. In JSON Lines each line
is `{"source": "a sentence", "k": 2}`. `k` means nothing to vectors of words and is
passed over. The answer's type is the request's, and `Accept` is ignored. Source:
https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext.html, "Model Artifacts and
Inference".
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cloudlet.algorithms.blazingtext import fasttext_file
from cloudlet.algorithms.blazingtext.classifier import Weights, means, probabilities
from cloudlet.algorithms.blazingtext.fasttext_file import Model
from cloudlet.algorithms.blazingtext.lines import Encoder, tokenise
from cloudlet.algorithms.blazingtext.vocabulary import character_ngrams
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.serving import ModelLoadError, PayloadError, Predictor

JSON, JSON_LINES = "application/json", "application/jsonlines"
_NAMES = ("model.bin", "vectors.bin")


class Question(NamedTuple):
    """A word or a sentence, and how many labels are wanted."""

    text: str
    k: int


Answerer = Callable[[Sequence[Question]], list[dict[str, Any]]]


def load(model_dir: Path) -> Predictor:
    """Load `model.bin` or `vectors.bin`; raises ModelLoadError."""
    path = next((p for n in _NAMES if (p := model_dir / n).exists()), None)
    if path is None:
        raise ModelLoadError(
            f"Unable to load the model: {' or '.join(_NAMES)} is missing"
        )
    try:
        model = fasttext_file.read(path)
        return TextPredictor(_answerer(model))
    except (OSError, ValueError) as error:
        raise ModelLoadError(
            f"Unable to load the model {path.name}: {error}"
        ) from error


def _answerer(model: Model) -> Answerer:
    """What answers for the model; ValueError for one that is not offered."""
    arguments = model.arguments
    if arguments.model != fasttext_file.SUPERVISED:
        return WordVectors(model)
    if arguments.loss != fasttext_file.SOFTMAX or arguments.maxn:
        raise ValueError(
            "it is a classifier with another loss than softmax or subwords"
        )
    return Classifier(model)


class TextPredictor:
    """A Predictor around a function from texts to records."""

    def __init__(self, answer: Answerer) -> None:
        self._answer = answer

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`."""
        kind = media_type(content_type)[0] if content_type.strip() else JSON
        readers = {JSON: _from_json, JSON_LINES: _from_json_lines}
        if kind not in readers:
            raise PayloadError(
                f"Content-type {content_type} is not supported: use {JSON} or"
                f" {JSON_LINES}",
                status=415,
            )
        try:
            questions = readers[kind](body.decode("utf-8"))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PayloadError(
                f"unable to evaluate payload provided: it cannot be read as {kind}:"
                f" {error!r}"
            ) from error
        if not questions:
            raise PayloadError("unable to evaluate payload provided: it has no text")
        records = self._answer(questions)
        if kind == JSON:
            return json.dumps(records).encode(), kind
        return "".join(json.dumps(record) + "\n" for record in records).encode(), kind


def _from_json(body: str) -> list[Question]:
    given = json.loads(body)
    k = (given.get("configuration") or {}).get("k", 1)
    if not isinstance(given["instances"], list):
        raise TypeError("'instances' is not a list")
    return [_question(text, k) for text in given["instances"]]


def _from_json_lines(body: str) -> list[Question]:
    records = [json.loads(line) for line in body.split("\n") if line.strip()]
    return [_question(record["source"], record.get("k", 1)) for record in records]


def _question(text: Any, k: Any) -> Question:
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is not a text")
    text.encode()  # half a character is a ValueError
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(f"k is {k!r}, and has to be a whole number from 1")
    return Question(text, k)


class Classifier:
    """Answers the likeliest labels of sentences."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._weights = Weights(model.input, model.output)
        self._names = np.array(
            [label.decode("utf-8", "replace") for label in model.vocabulary.labels],
            object,
        )
        _ = model.vocabulary.word_numbers  # made once, before requests come

    def __call__(self, questions: Sequence[Question]) -> list[dict[str, Any]]:
        """One record for each sentence; no label for one without any known word."""
        sentences = (" ".join(q.text.split()).encode() + b"\n" for q in questions)
        tokens = tokenise([b"".join(sentences)])
        model = self._model
        ngrams = model.arguments.word_ngrams
        lines = Encoder(tokens, model.vocabulary, ngrams).lines(model.buckets)
        found = np.concatenate(list(probabilities(lines, self._weights)))
        wanted = np.where(np.diff(lines.starts) > 0, [q.k for q in questions], 0)
        order = np.argsort(-found, axis=1, kind="stable")[:, : max(wanted.max(), 1)]
        chances = np.take_along_axis(found, order, axis=1).tolist()
        labels = self._names[order].tolist()
        return [
            {"label": label[:k], "prob": chance[:k]}
            for label, chance, k in zip(labels, chances, wanted.tolist(), strict=True)
        ]


class WordVectors:
    """Answers the vectors of words: of unknown ones by subwords, or zeros."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._numbers = model.vocabulary.word_numbers

    def __call__(self, questions: Sequence[Question]) -> list[dict[str, Any]]:
        """One record for each word."""
        rows = [self._rows(q.text) for q in questions]
        starts = np.cumsum([0, *map(len, rows)])
        vectors = means(np.concatenate(rows), starts, self._model.input).tolist()
        return [
            {"word": question.text, "vector": vector}
            for question, vector in zip(questions, vectors, strict=True)
        ]

    def _rows(self, word: str) -> np.ndarray:
        """The rows of the input matrix whose mean is the word's vector."""
        model, arguments = self._model, self._model.arguments
        number = self._numbers.get(word.encode())
        own = np.array([] if number is None else [number], np.int64)
        if not arguments.maxn:
            return own
        ngrams = character_ngrams(word, arguments.minn, arguments.maxn)
        found = model.buckets.rows(np.fromiter(ngrams, np.uint64))
        return np.concatenate([own, found[found >= 0] + len(self._numbers)])
