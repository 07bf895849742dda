"""What the clients' programs do with XGBoost."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import dump_svmlight_file, load_breast_cancer

from . import formats

NAME, VERSION = "xgboost", "1.7-1"
HYPERPARAMETERS = {
    "objective": "binary:logistic",
    "num_round": "20",
    "eval_metric": "auc,error",
}
_LIBSVM, _PARQUET = "text/libsvm", "application/x-parquet"
WAYS = {
    kind: dict.fromkeys(("train", "validation"), kind)
    for kind in (formats.CSV, _LIBSVM, _PARQUET)
}
METRICS = ("train:auc", "validation:auc", "train:error", "validation:error")
FEATURES, LABELS = load_breast_cancer(return_X_y=True)


def write(folder: Path, way: str) -> None:
    """One folder for each channel, the label first."""
    for name, part in {"train": slice(400), "validation": slice(400, None)}.items():
        features, labels = FEATURES[part], LABELS[part]
        if way == formats.CSV:
            formats.write_rows(folder / name, features, labels, way)
            continue
        (folder / name).mkdir()
        if way == _LIBSVM:
            dump_svmlight_file(features, labels, str(folder / name / "rows.libsvm"))
        else:
            table = pd.DataFrame(np.column_stack([labels, features]))
            table.columns = table.columns.map(str)
            table.to_parquet(folder / name / "rows.parquet")


def check(predict: formats.Predict) -> None:
    """Most tumours are told right, and each format tells the same."""
    rows = FEATURES[400:]
    numbers = (" ".join(f"{n}:{v:.7g}" for n, v in enumerate(row)) for row in rows)
    bodies = {
        formats.CSV: formats.request(rows, formats.CSV),
        _LIBSVM: "\n".join(numbers).encode(),
    }
    accepts = (formats.JSON, formats.JSON_LINES, formats.CSV)
    told = formats.answers(predict, bodies, "predictions", accepts)
    right = np.array([record["score"] > 0.5 for record in told]) == LABELS[400:]
    assert right.mean() > 0.9
