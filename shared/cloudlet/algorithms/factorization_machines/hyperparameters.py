"""Factorization Machines's hyperparameters, and what has to fit together.

https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines-hyperparameters.html,
tunable ranges from https://docs.aws.amazon.com/sagemaker/latest/dg/fm-tuning.html.
"""

from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.factorization_machines import METRICS
from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Continuous,
    Hyperparameter,
    Integer,
    Interval,
)
from cloudlet.algorithms.schema_hyperparameters import SchemaTable, refusal

CLASSIFIER, REGRESSOR = "binary_classifier", "regressor"
PARTS = ("bias", "linear", "factors")
NORMAL, UNIFORM, CONSTANT = "normal", "uniform", "constant"
#: The hyperparameter that each method of initialisation takes.
NEEDED = {NORMAL: "sigma", UNIFORM: "scale", CONSTANT: "value"}

_TUNABLE = Interval(1e-8, 512)
_ANY, _NOT_NEGATIVE = Interval(), Interval(0)


def _part(name: str, lr: str, wd: str, sigma: str) -> tuple[Hyperparameter, ...]:
    """The rows of one part, with their defaults."""

    def number(suffix: str, interval: Interval, default: str | None = None) -> Any:
        return Continuous(
            f"{name}_{suffix}", interval, default=default, tunable=_TUNABLE
        )

    return (
        number("lr", _NOT_NEGATIVE, lr),
        number("wd", _NOT_NEGATIVE, wd),
        Categorical(f"{name}_init_method", tuple(NEEDED), default=NORMAL),
        number("init_scale", _NOT_NEGATIVE),
        number("init_sigma", _NOT_NEGATIVE, sigma),
        number("init_value", _ANY),
    )


def _initialisation(values: Mapping[str, Any]) -> None:
    for part in PARTS:
        method = values[f"{part}_init_method"]
        needed = f"{part}_init_{NEEDED[method]}"
        if needed not in values:
            raise refusal(f"'{needed}' is required when {part}_init_method is {method}")


TABLE = SchemaTable(
    rows=(
        Integer("feature_dim", Interval(1), required=True),
        Integer("num_factors", Interval(1), required=True),
        Categorical("predictor_type", (CLASSIFIER, REGRESSOR), required=True),
        Integer(
            "mini_batch_size",
            Interval(1),
            default="1000",
            tunable=Interval(100, 10000),
        ),
        Integer("epochs", Interval(1), default="1", tunable=Interval(1, 1000)),
        Continuous("clip_gradient", Interval(0)),
        Continuous("eps", Interval(0), default="1e-8"),
        Continuous("rescale_grad", _ANY),
        *_part("bias", lr="0.1", wd="0.01", sigma="0.01"),
        *_part("linear", lr="0.001", wd="0.001", sigma="0.01"),
        *_part("factors", lr="0.0001", wd="0.00001", sigma="0.001"),
        Categorical("_tuning_objective_metric", tuple(m.name for m in METRICS)),
    ),
    rules=(_initialisation,),
)
