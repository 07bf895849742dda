"""Serve DeepAR: forecasts as mean, quantiles and sample paths.

https://docs.aws.amazon.com/sagemaker/latest/dg/deepar-in-formats.html. A request is
JSON, or JSON Lines with a record a line, as batch transform sends them:

    {"instances": [{"start": "2024-01-01 00:00:00", "target": [4.0, "NaN", 5.0]}],
     "configuration": {"num_samples": 50, "output_types": ["quantiles"],
                       "quantiles": ["0.1", "0.9"]}}

An answer is JSON too, or has a prediction a line:

    {"predictions": [{"quantiles": {"0.1": […]}, "samples": [[…]], "mean": […]}]}

What `configuration` does not say comes from the variable
DEEPAR_INFERENCE_CONFIG, or else from AWS's defaults.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, deep
from cloudlet.algorithms.deepar.series import Series, parse
from cloudlet.algorithms.deepar.settings import Settings
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.serving import ModelLoadError, PayloadError, Predictor

JSON, JSON_LINES = "application/json", "application/jsonlines"
VARIABLE = "DEEPAR_INFERENCE_CONFIG"
_OUTPUTS = ("mean", "quantiles", "samples")
#: What GluonTS and PyTorch raise for settings and weights that fit no network.
_MISFITS = (
    AssertionError,
    AttributeError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Configuration:
    """What an answer has.

    Attributes:
        num_samples: the number of sample paths.
        output_types: any of `mean`, `quantiles`, `samples`.
        quantiles: as the request writes them, and as the answer names them.
    """

    num_samples: int = 100
    output_types: tuple[str, ...] = ("mean", "quantiles")
    quantiles: tuple[str, ...] = tuple(f"0.{number}" for number in range(1, 10))


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    if said := deep.missing("DeepAR"):
        raise ModelLoadError(said)
    deep.calm_threads()
    about, weights = artefact.read(model_dir)
    try:
        settings = Settings(**about)
    except TypeError as error:
        raise _foreign(error) from error
    from cloudlet.algorithms.deepar.network import Forecaster

    try:
        return DeepARPredictor(Forecaster(settings, weights))
    except _MISFITS as error:
        raise _foreign(error) from error


def _foreign(error: Exception) -> ModelLoadError:
    return ModelLoadError(
        f"Unable to load the model: {artefact.NAME} is not one of DeepAR ({error})"
    )


class DeepARPredictor:
    """A Predictor around a Forecaster."""

    def __init__(self, forecaster: Any) -> None:
        self._forecaster = forecaster
        text = os.environ.get(VARIABLE) or "{}"
        try:
            self._default = configured(json.loads(text), Configuration())
        except ValueError as error:
            raise ModelLoadError(f"{VARIABLE} cannot be used: {error}") from error

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`."""
        kind = _content_type(content_type)
        answer_type = _accepted(accept, kind)
        try:
            series, configuration = self._request(body, kind)
            paths = self._forecaster.draw(series, configuration.num_samples)
        except ValueError as error:
            raise PayloadError(
                f"unable to evaluate payload provided: {error}"
            ) from error
        predictions = [_prediction(each, configuration) for each in paths]
        if answer_type == JSON_LINES:
            lines = "".join(json.dumps(each) + "\n" for each in predictions)
            return lines.encode(), answer_type
        return json.dumps({"predictions": predictions}).encode(), answer_type

    def _request(self, body: bytes, kind: str) -> tuple[list[Series], Configuration]:
        """Series and configuration; raises ValueError."""
        try:
            text = body.decode()
            if kind == JSON_LINES:
                lines = (line for line in text.split("\n") if line.strip())
                request: Any = {"instances": [json.loads(line) for line in lines]}
            else:
                request = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"it cannot be read as {kind}: {error}") from error
        if not isinstance(request, Mapping) or not _is_list(request.get("instances")):
            raise ValueError("it has no list of instances")
        if not request["instances"]:
            raise ValueError("it has no time series")
        asked = request.get("configuration") or {}
        return _series(request["instances"]), configured(asked, self._default)


def configured(asked: Any, default: Configuration) -> Configuration:
    """The configuration of a request.

    Raises:
        ValueError: it has an unknown field or value.
    """
    if not isinstance(asked, Mapping):
        raise ValueError("configuration has to be a JSON object")
    if unknown := set(asked) - {"num_samples", "output_types", "quantiles"}:
        raise ValueError(f"configuration has unknown fields {sorted(unknown)}")
    samples = asked.get("num_samples", default.num_samples)
    if type(samples) is not int or samples < 1:
        raise ValueError(f"num_samples is {samples!r}, not a whole number from 1")
    types = asked.get("output_types", default.output_types)
    if not _is_list(types) or not types or not all(t in _OUTPUTS for t in types):
        raise ValueError(f"output_types is {types!r}; it can have {list(_OUTPUTS)}")
    quantiles = asked.get("quantiles", default.quantiles)
    if not _is_list(quantiles) or not all(map(_is_quantile, quantiles)):
        raise ValueError(f"quantiles is {quantiles!r}, not a list like ['0.1', '0.9']")
    return Configuration(samples, tuple(types), tuple(map(str, quantiles)))


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_quantile(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and 0 <= float(value) <= 1
    except (TypeError, ValueError):
        return False


def _series(instances: Sequence[Any]) -> list[Series]:
    found = []
    for number, instance in enumerate(instances):
        try:
            found.append(parse(instance))
        except ValueError as error:
            raise ValueError(f"time series {number}: {error}") from error
    return found


def _prediction(paths: np.ndarray, configuration: Configuration) -> dict[str, Any]:
    """One prediction, of paths of shape (samples, steps), in the order of AWS."""
    made: dict[str, Any] = {}
    if "quantiles" in configuration.output_types:
        names = configuration.quantiles
        found = np.quantile(paths, [float(name) for name in names], axis=0)
        made["quantiles"] = dict(zip(names, found.tolist(), strict=True))
    if "samples" in configuration.output_types:
        made["samples"] = paths.tolist()
    if "mean" in configuration.output_types:
        made["mean"] = paths.mean(0, dtype=np.float64).tolist()
    return made


def _content_type(header: str) -> str:
    kind = media_type(header)[0] if header.strip() else JSON
    if kind == "application/octet-stream":
        return JSON
    if kind not in (JSON, JSON_LINES):
        raise PayloadError(
            f"Content-type {header} is not supported: use one of {JSON}, {JSON_LINES}",
            status=415,
        )
    return kind


def _accepted(accept: str, content_type: str) -> str:
    """The answer's type: unless it says more, that of the request."""
    kind = media_type(accept)[0] if accept.strip() else "*/*"
    if kind in ("*/*", "application/*"):
        return content_type
    if kind not in (JSON, JSON_LINES):
        raise PayloadError(
            f"Accept type {kind} is not supported: use one of {JSON}, {JSON_LINES}",
            status=406,
        )
    return kind
