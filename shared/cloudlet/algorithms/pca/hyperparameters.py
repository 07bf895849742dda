"""PCA's hyperparameters; AWS recommends no tunable range for any of them.

https://docs.aws.amazon.com/sagemaker/latest/dg/PCA-reference.html
"""

from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.hyperparameters import Categorical, Integer, Interval
from cloudlet.algorithms.schema_hyperparameters import SchemaTable, refusal


def _components_fit(values: Mapping[str, Any]) -> None:
    """There are no more components than features."""
    wanted, width = values["num_components"], values["feature_dim"]
    if wanted > width:
        raise refusal(
            f"num_components is {wanted}, and feature_dim is {width}: there cannot be"
            " more components than features"
        )


TABLE = SchemaTable(
    rows=(
        Integer("feature_dim", Interval(1), required=True),
        Integer("mini_batch_size", Interval(1), required=True),
        Integer("num_components", Interval(1), required=True),
        Categorical("algorithm_mode", ("regular", "randomized"), default="regular"),
        Integer("extra_components", Interval(-1), default="-1"),
        Categorical("subtract_mean", ("true", "false"), default="true"),
    ),
    rules=(_components_fit,),
)
