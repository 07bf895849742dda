"""Serve Random Cut Forest: the anomaly score of each row.

`{"scores": [{"score": 0.02}, {"score": 0.25}]}`, source:
https://docs.aws.amazon.com/sagemaker/latest/dg/rcf-in-formats.html.
"""

from pathlib import Path

from cloudlet.algorithms import artefact
from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.random_cut_forest.forest import Forest
from cloudlet.algorithms.random_cut_forest.growing import Nodes
from cloudlet.algorithms.record_serving import Record, RecordPredictor
from cloudlet.algorithms.serving import Predictor


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    names = tuple(Nodes.__dataclass_fields__)
    about, arrays = artefact.read(model_dir, "points", *names)
    nodes = Nodes(**{name: arrays[name] for name in names})
    forest = Forest.of(nodes, about["num_trees"], arrays["points"])

    def answer(rows: Features) -> list[Record]:
        return [{"score": score} for score in forest.score(rows).tolist()]

    return RecordPredictor(forest.width, "scores", answer, sparse=True)
