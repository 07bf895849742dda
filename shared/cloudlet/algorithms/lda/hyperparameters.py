"""LDA's hyperparameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/lda_hyperparameters.html, tunable ranges
from https://docs.aws.amazon.com/sagemaker/latest/dg/lda-tuning.html.
"""

from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Continuous,
    Integer,
    Interval,
)
from cloudlet.algorithms.schema_hyperparameters import SchemaTable, refusal

_POSITIVE = Interval(0, low_open=True)


def _topics_fit(values: Mapping[str, Any]) -> None:
    """The decomposition finds no more topics than there are words."""
    topics, words = values["num_topics"], values["feature_dim"]
    if topics > words:
        raise refusal(
            f"num_topics is {topics}, and feature_dim is {words}: there cannot be more"
            " topics than words in the vocabulary"
        )


TABLE = SchemaTable(
    rows=(
        Integer("num_topics", Interval(1), required=True, tunable=Interval(1, 150)),
        Integer("feature_dim", Interval(1), required=True),
        Integer("mini_batch_size", Interval(1), required=True),
        Continuous("alpha0", _POSITIVE, default="1.0", tunable=Interval(0.1, 10)),
        Integer("max_restarts", Interval(1), default="10"),
        Integer("max_iterations", Interval(1), default="1000"),
        Continuous("tol", _POSITIVE, default="1e-8"),
        Categorical("_tuning_objective_metric", ("test:pwll",)),
    ),
    rules=(_topics_fit,),
)
