"""Serve LDA: the topic mixture of each document.

`{"predictions": [{"topic_mixture": [0.7, 0.3]}]}`, sources:
https://docs.aws.amazon.com/sagemaker/latest/dg/lda.html ("LDA inference returns
predictions, which include the topic_mixture vector for each observation").
"""

from pathlib import Path

import numpy as np

from cloudlet.algorithms import artefact
from cloudlet.algorithms.dataset import Features
from cloudlet.algorithms.lda import counts, variational
from cloudlet.algorithms.record_serving import Record, RecordPredictor
from cloudlet.algorithms.serving import PayloadError, Predictor


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    _, arrays = artefact.read(model_dir, "alpha", "beta")
    alpha, topics = (arrays[name].astype(np.float64) for name in ("alpha", "beta"))
    model = variational.Model(alpha, topics)

    def answer(rows: Features) -> list[Record]:
        values = rows if isinstance(rows, np.ndarray) else rows.data
        if values.size and values.min() < 0:
            raise PayloadError(
                "unable to evaluate payload provided: a count of words is negative"
            )
        found = variational.infer(counts.fitting(rows), model)
        mixed = variational.mixtures(found).tolist()
        return [{"topic_mixture": mixture} for mixture in mixed]

    return RecordPredictor(topics.shape[1], "predictions", answer, sparse=True)
