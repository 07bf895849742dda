"""Serve IP Insights: how well an entity and an address go together.

`{"predictions": [{"dot_product": 2.1}]}`, and with `;verbose=True` after the Accept
type also `entity_embedding` and `ip_embedding`, source:
https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights-inference-data-formats.html.
CSV, JSON and JSON Lines in, JSON and JSON Lines out.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cloudlet.algorithms import artefact
from cloudlet.algorithms.dataset import CSV
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.ip_insights import pairs
from cloudlet.algorithms.ip_insights.network import ARRAYS, Network, dots
from cloudlet.algorithms.record_serving import (
    JSON,
    JSON_LINES,
    Record,
    accepted,
    encode,
    features,
)
from cloudlet.algorithms.serving import PayloadError, Predictor

_Texts = tuple[Any, Any]


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    about, arrays = artefact.read(model_dir, *ARRAYS)
    return IpInsightsPredictor(Network.of(arrays), int(about["num_entity_vectors"]))


class IpInsightsPredictor:
    """A Predictor around one network."""

    def __init__(self, network: Network, num_entity_vectors: int) -> None:
        self._network, self._num_entity_vectors = network, num_entity_vectors

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`."""
        answer_type = accepted(accept, (JSON, JSON_LINES))
        verbose = media_type(accept)[1].get("verbose") == "true"
        hashes, addresses = _parse(body, content_type)
        slots = pairs.slots(hashes, self._num_entity_vectors)
        records = self._records(slots, addresses, verbose)
        return encode(records, "predictions", answer_type), answer_type

    def _records(
        self, slots: np.ndarray, addresses: np.ndarray, verbose: bool
    ) -> Sequence[Record]:
        entity, address = self._network.embeddings(slots, addresses)
        scores = dots(entity, address).tolist()
        if not verbose:
            return [{"dot_product": score} for score in scores]
        both = zip(scores, entity.tolist(), address.tolist(), strict=True)
        return [
            {"dot_product": s, "entity_embedding": e, "ip_embedding": a}
            for s, e, a in both
        ]


def _parse(body: bytes, content_type: str) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of entities and addresses; PayloadError for what cannot be read."""
    readers: dict[str, Callable[[bytes], _Texts]] = {
        CSV: pairs.read_csv,
        JSON: _json,
        JSON_LINES: _json_lines,
    }
    kind = media_type(content_type)[0] if content_type.strip() else CSV
    kind = CSV if kind == "application/octet-stream" else kind
    if kind not in readers:
        raise PayloadError(
            f"Content-type {content_type} is not supported: use one of"
            f" {', '.join(readers)}",
            status=415,
        )
    try:
        hashes, addresses = pairs.numbers(*readers[kind](body))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PayloadError(
            f"unable to evaluate payload provided: it cannot be read as {kind}:"
            f" {_reason(error)}"
        ) from error
    if not len(hashes):
        raise PayloadError("unable to evaluate payload provided: it has no row")
    return hashes, addresses


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _json(body: bytes) -> _Texts:
    found = json.loads(body)
    return _texts(found.get("instances", [found]))


def _json_lines(body: bytes) -> _Texts:
    lines = body.decode("utf-8").splitlines()
    return _texts([json.loads(line) for line in lines if line.strip()])


def _texts(instances: Sequence[Any]) -> _Texts:
    columns: tuple[list[str], list[str]] = [], []
    for row, instance in enumerate(instances, 1):
        values = features(instance)["values"]
        if len(values) != 2:
            raise pairs.PairError(
                f"row {row} has {len(values)} values, and not 2, the entity and its"
                " IPv4 address"
            )
        for column, value in zip(columns, values, strict=True):
            column.append(_text(value, row))
    return tuple(pa.chunked_array([column], pa.string()) for column in columns)


def _text(value: Any, row: int) -> str:
    """A text, or a whole number that names an entity."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise pairs.PairError(f"row {row}: {json.dumps(value)} is not a text")
    return str(value)
