"""Pairs of an entity and an IPv4 address: from text to numbers.

https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights-training-data-formats.html:
CSV without header and with two columns, an opaque string that names the entity, and its
address in decimal-dot notation. Blanks around either are dropped.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

_COLUMNS = ["entity", "address"]
_NUMBER = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = rf"\A{_NUMBER}(?:\.{_NUMBER}){{3}}\z"

Texts = Any
"""A pyarrow.ChunkedArray of strings."""


class PairError(ValueError):
    """A row that is no pair of an entity and an address; the text says which."""


def read_csv(source: Path | bytes) -> tuple[Texts, Texts]:
    """The columns of entities and addresses, as texts.

    Raises:
        ValueError: it is no CSV, or has rows of other than two columns.
    """
    # With names given, a lone line without an end is read too.
    table = pyarrow.csv.read_csv(
        BytesIO(source) if isinstance(source, bytes) else source,
        read_options=pyarrow.csv.ReadOptions(column_names=_COLUMNS),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(_COLUMNS, pa.string())
        ),
    )
    return table.column(0), table.column(1)


def numbers(entities: Texts, addresses: Texts) -> tuple[np.ndarray, np.ndarray]:
    """Texts as numbers: each entity's hash, uint64, and each address, uint32.

    Raises:
        PairError: an entity is empty, or an address is not one of IPv4.
    """
    entities = pc.utf8_trim_whitespace(entities)
    addresses = pc.utf8_trim_whitespace(addresses)
    _check(pc.not_equal(entities, ""), entities, "{} is an empty entity")
    _check(
        pc.match_substring_regex(addresses, _ADDRESS),
        addresses,
        "{} is not an IPv4 address in decimal-dot notation",
    )
    return _hashes(entities), _addresses(addresses)


def slots(hashes: np.ndarray, num_entity_vectors: int) -> np.ndarray:
    """Which of the vectors each entity has, uint32; entities can share one."""
    return (hashes % np.uint64(num_entity_vectors)).astype(np.uint32)


def _check(fits: Any, texts: Texts, says: str) -> None:
    row = pc.index(fits, False).as_py()
    if row >= 0:
        raise PairError(f"row {row + 1}: {says.format(repr(texts[row].as_py()))}")


def _hashes(entities: Texts) -> np.ndarray:
    """SipHash with pandas' fixed key: the same in every process."""
    hashed = [np.empty(0, np.uint64)]
    for chunk in entities.chunks:
        coded = chunk.dictionary_encode()
        known = coded.dictionary.to_numpy(zero_copy_only=False)
        hashes = pd.util.hash_array(known, categorize=False)
        hashed.append(hashes[coded.indices.to_numpy()])
    return np.concatenate(hashed)


def _addresses(texts: Texts) -> np.ndarray:
    flat = pc.list_flatten(pc.split_pattern(texts, "."))
    octets: np.ndarray = flat.cast(pa.uint8()).to_numpy()
    return octets.view(">u4").astype(np.uint32)
