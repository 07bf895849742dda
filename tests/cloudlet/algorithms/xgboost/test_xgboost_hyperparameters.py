import pytest

from cloudlet.algorithms.xgboost.hyperparameters import OBJECTIVES, TABLE
from cloudlet.runner.container import ClientError

# https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
DOCUMENTED = {
    "num_class": "3",
    "num_round": "10",
    "alpha": "0",
    "base_score": "0.5",
    "booster": "gbtree",
    "colsample_bylevel": "1",
    "colsample_bynode": "1",
    "colsample_bytree": "1",
    "csv_weights": "0",
    "deterministic_histogram": "true",
    "early_stopping_rounds": "5",
    "eta": "0.3",
    "eval_metric": "mlogloss,merror",
    "gamma": "0",
    "grow_policy": "depthwise",
    "interaction_constraints": "[[1, 2], [3, 4, 5]]",
    "lambda": "1",
    "lambda_bias": "0",
    "max_bin": "256",
    "max_delta_step": "0",
    "max_depth": "6",
    "max_leaves": "0",
    "min_child_weight": "1",
    "monotone_constraints": "(0, 1)",
    "normalize_type": "tree",
    "nthread": "2",
    "objective": "multi:softprob",
    "one_drop": "0",
    "process_type": "default",
    "rate_drop": "0.0",
    "refresh_leaf": "1",
    "sample_type": "uniform",
    "scale_pos_weight": "1",
    "seed": "0",
    "single_precision_histogram": "false",
    "sketch_eps": "0.03",
    "skip_drop": "0.0",
    "subsample": "1",
    "tree_method": "hist",
    "tweedie_variance_power": "1.5",
    "updater": "grow_quantile_histmaker,prune",
    "verbosity": "1",
}


def test_every_documented_hyperparameter_takes_its_documented_value():
    values = TABLE.validate(DOCUMENTED)
    assert set(values) == set(DOCUMENTED)
    assert values["monotone_constraints"] == (0, 1)
    assert values["updater"] == ["grow_quantile_histmaker", "prune"]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_is_known(objective):
    classes = {"num_class": "3"} if objective.startswith("multi:") else {}
    TABLE.validate({"num_round": "1", "objective": objective} | classes)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
        ({"num_round": "1e2"}, "Hyperparameter num_round: could not parse value"),
        ({"eta": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ({"subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        ({"max_depth": "-1"}, "Hyperparameter max_depth: -1 is not in [0, +inf)"),
        ({"csv_weights": "2"}, "Hyperparameter csv_weights: 2 is not in [0, 1]"),
        ({"objective": "binary:log"}, "Hyperparameter objective: binary:log is not in"),
        ({"eval_metric": "auc2"}, "Hyperparameter eval_metric: value ['auc2'] not in"),
        ({"n_estimators": "3"}, "Extraneous hyperparameter found: n_estimators"),
        (
            {"objective": "multi:softmax"},
            "Require input for parameter 'num_class' for multi-classification",
        ),
        (
            {"objective": "binary:logistic", "num_class": "2"},
            "Do not need to setup parameter 'num_class' for learning task other than",
        ),
        (
            {"eval_metric": "auc"},
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        (
            {"eval_metric": "aft-nloglik"},
            "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.",
        ),
        ({"eval_metric": "rmse@2"}, "Metric 'rmse@2' is not supported."),
        (
            {"eval_metric": "error@x"},
            "Threshold value 't' in 'error@t' expects float input.",
        ),
        (
            {"monotone_constraints": "(1,)"},
            "monotone_constraints can be used only when the tree_method parameter",
        ),
        (
            {"interaction_constraints": "[[1]]", "tree_method": "auto"},
            "interaction_constraints can be used only when the tree_method parameter",
        ),
        (
            {"updater": "prune", "booster": "gblinear"},
            "Linear updater should be one of these options",
        ),
        (
            {"updater": "sync", "process_type": "update"},
            "process_type 'update' can only be used with updater 'refresh' and 'prune'",
        ),
        ({"updater": "shotgun"}, "Tree updater should be selected from these options"),
        (
            {"updater": "grow_colmaker,grow_histmaker"},
            "Only one tree grow plugin can be selected.",
        ),
        (
            {"_tuning_objective_metric": "train:auc"},
            "Hyperparameter _tuning_objective_metric: train:auc is not in",
        ),
    ],
)
def test_each_fault_has_its_message(texts, message):
    with pytest.raises(ClientError) as caught:
        TABLE.validate({"num_round": "1"} | texts)
    assert str(caught.value).startswith(message)


def test_num_round_is_required():
    with pytest.raises(ClientError, match="Missing required hyperparameter: num_round"):
        TABLE.validate({"eta": "0.3"})


@pytest.mark.parametrize(
    "metrics", ["error@0.7,error", "ndcg@5,map@3,ndcg,map", "accuracy,f1", "aucpr"]
)
def test_metrics_may_have_thresholds(metrics):
    texts = {"num_round": "1", "objective": "rank:map", "eval_metric": metrics}
    assert TABLE.validate(texts)["eval_metric"] == metrics.split(",")


def test_the_library_s_other_names_are_known():
    texts = {"learning_rate": "0.1", "reg_lambda": "2", "reg_alpha": "3"}
    values = TABLE.validate(texts | {"num_round": "1", "min_split_loss": "4"})
    assert values == {
        "eta": 0.1,
        "lambda": 2,
        "alpha": 3,
        "gamma": 4,
        "num_round": 1,
    }
