"""Serve an XGBoost model: CSV and LIBSVM in, CSV, JSON and JSON lines out.

In: `text/csv` without label (the default) and `text/libsvm`, with or without label.
JSON is refused with 415, as AWS's container refuses it.

Out, by Accept: `text/csv` (the default) has one line a prediction, the classes of
`multi:softprob` separated by commas; the container writes lines since April 2022
(pull requests 269 to 271 of aws/sagemaker-xgboost-container) and wrote one line with
commas before. `application/json` is `{"predictions": [{"score": 0.4}, …]}`,
`application/jsonlines` is `{"score": 0.4}` a line.
"""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from cloudlet.algorithms import csv_data, libsvm_data, serving
from cloudlet.algorithms.formats import DataFormat, UnknownContentType, data_format
from cloudlet.algorithms.serving import ModelLoadError, PayloadError, Predictor
from cloudlet.algorithms.xgboost.data import reason

_ENCODERS: dict[str, serving.Encoder] = {
    "application/json": serving.json_scores,
    "application/jsonlines": serving.jsonlines_scores,
    "text/csv": serving.csv_lines,
}
_CHARSET = {"text/csv": "text/csv; charset=utf-8"}


def load(model_dir: Path) -> Predictor:
    """Load `xgboost-model` from an unpacked artefact.

    Raises:
        ModelLoadError: there is none, or the library cannot read it.
    """
    path = model_dir / "xgboost-model"
    booster = xgboost.Booster()
    try:
        content = path.read_bytes()
        if not content:
            # The library would end the process.
            raise ValueError("the file is empty")
        booster.load_model(bytearray(content))
    except FileNotFoundError:
        raise ModelLoadError(
            f"Model at {path.name} cannot be loaded:\nthe artefact has no such file"
        ) from None
    except (OSError, ValueError, xgboost.core.XGBoostError) as error:
        raise ModelLoadError(
            f"Model at {path.name} cannot be loaded:\n{reason(error)}"
        ) from error
    # A request is small and requests run side by side; AWS's container does the same.
    booster.set_param({"nthread": 1})
    return XGBoostPredictor(booster)


class XGBoostPredictor:
    """A Predictor around one Booster."""

    def __init__(self, booster: xgboost.Booster) -> None:
        self._booster = booster
        self._features: int = booster.num_features()
        self._rounds = _rounds(booster)
        self._in_place = _is_tree_model(booster)
        self._lock = threading.Lock()

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`.

        An empty body gets an empty answer, as from the container.
        """
        if not body:
            return b"", _CHARSET["text/csv"]
        rows = self._parse(body, content_type)
        scores = self._scores(rows).tolist()
        media_type = serving.accepted(accept, _ENCODERS, default="text/csv")
        answer = _ENCODERS[media_type](scores)
        return answer, _CHARSET.get(media_type, media_type)

    def _parse(self, body: bytes, content_type: str) -> Any:
        try:
            form = data_format(content_type, DataFormat.CSV)
        except UnknownContentType as error:
            raise PayloadError(str(error), status=415) from error
        if form not in (DataFormat.CSV, DataFormat.LIBSVM):
            message = f"Content-type {content_type} is not supported."
            raise PayloadError(message, status=415)
        try:
            text = body.decode("utf-8")
            if form is DataFormat.CSV:
                return self._checked(csv_data.parse_rows(text))
            return self._widened(*libsvm_data.parse_rows(text))
        except ValueError as error:
            raise PayloadError(
                f"Loading {form.short} data failed with Exception, please ensure data "
                f"is in {form.short} format:\n {type(error)}\n {error}",
                status=415,
            ) from error

    def _checked(self, rows: np.ndarray) -> np.ndarray:
        if rows.shape[1] != self._features:
            raise PayloadError(
                "Unable to evaluate payload provided: Feature size of csv inference "
                f"data {rows.shape[1]} is not consistent with feature size of trained "
                f"model {self._features}."
            )
        return rows

    def _widened(self, rows: Any, width: int) -> Any:
        if width > self._features:
            raise PayloadError(
                "Unable to evaluate payload provided: Feature size of libsvm inference "
                f"data {width} is larger than feature size of trained model "
                f"{self._features}."
            )
        rows.resize(rows.shape[0], self._features)
        return rows

    def _scores(self, rows: Any) -> np.ndarray:
        """Predictions, shape (n,) or (n, classes)."""
        try:
            return np.asarray(self._predicted(rows))
        except (ValueError, xgboost.core.XGBoostError) as error:
            raise PayloadError(
                f"Unable to evaluate payload provided: {reason(error)}"
            ) from error

    def _predicted(self, rows: Any) -> Any:
        values = rows if isinstance(rows, np.ndarray) else rows.data
        if np.isinf(values).any():
            # The library checks this too, but not when it predicts in place.
            raise ValueError("Input data contains `inf` or a value too large")
        options = {"iteration_range": self._rounds, "validate_features": False}
        if self._in_place:
            return self._booster.inplace_predict(rows, **options)
        # The library promises several threads at once only for trees.
        with self._lock:
            return self._booster.predict(xgboost.DMatrix(rows, nthread=1), **options)


def _rounds(booster: xgboost.Booster) -> tuple[int, int]:
    """Up to the best round, if training stopped early; (0, 0) is all."""
    best = booster.attr("best_iteration")
    return (0, int(best) + 1) if best is not None else (0, 0)


def _is_tree_model(booster: xgboost.Booster) -> bool:
    config = json.loads(booster.save_config())
    return bool(config["learner"]["gradient_booster"]["name"] == "gbtree")
