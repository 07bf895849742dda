"""XGBoost's hyperparameters: names, types, ranges, and what must fit together.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html, with the
ranges that the container checks; tunable ranges from
https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html.
"""

from collections.abc import Mapping
from typing import Any

from cloudlet.algorithms.hyperparameters import (
    Categorical,
    CommaSeparatedList,
    Continuous,
    HyperparameterTable,
    Integer,
    Interval,
    NestedList,
    NumberTuple,
)
from cloudlet.algorithms.xgboost.metric_names import (
    MAXIMIZE,
    METRICS,
    MINIMIZE,
    WITH_THRESHOLD,
)
from cloudlet.runner.container import ClientError

_FLAG = Interval(0, 1)
_FRACTION = Interval(0, 1)
_SHARE = Interval(0, 1, low_open=True)
_NOT_NEGATIVE = Interval(0)
_TRUE_FALSE = ("true", "false")

_TREE_BUILDERS = (
    "grow_colmaker",
    "distcol",
    "grow_histmaker",
    "grow_local_histmaker",
    "grow_quantile_histmaker",
)
_TREE_REFINERS = ("refresh", "prune")
_TREE_UPDATERS = (*_TREE_BUILDERS, "grow_skmaker", "sync", *_TREE_REFINERS)
_LINEAR_UPDATERS = ("shotgun", "coord_descent")

OBJECTIVES = (
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
)
"""The values of `objective`; without one it is `reg:squarederror`."""


class EvalMetrics(CommaSeparatedList):
    """`eval_metric`: known names, some with `@threshold`."""

    def check(self, value: list[str]) -> None:
        """Raise ClientError for an unknown metric or a threshold that is no number."""
        for metric in value:
            if "@" in metric:
                _check_threshold(metric)
        self.check_elements(value, (metric.split("@")[0] for metric in value))


def _check_threshold(metric: str) -> None:
    name, threshold = (part.strip() for part in metric.split("@", 1))
    if name not in WITH_THRESHOLD:
        raise ClientError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with "
            "customized threshold should be one of these options: 'error', 'ndcg', "
            "'map'."
        )
    try:
        float(threshold)
    except ValueError:
        raise ClientError(
            f"Threshold value 't' in '{name}@t' expects float input."
        ) from None


def _check_classes(values: Mapping[str, Any]) -> None:
    several = values.get("objective") in ("multi:softmax", "multi:softprob")
    if several and "num_class" not in values:
        raise ClientError(
            "Require input for parameter 'num_class' for multi-classification"
        )
    if "num_class" in values and not several:
        raise ClientError(
            "Do not need to setup parameter 'num_class' for learning task other than "
            "multi-classification."
        )


def _check_eval_metric(values: Mapping[str, Any]) -> None:
    metrics = values.get("eval_metric", [])
    objective = values.get("objective", "reg:squarederror")
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise ClientError(
            "Metric 'auc' can only be applied for classification and ranking problems."
        )
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise ClientError(
            "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective."
        )


def _check_constraints(values: Mapping[str, Any]) -> None:
    method = values.get("tree_method")
    if "monotone_constraints" in values and method not in ("exact", "hist"):
        raise ClientError(
            "monotone_constraints can be used only when the tree_method parameter is "
            "set to either 'exact' or 'hist'."
        )
    known = ("exact", "hist", "approx")
    if "interaction_constraints" in values and method not in known:
        raise ClientError(
            "interaction_constraints can be used only when the tree_method parameter "
            "is set to either 'exact', 'hist' or 'approx'."
        )


def _check_updater(values: Mapping[str, Any]) -> None:
    updaters = values.get("updater")
    if updaters is None:
        return
    if values.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in _LINEAR_UPDATERS:
            raise ClientError(
                "Linear updater should be one of these options: 'shotgun', "
                "'coord_descent'."
            )
    elif values.get("process_type") == "update":
        if not set(updaters) <= set(_TREE_REFINERS):
            raise ClientError(
                "process_type 'update' can only be used with updater 'refresh' and "
                "'prune'"
            )
    else:
        _check_tree_updaters(updaters)


def _check_tree_updaters(updaters: list[str]) -> None:
    if not set(updaters) <= set(_TREE_UPDATERS):
        raise ClientError(
            "Tree updater should be selected from these options: "
            f"{', '.join(map(repr, _TREE_UPDATERS))}."
        )
    if sum(updater in _TREE_BUILDERS for updater in updaters) > 1:
        raise ClientError(
            "Only one tree grow plugin can be selected. Choose one from the "
            f"following: {', '.join(map(repr, _TREE_BUILDERS))}"
        )


TABLE = HyperparameterTable(
    rows=(
        Integer("num_round", Interval(1), required=True, tunable=Interval(1, 4000)),
        Integer("num_class", Interval(2)),
        Categorical("objective", OBJECTIVES),
        EvalMetrics("eval_metric", (*MAXIMIZE, *MINIMIZE)),
        Integer("early_stopping_rounds", Interval(1)),
        Categorical("booster", ("gbtree", "gblinear", "dart")),
        Categorical("tree_method", ("auto", "exact", "approx", "hist", "gpu_hist")),
        Integer("csv_weights", _FLAG),
        Integer("seed", Interval(-(2**31), 2**31 - 1, True, True)),
        Integer("nthread", Interval(1)),
        Integer("verbosity", Interval(0, 3)),
        Categorical("save_model_on_termination", _TRUE_FALSE),
        Continuous("base_score", _NOT_NEGATIVE),
        # How a tree grows.
        Continuous(
            "eta", _FRACTION, tunable=Interval(0.1, 0.5), aliases=("learning_rate",)
        ),
        Continuous(
            "gamma", _NOT_NEGATIVE, tunable=Interval(0, 5), aliases=("min_split_loss",)
        ),
        Integer("max_depth", _NOT_NEGATIVE, tunable=Interval(0, 10)),
        Integer("max_leaves", _NOT_NEGATIVE),
        Integer("max_bin", _NOT_NEGATIVE),
        Continuous("min_child_weight", _NOT_NEGATIVE, tunable=Interval(0, 120)),
        Continuous("max_delta_step", _NOT_NEGATIVE, tunable=Interval(0, 10)),
        Continuous("scale_pos_weight", Interval(0, low_open=True)),
        Categorical("grow_policy", ("depthwise", "lossguide")),
        Integer("num_parallel_tree", Interval(1)),
        NumberTuple("monotone_constraints", (-1, 0, 1)),
        NestedList("interaction_constraints", Interval(1)),
        # What it sees of the data.
        Continuous("subsample", _SHARE, tunable=Interval(0.5, 1)),
        Continuous("colsample_bytree", _SHARE, tunable=Interval(0.5, 1)),
        Continuous("colsample_bylevel", _SHARE, tunable=Interval(0.1, 1)),
        Continuous("colsample_bynode", _SHARE, tunable=Interval(0.1, 1)),
        Categorical("sampling_method", ("uniform", "gradient_based")),
        # Regularisation.
        Continuous(
            "lambda", _NOT_NEGATIVE, tunable=Interval(0, 1000), aliases=("reg_lambda",)
        ),
        Continuous(
            "alpha", _NOT_NEGATIVE, tunable=Interval(0, 1000), aliases=("reg_alpha",)
        ),
        Continuous("lambda_bias", _FRACTION),
        # booster=dart.
        Categorical("sample_type", ("uniform", "weighted")),
        Categorical("normalize_type", ("tree", "forest")),
        Continuous("rate_drop", _FRACTION),
        Integer("one_drop", _FLAG),
        Continuous("skip_drop", _FRACTION),
        # Of single objectives.
        Continuous("tweedie_variance_power", Interval(1, 2, True, True)),
        Categorical("aft_loss_distribution", ("normal", "logistic", "extreme")),
        Continuous("aft_loss_distribution_scale", _NOT_NEGATIVE),
        # The inner workings.
        CommaSeparatedList("updater", (*_TREE_UPDATERS, *_LINEAR_UPDATERS)),
        Integer("refresh_leaf", _FLAG),
        Categorical("process_type", ("default", "update")),
        Categorical("predictor", ("auto", "cpu_predictor", "gpu_predictor")),
        Continuous("sketch_eps", Interval(0, 1, True, True)),
        Categorical("dsplit", ("row", "col")),
        Integer("prob_buffer_row", Interval(1, low_open=True)),
        Categorical("single_precision_histogram", _TRUE_FALSE),
        Categorical("deterministic_histogram", _TRUE_FALSE),
        # Set by a tuning job.
        Categorical(
            "_tuning_objective_metric",
            tuple(
                metric.name
                for metric in METRICS
                if metric.name.startswith("validation:")
            ),
        ),
    ),
    rules=(_check_classes, _check_eval_metric, _check_constraints, _check_updater),
)
"""Everything that a job may set; `TABLE.validate` is the check."""
