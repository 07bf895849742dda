"""DeepAR's hyperparameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/deepar_hyperparameters.html, tunable
ranges from https://docs.aws.amazon.com/sagemaker/latest/dg/deepar-tuning.html.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Continuous,
    Hyperparameter,
    Integer,
    Interval,
)
from cloudlet.algorithms.schema_hyperparameters import SchemaTable, refusal

LIKELIHOODS = ("gaussian", "beta", "negative-binomial", "student-T", "deterministic-L1")

_FREQUENCY = re.compile(r"([1-9]\d*)?(M|W|D|H|min)")


class Parsed(Hyperparameter):
    """A row whose `parse` refuses all that is out of range."""

    def check(self, value: Any) -> None:
        """Nothing is left to check."""


class Frequency(Parsed):
    """`H`, or a multiple: `5min`."""

    def parse(self, text: str) -> str:
        """The text; ValueError if it is no such frequency."""
        if not _FREQUENCY.fullmatch(text):
            raise ValueError(text)
        return text


class Cardinality(Parsed):
    """`auto`, `ignore` (or nothing), or the numbers of categories: `[2, 3]`."""

    def parse(self, text: str) -> str | list[int]:
        """`""` → `"ignore"`, `"[2, 3]"` → `[2, 3]`."""
        if text in ("auto", "ignore", ""):
            return text or "ignore"
        found = json.loads(text)
        if not isinstance(found, list) or not found:
            raise ValueError(text)
        if any(type(number) is not int or number < 1 for number in found):
            raise ValueError(text)
        return found


class DynamicFeatures(Parsed):
    """`auto`, `ignore` (or nothing), or how many there are."""

    def parse(self, text: str) -> str | int:
        """`""` → `"ignore"`, `"2"` → 2."""
        if text in ("auto", "ignore", ""):
            return text or "ignore"
        if (number := int(text)) < 1:
            raise ValueError(text)
        return number


class Quantiles(Parsed):
    """A JSON list of numbers between 0 and 1; its rule is below."""

    def parse(self, text: str) -> list[float]:
        """`"[0.1, 0.5]"` → `[0.1, 0.5]`."""
        found = json.loads(text)
        if not isinstance(found, list):
            raise ValueError(text)
        return [_number(each) for each in found]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(str(value))
    return float(value)


def _quantiles_are_probabilities(values: Mapping[str, Any]) -> None:
    quantiles = values["test_quantiles"]
    if not quantiles or not all(0 < each < 1 for each in quantiles):
        raise refusal(
            f"{quantiles} is not a list of numbers between 0 and 1"
            " (hyperparameter test_quantiles)"
        )


TABLE = SchemaTable(
    rows=(
        Integer("context_length", Interval(1), required=True, tunable=Interval(1, 200)),
        Integer("epochs", Interval(1), required=True, tunable=Interval(1, 1000)),
        Integer("prediction_length", Interval(1), required=True),
        Frequency("time_freq", required=True),
        Cardinality("cardinality", default="auto"),
        Continuous(
            "dropout_rate",
            Interval(0, 1, high_open=True),
            default="0.1",
            tunable=Interval(0, 0.2),
        ),
        Integer("early_stopping_patience", Interval(1)),
        Integer(
            "embedding_dimension", Interval(1), default="10", tunable=Interval(1, 50)
        ),
        Continuous(
            "learning_rate",
            Interval(0, low_open=True),
            default="0.001",
            tunable=Interval(1e-5, 1e-1),
        ),
        Categorical("likelihood", LIKELIHOODS, default="student-T"),
        Integer(
            "mini_batch_size", Interval(1), default="128", tunable=Interval(32, 1028)
        ),
        Integer("num_cells", Interval(1), default="40", tunable=Interval(30, 200)),
        DynamicFeatures("num_dynamic_feat", default="auto"),
        Integer("num_eval_samples", Interval(1), default="100"),
        Integer("num_layers", Interval(1), default="2", tunable=Interval(1, 8)),
        Quantiles(
            "test_quantiles", default="[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]"
        ),
        Categorical(
            "_tuning_objective_metric",
            ("train:final_loss", "test:RMSE", "test:mean_wQuantileLoss"),
        ),
    ),
    rules=(_quantiles_are_probabilities,),
)
