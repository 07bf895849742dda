"""Linear Learner trained in a container."""

import pytest
from built_in import CSV_LABELLED, csv, measured

from cloudlet.algorithms.linear_learner import METRICS, model
from cloudlet.algorithms.linear_learner.train import train


@pytest.fixture
def run(make_container, capsys):
    """`run(hyperparameters, rows)` gives the model, the metrics and the log."""

    def running(given, rows, **channels):
        parts = {"train": rows, **channels}
        files = {name: {"a": csv(*part)} for name, part in parts.items()}
        container = make_container(given, files, CSV_LABELLED)
        capsys.readouterr()
        train(container)
        log = capsys.readouterr().out
        return model.read(container.model), measured(log, METRICS), log

    return running
