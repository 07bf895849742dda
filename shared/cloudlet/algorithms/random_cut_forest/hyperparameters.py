"""Random Cut Forest's hyperparameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/rcf_hyperparameters.html, tunable ranges
from https://docs.aws.amazon.com/sagemaker/latest/dg/random-cut-forest-tuning.html.
"""

import json
from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Hyperparameter,
    Integer,
    Interval,
)
from cloudlet.algorithms.schema_hyperparameters import SchemaTable

ACCURACY = "accuracy"
PRECISION_RECALL_FSCORE = "precision_recall_fscore"


class Array(Hyperparameter):
    """A JSON list of words from a few."""

    def parse(self, text: str) -> list[Any]:
        """`'["accuracy"]'` → `["accuracy"]`."""
        value = json.loads(text)
        if not isinstance(value, list):
            raise ValueError(f"{text} is no list")
        return value

    def check(self, value: list[Any]) -> None:
        """Raise ClientError if a word is none of the known ones."""
        self.check_elements(value, value)


TABLE = SchemaTable(
    rows=(
        Integer("feature_dim", Interval(1, 10000), required=True),
        Array(
            "eval_metrics",
            (ACCURACY, PRECISION_RECALL_FSCORE),
            default=f'["{ACCURACY}", "{PRECISION_RECALL_FSCORE}"]',
        ),
        Integer(
            "num_samples_per_tree",
            Interval(1, 2048),
            default="256",
            tunable=Interval(1, 2048),
        ),
        Integer(
            "num_trees", Interval(50, 1000), default="100", tunable=Interval(50, 1000)
        ),
        Integer("mini_batch_size", Interval(1), default="1000"),
        Categorical("_tuning_objective_metric", ("test:f1",)),
    ),
)
