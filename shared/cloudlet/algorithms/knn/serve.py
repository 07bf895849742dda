"""Serve k-NN: the predicted label of each row; verbose, its neighbours too.

`Accept: application/json; verbose=true` adds `distances`, from the smallest to the
largest, and `labels`. Source:
https://docs.aws.amazon.com/sagemaker/latest/dg/kNN-inference-formats.html.
"""

from pathlib import Path

from cloudlet.algorithms.dataset import CSV, Features
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.knn.model import Model
from cloudlet.algorithms.record_serving import Record, RecordPredictor
from cloudlet.algorithms.serving import PayloadError, Predictor


class KnnPredictor:
    """Two predictors around one model; the Accept header says which one answers."""

    def __init__(self, model: Model) -> None:
        width = model.preparation.feature_dim

        def plain(rows: Features) -> list[Record]:
            predicted = model.predict(model.neighbours(rows)[1])
            return [{"predicted_label": label} for label in predicted.tolist()]

        def verbose(rows: Features) -> list[Record]:
            distances, labels = model.neighbours(rows)
            predicted = model.predict(labels).tolist()
            names = ("predicted_label", "distances", "labels")
            columns = (predicted, distances.tolist(), labels.tolist())
            return [
                dict(zip(names, record, strict=True))
                for record in zip(*columns, strict=True)
            ]

        self._plain = RecordPredictor(width, "predictions", plain)
        self._verbose = RecordPredictor(width, "predictions", verbose)

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`."""
        kind, parameters = media_type(content_type or CSV)
        if kind == CSV and parameters.get("label_size", "0") != "0":
            raise PayloadError(
                f"Content-type {content_type} is not supported: a request has no"
                " labels, label_size has to be 0",
                status=415,
            )
        wordy = media_type(accept)[1].get("verbose") == "true" if accept else False
        predictor = self._verbose if wordy else self._plain
        return predictor.predict(body, content_type, accept)


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    return KnnPredictor(Model.read(model_dir))
