"""Hidden checks of lab 302.

They make the lab's tables anew, and ask the cloud and the learner's functions about
other rows than the visible checks do.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlslab.aws import Aws
from mlslab.checks import require
from mlslab.hidden import hidden
from mlslab.kinds import KINDS
from mlslab.labs.lab_302_xgboost import asked, channel_text, require_best_cut

RECALL = 0.97
LABEL = "malignant"
FOLDS = (3, 8, 11, 17)
"""Those that are measured anew: one of each repetition, for all take too long."""


@cache
def _tables() -> dict[str, pd.DataFrame]:
    """The tables of the lab, by its seeds."""
    source = load_breast_cancer(as_frame=True)
    biopsies = source.data.assign(malignant=1 - source.target)
    development, test = train_test_split(
        biopsies, test_size=0.2, stratify=biopsies[LABEL], random_state=0
    )
    train, validation = train_test_split(
        development, test_size=0.25, stratify=development[LABEL], random_state=0
    )
    return {
        "development": development,
        "train": train,
        "validation": validation,
        "test": test,
    }


def _features() -> list[str]:
    return [name for name in _tables()["train"].columns if name != LABEL]


def _read(text: str) -> np.ndarray:
    """The numbers of a CSV text without a header, a row for each line."""
    lines = text.strip().splitlines()
    return np.array([[float(value) for value in line.split(",")] for line in lines])


def _as_read(table: pd.DataFrame) -> np.ndarray:
    """The same numbers from a table, the label first."""
    values: np.ndarray = table[[LABEL, *_features()]].to_numpy(dtype=float)
    return values


@hidden(exercise="csv", message="`csv_text` does not write every row of other tables")
def other_tables(csv_text: Callable[..., str]) -> None:
    """Tables of one row and of many, each value in its place."""
    random = np.random.default_rng(302)
    for rows in (1, 5, 40):
        values = random.lognormal(0, 2, (rows, len(_features()))).round(5)
        table = pd.DataFrame(values, random.permutation(rows) + 7, columns=_features())
        table = table.assign(malignant=random.integers(0, 2, rows))
        given, expected = _read(csv_text(table)), _as_read(table)
        same = given.shape == expected.shape and np.allclose(given, expected)
        require(same, f"{rows} rows give the shape {given.shape}, or other values")


@hidden(
    exercise="csv",
    message="an object under `breast-cancer/` does not hold the rows of its table",
)
def all_rows_stored(aws: Aws) -> None:
    """Both objects hold the lab's split, in whatever order."""
    for name in ("train", "validation"):
        key = f"breast-cancer/{name}/{name}.csv"
        text = aws.s3.get_object(Bucket=aws.bucket, Key=key)["Body"].read().decode()
        stored, expected = (
            map(tuple, t) for t in (_read(text), _as_read(_tables()[name]))
        )
        require(sorted(stored) == sorted(expected), f"{key} holds other rows")


@hidden(
    exercise="train",
    message="a channel of `job_name` does not have the data of its name",
)
def channels_as_named(job_name: str, aws: Aws) -> None:
    """It trains on the training rows, and validates on the others."""
    job = aws.sagemaker.describe_training_job(TrainingJobName=job_name)
    for channel in job["InputDataConfig"]:
        name = channel["ChannelName"]
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        place = f"s3://{aws.bucket}/breast-cancer/{name}"
        require(uri.startswith(place), f"the channel {name} reads {uri}")


@hidden(
    exercise="repair",
    message="`mended_job` has learned something else than her diagnoses",
)
def her_diagnoses(mended_job: str, aws: Aws) -> None:
    """The label stands first; the order of rows and features is free."""
    job = aws.sagemaker.describe_training_job(TrainingJobName=mended_job)
    used = _read(channel_text(aws, job))
    hers = _as_read(_tables()["train"])
    labels = set(used[:, 0].tolist())
    require(labels <= {0.0, 1.0}, f"{len(labels)} different labels")
    require(_sorted_rows(used) == _sorted_rows(hers), "labels of other rows")


def _sorted_rows(rows: np.ndarray) -> list[tuple[float, ...]]:
    """Each row with its label first and its features by size, in order."""
    return sorted((row[0], *sorted(row[1:])) for row in rows.round(6).tolist())


@hidden(exercise="deploy", message="`model_name` is not the model that `job_name` left")
def the_trained_model(model_name: str, job_name: str, aws: Aws) -> None:
    """The artefact of the model is the job's."""
    model = aws.sagemaker.describe_model(ModelName=model_name)
    job = aws.sagemaker.describe_training_job(TrainingJobName=job_name)
    served = model["PrimaryContainer"]["ModelDataUrl"]
    left = job["ModelArtifacts"]["S3ModelArtifacts"]
    require(served == left, f"it serves {served}, and the job left {left}")


@hidden(
    exercise="predict",
    message="`predict` does not give the endpoint's numbers for other tables",
)
def many_rows(predict: Callable[..., Any], endpoint_name: str, aws: Aws) -> None:
    """A table that nobody has seen, longer than the visible check's."""
    random = np.random.default_rng(302)
    rows = _tables()["development"][_features()]
    rows = rows * random.uniform(0.9, 1.1, rows.shape)
    expected, given = asked(aws, endpoint_name, rows), np.asarray(predict(rows))
    require(given.shape == expected.shape, f"the shape {given.shape}")
    require(np.allclose(given, expected, atol=1e-5), "other numbers")


@hidden(
    exercise="threshold",
    message="`choose_threshold` is off for other labels, scores or recalls",
)
def other_scores(choose_threshold: Callable[..., float]) -> None:
    """Few and many cases, a label as the lab gives it, and shares between two cases."""
    random = np.random.default_rng(302)
    for size, positives in ((1, 1), (6, 2), (25, 7), (80, 31)):
        labels = random.permutation(np.arange(size) < positives).astype(int)
        scores = random.permutation(size) / size + random.uniform(0, 0.5 / size)
        table = pd.Series(labels, random.permutation(size) + 3, name=LABEL)
        for missed in sorted({0, 1, positives // 2, positives - 1} - {positives}):
            # Between two shares, where no rounding decides.
            recall = 1.0 if not missed else 1 - (missed + 0.4) / positives
            cut = float(choose_threshold(table, scores, recall))
            what = f"for a recall of {recall:.3f} it is"
            require_best_cut(cut, labels, scores, recall, what)


@hidden(
    exercise="threshold",
    message="`threshold` is not right for what the endpoint says of the validation set",
)
def by_the_endpoint(threshold: float, endpoint_name: str, aws: Aws) -> None:
    """The scores are asked again."""
    validation = _tables()["validation"]
    scores = asked(aws, endpoint_name, validation[_features()])
    # Scores that are read from another format have other last digits.
    cut = float(threshold) - 1e-6
    require_best_cut(cut, validation[LABEL].to_numpy(), scores, RECALL, "it is")


@hidden(
    exercise="compare",
    message="`fold_aucs` holds a number that its fold does not give",
)
def other_folds(fold_aucs: pd.DataFrame, rounds_kept: int) -> None:
    """Other folds than the first, measured anew."""
    development = _tables()["development"]
    splitter = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
    folds = list(splitter.split(development, development[LABEL]))
    for number in FOLDS:
        learn, judge = (development.iloc[rows] for rows in folds[number])
        for model, scores in _scores(learn, judge, rounds_kept).items():
            auc, noted = (
                roc_auc_score(judge[LABEL], scores),
                fold_aucs[model].iloc[number],
            )
            require(
                abs(auc - noted) < 1e-3, f"fold {number}, {model}: {noted} for {auc}"
            )


def _scores(learn: pd.DataFrame, judge: pd.DataFrame, rounds: int) -> dict[str, Any]:
    """What both models, trained on `learn`, say of `judge`."""
    import xgboost

    seen, unseen = (table[_features()].to_numpy() for table in (learn, judge))
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    linear.fit(seen, learn[LABEL])
    trees = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 3, "eta": 0.3},
        xgboost.DMatrix(seen, learn[LABEL]),
        num_boost_round=rounds,
    )
    return {
        "logistic": linear.predict_proba(unseen)[:, 1],
        "xgboost": trees.predict(xgboost.DMatrix(unseen)),
    }


@hidden(
    exercise="teardown",
    message="an endpoint, or something that was made for it, stands under another name",
)
def nothing_stands(job_name: str, aws: Aws) -> None:
    """No endpoint is left, and neither the model nor a configuration that names it."""
    endpoints = [e["EndpointName"] for e in aws.sagemaker.list_endpoints()["Endpoints"]]
    require(not endpoints, f"endpoints are left: {endpoints}")
    require(not KINDS["model"].stands(aws.sagemaker, job_name), "the model is left")
    configs = aws.sagemaker.list_endpoint_configs()["EndpointConfigs"]
    for name in (config["EndpointConfigName"] for config in configs):
        config = aws.sagemaker.describe_endpoint_config(EndpointConfigName=name)
        models = {variant["ModelName"] for variant in config["ProductionVariants"]}
        require(job_name not in models, f"the configuration {name} is left")
