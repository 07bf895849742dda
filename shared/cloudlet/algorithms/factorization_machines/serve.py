"""Serve Factorization Machines: the score of each row, and its label if there is one.

`{"predictions": [{"score": 0.4, "predicted_label": 0}]}`, for a regressor the score
only. Source: https://docs.aws.amazon.com/sagemaker/latest/dg/fm-in-formats.html.
"""

from pathlib import Path

import numpy as np

from cloudlet.algorithms import artefact
from cloudlet.algorithms.dataset import CSV, RECORDS, Features
from cloudlet.algorithms.factorization_machines.hyperparameters import (
    CLASSIFIER,
    REGRESSOR,
)
from cloudlet.algorithms.factorization_machines.learning import raw_scores
from cloudlet.algorithms.factorization_machines.machine import Machine, sigmoid
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.record_serving import (
    JSON,
    JSON_LINES,
    Record,
    RecordPredictor,
)
from cloudlet.algorithms.serving import ModelLoadError, PayloadError, Predictor


class MachinePredictor:
    """Scores rows; takes all formats but CSV, as AWS documents."""

    def __init__(self, machine: Machine, kind: str) -> None:
        def answer(rows: Features) -> list[Record]:
            raw = raw_scores(machine, _canonical(rows))
            if kind == REGRESSOR:
                return [{"score": score} for score in raw.tolist()]
            # The metrics' threshold, on the same float64 numbers.
            scores = sigmoid(raw.astype("f8")).tolist()
            return [{"score": s, "predicted_label": int(s >= 0.5)} for s in scores]

        self._records = RecordPredictor(
            len(machine.linear), "predictions", answer, sparse=True, default=RECORDS
        )

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`."""
        if content_type.strip() and media_type(content_type)[0] == CSV:
            raise PayloadError(
                f"Content-type {content_type} is not supported: use one of"
                f" {JSON}, {JSON_LINES}, {RECORDS}",
                status=415,
            )
        return self._records.predict(body, content_type, accept)


def _canonical(rows: Features) -> Features:
    """Without an entry twice; PayloadError if a key is outside of the row.

    SciPy's products don't look: they would read memory that is not the weights'.
    """
    if isinstance(rows, np.ndarray):
        return rows
    try:
        rows.check_format(full_check=True)
    except ValueError as error:
        raise PayloadError(
            f"unable to evaluate payload provided: a key does not fit: {error}"
        ) from error
    rows.sum_duplicates()
    return rows


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    about, arrays = artefact.read(model_dir, "bias", "linear", "factors")
    kind = about.get("predictor_type")
    if kind not in (CLASSIFIER, REGRESSOR):
        raise ModelLoadError(
            f"Unable to load the model: {artefact.NAME} has the predictor_type {kind!r}"
        )
    machine = Machine(arrays["bias"], arrays["linear"][:, None], arrays["factors"])
    return MachinePredictor(machine, kind)
