"""BlazingText's hyperparameters, which depend on `mode`.

https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext_hyperparameters.html,
tunable ranges from
https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext-tuning.html.
"""

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

SUPERVISED = "supervised"
WORD2VEC_MODES = ("batch_skipgram", "skipgram", "cbow")


class Boolean(Hyperparameter):
    """`True` or `False`, in any case."""

    def parse(self, text: str) -> bool:
        """`"True"` → True; ValueError for another word."""
        values = {"true": True, "false": False}
        if text.lower() not in values:
            raise ValueError(text)
        return values[text.lower()]


def _boolean(name: str, default: str) -> Boolean:
    return Boolean(name, (True, False), default=default)


def _ngrams_have_lengths(values: Mapping[str, Any]) -> None:
    if values["min_char"] > values["max_char"]:
        raise refusal(
            f"min_char is {values['min_char']} and max_char is {values['max_char']}:"
            " min_char may not be greater"
        )


def _subwords_fit_mode(values: Mapping[str, Any]) -> None:
    if values["subwords"] and values["mode"] == "batch_skipgram":
        raise refusal("subwords need mode 'skipgram' or 'cbow', not 'batch_skipgram'")


_WORD2VEC = (
    Integer("batch_size", Interval(1), default="11", tunable=Interval(8, 32)),
    _boolean("evaluation", "True"),
    Integer("min_char", Interval(1), default="3"),
    Integer("max_char", Interval(1), default="6"),
    Integer("negative_samples", Interval(1), default="5", tunable=Interval(5, 25)),
    Continuous(
        "sampling_threshold",
        Interval(0, 1, low_open=True),
        default="0.0001",
        tunable=Interval(0.0001, 0.001),
    ),
    _boolean("subwords", "False"),
    Integer("window_size", Interval(1), default="5", tunable=Interval(1, 10)),
)

_CLASSIFIER = (
    _boolean("early_stopping", "False"),
    Integer("min_epochs", Interval(1), default="5"),
    Integer("patience", Interval(1), default="4"),
    Integer("word_ngrams", Interval(1), default="2", tunable=Interval(1, 3)),
)

TABLE = SchemaTable(
    rows=(
        Categorical("mode", (*WORD2VEC_MODES, SUPERVISED), required=True),
        Integer(
            "buckets",
            Interval(1, 2**31 - 1),  # fastText's type
            default="2000000",
            tunable=Interval(1_000_000, 10_000_000),
        ),
        Integer("epochs", Interval(1), default="5", tunable=Interval(5, 15)),
        Continuous(
            "learning_rate",
            Interval(0, low_open=True),
            default="0.05",
            tunable=Interval(0.005, 0.01),
        ),
        Integer("min_count", Interval(0), default="5", tunable=Interval(0, 100)),
        Integer("vector_dim", Interval(1), default="100", tunable=Interval(32, 300)),
        *_WORD2VEC,
        *_CLASSIFIER,
        Categorical(
            "_tuning_objective_metric", ("train:mean_rho", "validation:accuracy")
        ),
    ),
    rules=(_ngrams_have_lengths, _subwords_fit_mode),
)


def validate(texts: Mapping[str, str]) -> dict[str, Any]:
    """Turn a job's hyperparameters into values.

    Raises:
        ClientError: as `SchemaTable.validate`; or one belongs to another mode.
    """
    values = TABLE.validate(texts)
    foreign = _WORD2VEC if values["mode"] == SUPERVISED else _CLASSIFIER
    if given := [row.name for row in foreign if row.name in texts]:
        raise refusal(
            f"mode '{values['mode']}' has no {', '.join(map(repr, given))}; other modes"
            " have"
        )
    return values
