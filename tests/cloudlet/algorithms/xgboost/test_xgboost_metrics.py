import re
import subprocess
import sys

import numpy as np
import pytest

from cloudlet.algorithms.xgboost import METRICS
from cloudlet.algorithms.xgboost.custom_metrics import classes, evaluation

REGEXES = {metric.name: metric.regex for metric in METRICS}
# https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
DOCUMENTED = {
    *("accuracy", "auc", "error", "f1", "logloss", "mae"),
    *("map", "merror", "mlogloss", "mse", "ndcg", "rmse"),
}
LINE = "[12]#011train-f1_macro:0.5#011train-auc:1.00000#011validation-auc:-8.8e-01"


def _found(name: str) -> str | None:
    match = re.search(REGEXES[name], LINE)
    return match.group(1) if match else None


def test_names_are_unique_and_hold_those_that_aws_documents():
    assert len(REGEXES) == len(METRICS)
    for metric in DOCUMENTED:
        assert {f"validation:{metric}", f"train:{metric}"} <= set(REGEXES)


def test_a_value_is_found_for_its_own_channel_and_metric_only():
    assert _found("train:auc") == "1.00000"
    assert _found("validation:auc") == "-8.8e-01"
    assert _found("train:f1_macro") == "0.5"
    assert _found("train:f1") is None
    assert _found("validation:f1_macro") is None


def test_a_value_that_is_no_number_is_not_found():
    assert re.search(REGEXES["train:auc"], "[0]#011train-auc:nan") is None


def test_importing_the_metrics_does_not_import_the_library():
    program = (
        "import sys, cloudlet.algorithms.xgboost as x; assert x.METRICS;"
        "sys.exit(bool({'xgboost', 'numpy', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


class _Matrix:
    def __init__(self, labels):
        self._labels = np.array(labels, dtype=np.float32)

    def get_label(self):
        return self._labels


def test_custom_metrics_are_those_of_scikit_learn():
    names = ["accuracy", "precision", "recall", "f1_binary", "f1", "mse", "r2"]
    evaluate = evaluation(names, "binary:logistic")
    scores = evaluate(np.array([0.9, 0.2, 0.8, 0.4]), _Matrix([1, 0, 0, 1]))
    assert [name for name, _ in scores] == names
    assert [value for name, value in scores[:5]] == [0.5] * 5
    assert dict(scores)["mse"] == pytest.approx((0.01 + 0.04 + 0.64 + 0.36) / 4)
    assert dict(scores)["r2"] == pytest.approx(1 - 1.05)


@pytest.mark.parametrize(
    ("objective", "predictions", "expected"),
    [
        ("binary:logistic", [0.4, 0.6], [0, 1]),
        ("binary:logitraw", [-0.1, 0.1], [0, 1]),
        ("binary:hinge", [0.0, 1.0], [0, 1]),
        ("multi:softmax", [2.0, 1.0], [2, 1]),
        ("multi:softprob", [[0.1, 0.2, 0.7], [0.8, 0.1, 0.1]], [2, 0]),
    ],
)
def test_classes_come_from_what_the_objective_predicts(
    objective, predictions, expected
):
    assert classes(np.array(predictions), objective).tolist() == expected
