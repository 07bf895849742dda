"""Serve K-Means: the closest cluster of each row, and the distance to its centre.

`{"predictions": [{"closest_cluster": 1.0, "distance_to_cluster": 3.2}]}`, source:
https://docs.aws.amazon.com/sagemaker/latest/dg/km-in-formats.html.
"""

from pathlib import Path

from cloudlet.algorithms import artefact
from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.kmeans.train import closest
from cloudlet.algorithms.record_serving import Record, RecordPredictor
from cloudlet.algorithms.serving import Predictor


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    _, arrays = artefact.read(model_dir, "centers")
    centers = arrays["centers"]

    def answer(rows: Features) -> list[Record]:
        return [
            {"closest_cluster": float(number), "distance_to_cluster": float(distance)}
            for number, distance in zip(*closest(rows, centers), strict=True)
        ]

    return RecordPredictor(centers.shape[1], "predictions", answer)
