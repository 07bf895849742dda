"""Data for XGBoost's jobs, and what they leave."""

import io
import re

import numpy as np
import pandas as pd
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

BINARY = {"num_round": "5", "objective": "binary:logistic", "seed": "7"}
MULTI = {"num_round": "5", "objective": "multi:softprob", "num_class": "3"}
DATA = {
    "cancer": load_breast_cancer(return_X_y=True),
    "diabetes": load_diabetes(return_X_y=True),
    "iris": load_iris(return_X_y=True),
}
GOOD = {"train": {"a.csv": b"1,2,3\n0,4,5\n1,2,4\n0,5,6\n"}}


def rows(name: str, every: int = 1, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    features, labels = DATA[name]
    return features[first::every].astype(np.float32), labels[first::every]


def csv(features, labels, weights=None) -> bytes:
    columns = [labels] if weights is None else [labels, weights]
    text = io.StringIO()
    np.savetxt(text, np.column_stack([*columns, features]), "%.9g", ",")
    return text.getvalue().encode()


def libsvm(features, labels) -> bytes:
    lines = [
        " ".join([f"{label:g}", *(f"{i}:{v:.9g}" for i, v in enumerate(row))])
        for row, label in zip(features, labels, strict=True)
    ]
    return "\n".join(lines).encode()


def parquet(features, labels) -> bytes:
    frame = pd.DataFrame(features)
    frame.insert(0, "label", labels)
    frame.columns = frame.columns.astype(str)
    return frame.to_parquet(index=False)


def model(container) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(container.model / "xgboost-model")
    return booster


def predictions(container, features) -> np.ndarray:
    return model(container).predict(xgboost.DMatrix(features))


def round_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if re.match(r"\[\d+\]#011", line)]
