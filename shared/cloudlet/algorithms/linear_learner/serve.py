"""Serve Linear Learner: a score for each row, and for classifiers the label.

`{"predictions": [{"score": 0.4, "predicted_label": 0}]}`; the score of a model of many
classes is a list. https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html.
"""

from pathlib import Path

from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.linear_learner import model
from cloudlet.algorithms.record_serving import Record, RecordPredictor
from cloudlet.algorithms.serving import Predictor


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    loaded = model.read(model_dir)

    def answer(rows: Features) -> list[Record]:
        outputs = loaded.outputs(rows)
        scores = loaded.scores(outputs).tolist()
        if not loaded.is_classifier:
            return [{"score": score} for score in scores]
        labels = loaded.labels(outputs).tolist()
        return [
            {"score": score, "predicted_label": label}
            for score, label in zip(scores, labels, strict=True)
        ]

    return RecordPredictor(len(loaded.weights), "predictions", answer, sparse=True)
