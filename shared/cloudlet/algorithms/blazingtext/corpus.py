"""The files of a channel: sentences for Word2Vec, labelled lines for `supervised`.

https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext.html, "Training and
Validation Data Format". Text has one sentence a line and blanks between tokens; JSON
Lines have `{"source": "some text", "label": 1}`, or a list of labels.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cloudlet.algorithms import channels
from cloudlet.algorithms.blazingtext.vocabulary import LABEL
from cloudlet.algorithms.formats import media_type
from cloudlet.runner.container import ClientError, Container

TEXT, JSON_LINES = "text/plain", "application/jsonlines"

_BLOCK = 2**20
#: gensim takes no longer sentences.
_LONGEST = 10_000


def files(container: Container, name: str) -> list[Path]:
    """The channel's files; raises ClientError if they hold nothing."""
    found = channels.data_files(container, name)
    if not found:
        raise ClientError(
            f"No data was found in channel '{name}': its files hold no line."
        )
    return found


def kind(container: Container, name: str, allowed: Sequence[str]) -> str:
    """The channel's content type, plain text if it has none.

    Raises:
        ClientError: it is not among `allowed`.
    """
    given = container.input_data_config()[name].get("ContentType") or TEXT
    found = media_type(given)[0]
    if found not in allowed:
        raise ClientError(
            f"The content type {given} of channel '{name}' is not supported:"
            f" use {' or '.join(allowed)}."
        )
    return found


class Sentences:
    """The tokens of each line, as often as they are asked for.

    Args:
        container: the job's.
        name: the channel.

    Raises:
        ClientError: the channel is empty, or not UTF-8.
    """

    def __init__(self, container: Container, name: str) -> None:
        self._files, self._name = files(container, name), name

    def __iter__(self) -> Iterator[list[str]]:
        for file in self._files:
            for line in _pieces(file):
                words = _decoded(line, file, self._name).replace("\0", " ").split()
                for start in range(0, len(words), _LONGEST):
                    yield words[start : start + _LONGEST]


def _pieces(file: Path) -> Iterator[bytes]:
    """Lines; of a very long one (text8 is one line) parts that end at a blank."""
    rest = b""
    with file.open("rb") as opened:
        while piece := opened.readline(_BLOCK):
            piece, rest = rest + piece, b""
            if not piece.endswith(b"\n") and b" " in piece:
                piece, _, rest = piece.rpartition(b" ")
            yield piece
    yield rest


def blocks(container: Container, name: str) -> Iterator[bytes]:
    """The channel's labelled lines, many at a time, as text.

    Raises:
        ClientError: the channel is empty, not UTF-8, or its lines are no such JSON.
    """
    is_json = kind(container, name, (TEXT, JSON_LINES)) == JSON_LINES
    for file in files(container, name):
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK) + opened.readline():
                text = _decoded(block, file, name)
                if is_json:
                    yield _from_json(text, file, name)
                else:
                    yield block if block.endswith(b"\n") else block + b"\n"


def _decoded(content: bytes, file: Path, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ClientError(
            f"Unable to read data channel '{name}': file '{file.name}' is not text in"
            f" UTF-8 ({error})"
        ) from error


def _from_json(text: str, file: Path, name: str) -> bytes:
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        return "".join(_line(json.loads(line)) for line in lines).encode()
    except (ValueError, KeyError, TypeError) as error:
        raise ClientError(
            f"Unable to read data channel '{name}'. Requested content-type is"
            f" '{JSON_LINES}'. Please verify that the data matches the requested"
            f" content-type: each line has a text 'source' and a 'label', or a list of"
            f" them (file '{file.name}': {error!r})"
        ) from error


def _line(record: Any) -> str:
    labels, source = record["label"], record["source"]
    if not isinstance(source, str):
        raise TypeError(f"the source {source!r} is not a text")
    listed = labels if isinstance(labels, list) else [labels]
    return " ".join([*map(_label, listed), *source.split()]) + "\n"


def _label(label: Any) -> str:
    if isinstance(label, bool) or not isinstance(label, int | str):
        raise TypeError(f"the label {label!r} is neither a number nor a text")
    text = str(label)
    if len(text.split()) != 1:
        raise ValueError(f"the label {text!r} is empty or has blanks")
    mark = LABEL.decode()
    return text if text.startswith(mark) else mark + text
