"""Linear Learner's hyperparameters.

https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html, tunable ranges
from https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html; `f1`,
`cross_entropy_loss` and `softmax_loss` from `sagemaker.amazon.linear_learner` of the
SDK's version 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    Continuous,
    Hyperparameter,
    Integer,
    Interval,
)
from cloudlet.algorithms.linear_learner import METRICS
from cloudlet.algorithms.schema_hyperparameters import SchemaTable, refusal

BINARY, MULTICLASS, REGRESSOR = (
    "binary_classifier",
    "multiclass_classifier",
    "regressor",
)
#: The losses of each type; the first one is what `auto` stands for.
LOSSES = {
    BINARY: ("logistic", "hinge_loss"),
    MULTICLASS: ("softmax_loss", "hinge_loss"),
    REGRESSOR: (
        "squared_loss",
        "absolute_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
        "quantile_loss",
        "huber_loss",
    ),
}
CRITERIA = (
    "accuracy",
    "f1",
    "f_beta",
    "precision_at_target_recall",
    "recall_at_target_precision",
    "cross_entropy_loss",
    "loss_function",
)
_ALL_LOSSES = (
    "auto",
    *dict.fromkeys(name for kind in LOSSES.values() for name in kind),
)
_POSITIVE = Interval(0, low_open=True)
_NOT_NEGATIVE = Interval(0)
_BELOW_ONE = Interval(0, 1, high_open=True)
_WITHIN_ONE = Interval(0, 1, low_open=True, high_open=True)


@dataclass(frozen=True)
class Number(Continuous):
    """A number, or one of a few words."""

    words: tuple[str, ...] = ("auto",)

    def parse(self, text: str) -> Any:
        """`"auto"` → `"auto"`, `"0.1"` → 0.1."""
        return text if text in self.words else float(text)

    def check(self, value: Any) -> None:
        """Raise ClientError if a number is out of range."""
        if value not in self.words:
            super().check(value)


@dataclass(frozen=True)
class WholeNumber(Number):
    """A whole number, or one of a few words."""

    def parse(self, text: str) -> Any:
        """`"auto"` → `"auto"`, `"4"` → 4."""
        return text if text in self.words else int(text)


class Flag(Hyperparameter):
    """`true`, `false` and perhaps `auto`."""

    def parse(self, text: str) -> Any:
        """`"true"` → True, `"auto"` → `"auto"`."""
        return {"true": True, "false": False}.get(text, text)


def _classes(values: Mapping[str, Any]) -> None:
    if values["predictor_type"] == MULTICLASS and values["num_classes"] < 3:
        raise refusal(
            f"num_classes is {values['num_classes']}: for predictor_type"
            f" '{MULTICLASS}' it has to be given, and at least 3"
        )


def _loss(values: Mapping[str, Any]) -> None:
    kind, loss = values["predictor_type"], values["loss"]
    if loss != "auto" and loss not in LOSSES[kind]:
        raise refusal(
            f"the loss '{loss}' is not for predictor_type '{kind}', which takes"
            f" {', '.join(('auto', *LOSSES[kind]))}"
        )


_YES_NO, _YES_NO_AUTO = (True, False), (True, False, "auto")

TABLE = SchemaTable(
    rows=(
        Categorical("predictor_type", tuple(LOSSES), required=True),
        WholeNumber("feature_dim", Interval(1), default="auto"),
        Integer("num_classes", Interval(1, 1_000_000), default="1"),
        Integer("accuracy_top_k", Interval(1, 1_000_000), default="3"),
        Flag("balance_multiclass_weights", _YES_NO, default="false"),
        Number("beta_1", _BELOW_ONE, default="auto"),
        Number("beta_2", _BELOW_ONE, default="auto"),
        Number("bias_lr_mult", _POSITIVE, default="auto"),
        Number("bias_wd_mult", _NOT_NEGATIVE, default="auto"),
        # Without a default: early stopping asks whether it was given.
        Categorical("binary_classifier_model_selection_criteria", CRITERIA),
        Integer("early_stopping_patience", Interval(1), default="3"),
        Continuous("early_stopping_tolerance", _POSITIVE, default="0.001"),
        Integer("epochs", Interval(1), default="15"),
        Continuous("f_beta", _POSITIVE, default="1.0"),
        Continuous("huber_delta", _POSITIVE, default="1.0"),
        Continuous("init_bias", Interval(), default="0"),
        Categorical("init_method", ("uniform", "normal"), default="uniform"),
        Continuous("init_scale", _POSITIVE, default="0.07"),
        Continuous("init_sigma", _POSITIVE, default="0.01"),
        Number("l1", _NOT_NEGATIVE, default="auto", tunable=Interval(1e-7, 1)),
        Number("learning_rate", _POSITIVE, default="auto", tunable=Interval(1e-5, 1)),
        Categorical("loss", _ALL_LOSSES, default="auto"),
        Continuous("loss_insensitivity", _POSITIVE, default="0.01"),
        Number("lr_scheduler_factor", _WITHIN_ONE, default="auto"),
        Number("lr_scheduler_minimum_lr", _POSITIVE, default="auto"),
        WholeNumber("lr_scheduler_step", Interval(1), default="auto"),
        Continuous("margin", _NOT_NEGATIVE, default="1.0"),
        # Without a default: 1,000, or all rows if they are fewer, as the SDK has it.
        Integer("mini_batch_size", Interval(1), tunable=Interval(100, 5000)),
        Number("momentum", _BELOW_ONE, default="auto"),
        Flag("normalize_data", _YES_NO_AUTO, default="true"),
        Flag("normalize_label", _YES_NO_AUTO, default="auto"),
        WholeNumber("num_calibration_samples", Interval(1), default="auto"),
        WholeNumber("num_models", Interval(1), default="auto"),
        Integer("num_point_for_scaler", Interval(1), default="10000"),
        Categorical("optimizer", ("auto", "adam", "sgd", "rmsprop"), default="auto"),
        Number(
            "positive_example_weight_mult",
            _POSITIVE,
            default="1.0",
            tunable=Interval(1e-5, 1e5),
            words=("auto", "balanced"),
        ),
        Continuous("quantile", _WITHIN_ONE, default="0.5"),
        Continuous("target_precision", _WITHIN_ONE, default="0.8"),
        Continuous("target_recall", _WITHIN_ONE, default="0.8"),
        Flag("unbias_data", _YES_NO_AUTO, default="auto"),
        Flag("unbias_label", _YES_NO_AUTO, default="auto"),
        Flag("use_bias", _YES_NO, default="true"),
        Flag("use_lr_scheduler", _YES_NO, default="true"),
        Number("wd", _NOT_NEGATIVE, default="auto", tunable=Interval(1e-7, 1)),
        # Set by tuning jobs, which turn the parallel models off.
        Categorical("_tuning_objective_metric", tuple(m.name for m in METRICS)),
    ),
    rules=(_classes, _loss),
)
