"""K-Means's hyperparameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html, tunable ranges
from https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-tuning.html.
"""

from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Continuous,
    Integer,
    Interval,
    NumberTuple,
)
from cloudlet.algorithms.schema_hyperparameters import SchemaTable

_INITS = ("random", "kmeans++")


class AutoOrInteger(Integer):
    """A whole number, or `auto`."""

    def parse(self, text: str) -> Any:
        """`"auto"` → `"auto"`, `"4"` → 4."""
        return text if text == "auto" else int(text)

    def check(self, value: Any) -> None:
        """Raise ClientError if a number is out of range."""
        if value != "auto":
            super().check(value)


class MetricNames(NumberTuple):
    """A JSON list of metrics' names: `["msd", "ssd"]`."""


TABLE = SchemaTable(
    rows=(
        Integer("k", Interval(1), required=True),
        Integer("feature_dim", Interval(1), required=True),
        Integer("epochs", Interval(1), default="1"),
        MetricNames("eval_metrics", ("msd", "ssd"), default='["msd"]'),
        AutoOrInteger(
            "extra_center_factor", Interval(1), default="auto", tunable=Interval(4, 10)
        ),
        Integer("half_life_time_size", Interval(0), default="0"),
        Categorical("init_method", _INITS, default="random"),
        Categorical("local_lloyd_init_method", _INITS, default="kmeans++"),
        Integer("local_lloyd_max_iter", Interval(1), default="300"),
        AutoOrInteger("local_lloyd_num_trials", Interval(1), default="auto"),
        Continuous("local_lloyd_tol", Interval(0, 1), default="0.0001"),
        Integer(
            "mini_batch_size",
            Interval(1),
            default="5000",
            tunable=Interval(3000, 15000),
        ),
        Categorical("force_dense", ("true", "false")),
        Categorical("_tuning_objective_metric", ("test:msd", "test:ssd")),
    ),
)
