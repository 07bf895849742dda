"""IP Insights' hyperparameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights-hyperparameters.html,
tunable ranges from
https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights-tuning.html.
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

_MOST_NEGATIVES = 500


def _negatives(values: Mapping[str, Any]) -> None:
    """There has to be something to tell the pairs from, and not too much of it."""
    rates = (
        values["random_negative_sampling_rate"],
        values["shuffled_negative_sampling_rate"],
    )
    if not 1 <= sum(rates) <= _MOST_NEGATIVES:
        raise refusal(
            "The sum of random_negative_sampling_rate and"
            f" shuffled_negative_sampling_rate must be in [1, {_MOST_NEGATIVES}], and"
            f" {rates[0]} + {rates[1]} is {sum(rates)}"
        )


TABLE = SchemaTable(
    rows=(
        # SDK v2 sends it with every first-party algorithm; pairs have two columns.
        Integer("feature_dim", Interval(1)),
        Integer(
            "num_entity_vectors",
            Interval(1, 250_000_000),
            required=True,
            tunable=Interval(10_000, 1_000_000),
        ),
        Integer(
            "vector_dim", Interval(4, 4096), required=True, tunable=Interval(8, 256)
        ),
        Integer("batch_metrics_publish_interval", Interval(1), default="1000"),
        Integer("epochs", Interval(1), default="10", tunable=Interval(1, 100)),
        Continuous(
            "learning_rate",
            Interval(1e-6, 10),
            default="0.001",
            tunable=Interval(1e-4, 0.1),
        ),
        Integer(
            "mini_batch_size",
            Interval(1, 500_000),
            default="10000",
            tunable=Interval(100, 50_000),
        ),
        Integer(
            "num_ip_encoder_layers",
            Interval(0, 100),
            default="1",
            tunable=Interval(1, 10),
        ),
        Integer(
            "random_negative_sampling_rate",
            Interval(0, 500),
            default="1",
            tunable=Interval(0, 10),
        ),
        Integer(
            "shuffled_negative_sampling_rate",
            Interval(0, 500),
            default="1",
            tunable=Interval(0, 10),
        ),
        Continuous(
            "weight_decay", Interval(0, 10), default="0.00001", tunable=Interval(0, 1)
        ),
        Categorical("_tuning_objective_metric", ("validation:discriminator_auc",)),
    ),
    rules=(_negatives,),
)
