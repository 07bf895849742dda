"""Serve PCA: each row's projection on the components, the strongest last.

`{"projections": [{"projection": [1.0, 2.0]}]}`, source:
https://docs.aws.amazon.com/sagemaker/latest/dg/PCA-in-formats.html.
"""

from pathlib import Path

import numpy as np

from cloudlet.algorithms import artefact
from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.record_serving import Record, RecordPredictor
from cloudlet.algorithms.serving import Predictor


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    _, arrays = artefact.read(model_dir, "s", "v")
    vectors = arrays["v"]
    mean = arrays.get("mean", np.zeros((1, len(vectors)), np.float32))

    def answer(rows: Features) -> list[Record]:
        projected = (rows - mean) @ vectors
        return [{"projection": projection} for projection in projected.tolist()]

    return RecordPredictor(vectors.shape[0], "projections", answer)
