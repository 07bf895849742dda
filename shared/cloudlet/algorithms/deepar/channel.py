"""The series of a training channel: JSON Lines, gzipped or not, and Parquet.

https://docs.aws.amazon.com/sagemaker/latest/dg/deepar.html#deepar-inputoutput: the
format is that of the channel's content type, or else of the file's extension. Files
whose names begin with a period, and `_SUCCESS`, are passed over.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudlet.algorithms import hosts
from cloudlet.algorithms.deepar.series import Series, parse
from cloudlet.algorithms.formats import media_type
from cloudlet.runner.container import ClientError, Container

_JSON, _PARQUET = "json", "parquet"
_CONTENT_TYPES = {
    "json": _JSON,
    "json.gz": _JSON,
    "jsonlines": _JSON,
    "application/json": _JSON,
    "application/jsonlines": _JSON,
    "parquet": _PARQUET,
    "application/x-parquet": _PARQUET,
}
_SUFFIXES = {".json": _JSON, ".jsonl": _JSON, ".parquet": _PARQUET}
_GZIP = b"\x1f\x8b"


def load(container: Container, name: str) -> list[Series] | None:
    """All series of a channel, over all hosts; None on a host that does not train.

    They come in the order of the hosts, and of the files' names.

    Raises:
        ClientError: there is none, or a file or record cannot be read.
        AlgorithmError: the other hosts do not answer.
    """
    own: list[Series] = []

    def read() -> bytes:
        own.extend(_read(container, name))
        return b"" if hosts.current(container) == "algo-1" else _packed(own)

    shares = hosts.gather(container, name, read)
    if shares is None:
        return None
    others = (parse(json.loads(line)) for share in shares for line in share.split())
    found = [*own, *others]
    if not found:
        raise ClientError(
            f"No data was found in channel '{name}': its files hold no time series."
        )
    return found


def _packed(series: list[Series]) -> bytes:
    """What another host sends, a record a line, without a blank in it."""
    lines = (json.dumps(one.record(), separators=(",", ":")) for one in series)
    return "\n".join(lines).encode()


def _read(container: Container, name: str) -> Iterator[Series]:
    """This host's own."""
    content_type = container.input_data_config()[name].get("ContentType") or "auto"
    for file in _files(container.channel(name)):
        shown = f"channel '{name}', file '{file.name}'"
        form = _format(file, content_type, shown)
        records = _json(file, shown) if form == _JSON else _parquet(file, shown)
        for place, record in records:
            try:
                yield parse(record)
            except ValueError as error:
                raise ClientError(f"Bad record in {shown}, {place}: {error}") from error


def _files(folder: Path) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(f for f in files if f.name[0] != "." and f.name != "_SUCCESS")


def _format(file: Path, content_type: str, shown: str) -> str:
    kind = media_type(content_type)[0]
    if kind in _CONTENT_TYPES:
        return _CONTENT_TYPES[kind]
    if kind != "auto":
        raise ClientError(
            f"The content type {content_type} of {shown} is not supported: use"
            f" {', '.join(_CONTENT_TYPES)}."
        )
    suffix = Path(file.name.removesuffix(".gz")).suffix
    if suffix not in _SUFFIXES:
        raise ClientError(
            f"The format of {shown} cannot be told by its extension (.json, .json.gz"
            " or .parquet): set the channel's ContentType to json or parquet."
        )
    return _SUFFIXES[suffix]


def _json(file: Path, shown: str) -> Iterator[tuple[str, Any]]:
    body = file.read_bytes()
    try:
        text = (gzip.decompress(body) if body.startswith(_GZIP) else body).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ClientError(f"Cannot read {shown} as JSON Lines: {error}") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ClientError(
                f"Cannot read {shown} as JSON Lines, line {number}: {error}"
            ) from error


def _parquet(file: Path, shown: str) -> Iterator[tuple[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet

    fields = ["start", "target", "cat", "dynamic_feat"]
    try:
        # A partitioning guessed from the folders would add columns.
        table = pyarrow.parquet.read_table(file, partitioning=None)
        names = [name for name in fields if name in table.column_names]
        columns = [table.column(name).to_pandas() for name in names]
    except (pa.ArrowException, OSError) as error:
        raise ClientError(f"Cannot read {shown} as Parquet: {error}") from error
    for number, row in enumerate(zip(*columns, strict=True), 1):
        yield f"row {number}", dict(zip(names, row, strict=True))
