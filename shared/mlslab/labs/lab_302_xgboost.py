"""Checks of lab 302, built-in XGBoost.

They look at what stands in the cloud (jobs, S3 objects, endpoints) and call the
learner's functions on small data of their own.
"""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cloudlet.metering import load_prices
from mlslab.aws import Aws
from mlslab.checks import check, require
from mlslab.kinds import KINDS

_RECALL = 0.97
_ROUNDS = 300
_MONTH = 730


@check(
    lab="302",
    name="csv",
    title="A CSV that the algorithm reads",
    points=1,
    objective="prepare",
    hints=(
        "Compare what is printed above with the rule: where is the label, and is there"
        " anything that is no number?",
        "`table[[…]]` puts columns in the order of a list; `to_csv` has the arguments"
        " `header` and `index`.",
        '`table[["malignant", *feature_names]].to_csv(header=…, index=…)`',
    ),
)
def csv(csv_text: Callable[..., str], feature_names: list[str], aws: Aws) -> None:
    """The function's text has the label first and nothing but numbers, also in S3."""
    table = pd.DataFrame(
        np.arange(2 * len(feature_names)).reshape(2, -1) + 0.5,
        columns=feature_names,
        index=[71, 72],
    ).assign(malignant=[1, 0])
    _require_rows(csv_text(table), table, feature_names, "`csv_text`")
    for name in ("train", "validation"):
        key = f"breast-cancer/{name}/{name}.csv"
        stored = aws.s3.get_object(Bucket=aws.bucket, Key=key)["Body"].read().decode()
        require(
            _labels(stored) <= {0.0, 1.0},
            f"the object `{key}` was stored before your last change: run the cell that"
            " stores it again",
        )


def _require_rows(
    text: Any, table: pd.DataFrame, feature_names: Sequence[str], what: str
) -> None:
    require(
        isinstance(text, str),
        f"{what} gives a {type(text).__name__}, not the text of a file",
    )
    lines = text.strip().splitlines()
    width = len(feature_names) + 1
    require(
        not any(name in lines[0] for name in feature_names),
        f"{what} writes the names of the columns into the first line",
    )
    require(
        len(lines) == len(table),
        f"{what} gives {len(lines)} lines for {len(table)} rows",
    )
    values = [float(value) for value in lines[0].split(",")]
    require(
        len(values) != width + 1,
        f"{what} gives {len(values)} values in a line for {width} columns: the table's"
        " index is among them",
    )
    require(
        len(values) == width,
        f"{what} gives {len(values)} values in a line; the table has {width} columns",
    )
    first = table.iloc[0]
    require(
        values[0] == first["malignant"],
        f"{what} begins a line with {values[0]:g}; the row's label is"
        f" {first['malignant']:g}",
    )
    require(
        values[1:] == [first[name] for name in feature_names],
        f"{what} does not keep the features in the order of `feature_names`",
    )


def _labels(text: str) -> set[float]:
    try:
        return {float(line.split(",")[0]) for line in text.strip().splitlines()}
    except ValueError:
        return {float("nan")}


@check(
    lab="302",
    name="train",
    title="Train with early stopping",
    points=3,
    objective="train",
    hints=(
        "Take the first request apart: most of it stays, one hyperparameter and one"
        " configuration are new.",
        "XGBoost's hyperparameter is on the page linked above; the time limit is"
        " `stopping_condition=StoppingCondition(…)`.",
        '`"early_stopping_rounds": 20` among the hyperparameters, and'
        " `StoppingCondition(max_runtime_in_seconds=…)`; then `trainer.train(…)`.",
    ),
)
def train(job_name: str, aws: Aws) -> None:
    """The job has completed, stopped early by log-loss, within its time limit."""
    job = aws.sagemaker.describe_training_job(TrainingJobName=job_name)
    _require_completed(job, "job_name")
    _require_hyperparameters(job["HyperParameters"])
    limit = job["StoppingCondition"]["MaxRuntimeInSeconds"]
    require(
        limit <= 900,
        f"AWS would let `{job_name}` run for {limit} seconds before cutting it off",
    )
    channels = {channel["ChannelName"]: channel for channel in job["InputDataConfig"]}
    require(
        {"train", "validation"} <= set(channels),
        f"`{job_name}` has the channels {sorted(channels)}; early stopping has to look"
        " at rows that are not trained on",
    )
    sources = {
        channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in channels.values()
    }
    require(
        len(sources) == len(channels),
        f"`{job_name}` trains and validates on the same rows: {sorted(sources)}",
    )


def _require_completed(job: dict[str, Any], variable: str) -> None:
    status, name = job["TrainingJobStatus"], job["TrainingJobName"]
    reason = job.get("FailureReason", "")
    require(
        status == "Completed",
        f"`{variable}` is `{name}`, which is {status} {reason}".rstrip(),
    )


def _require_hyperparameters(given: dict[str, str]) -> None:
    require(
        given.get("objective") == "binary:logistic",
        f"the objective is `{given.get('objective', 'missing')}`: the endpoint has to"
        " give probabilities",
    )
    require(
        "early_stopping_rounds" in given,
        "`early_stopping_rounds` is not among the job's hyperparameters",
    )
    require(
        given["early_stopping_rounds"] == "20",
        f"the job waits {given['early_stopping_rounds']} rounds for an improvement",
    )
    require(
        given.get("num_round") == str(_ROUNDS),
        f"the job may run {given.get('num_round')} rounds at most, not {_ROUNDS}",
    )
    require(
        (given.get("max_depth"), given.get("eta")) == ("3", "0.3"),
        f"depth {given.get('max_depth')} and eta {given.get('eta')} differ from the"
        " first job: the two could not be compared",
    )
    last = given.get("eval_metric", "").split(",")[-1]
    require(
        last == "logloss",
        f"`{last or 'no metric'}` stands last in `eval_metric`, so it decides when to"
        " stop",
    )


@check(
    lab="302",
    name="repair",
    title="Find out why a job failed, and mend it",
    points=3,
    objective="diagnose",
    hints=(
        "`describe_training_job` answers with `FailureReason`; it quotes the line of"
        " the file that it stumbles over.",
        "Look at the first line of her file, then at the position of its label. Two"
        " things have to be mended; `csv_text` does both.",
        '`pd.read_csv(s3.get_object(…)["Body"])`, then `csv_text(…)`, `put_object`'
        ' under "mended/…", and `attempt("mended", f"s3://{bucket}/mended/")`.',
    ),
)
def repair(failed_job: str, failure_reason: str, mended_job: str, aws: Aws) -> None:
    """The reason is AWS's own, and her rows, mended, have trained a model."""
    failed = aws.sagemaker.describe_training_job(TrainingJobName=failed_job)
    require(
        failure_reason.strip() == failed["FailureReason"].strip(),
        f"`failure_reason` is not what AWS gives as the reason for `{failed_job}`",
    )
    mended = aws.sagemaker.describe_training_job(TrainingJobName=mended_job)
    _require_completed(mended, "mended_job")
    hers, used = channel_text(aws, failed), channel_text(aws, mended)
    require(
        sorted(_cells(used)) == sorted(_cells(hers)),
        f"`{mended_job}` has not trained on the rows of your colleague's table",
    )


def channel_text(aws: Aws, job: dict[str, Any]) -> str:
    """What a training job has read in its first channel."""
    source = job["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
    bucket, _, prefix = source.removeprefix("s3://").partition("/")
    listed = aws.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    bodies = [
        aws.s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        for item in listed
    ]
    return "\n".join(bodies)


def _cells(text: str) -> list[tuple[float, ...]]:
    """The numeric lines, each with its values sorted: the order of columns is free."""
    table = pd.read_csv(io.StringIO(text), header=None, dtype=str)
    numbers = table.apply(pd.to_numeric, errors="coerce").dropna()
    return [tuple(sorted(np.round(row, 6))) for row in numbers.to_numpy()]


@check(
    lab="302",
    name="deploy",
    title="Deploy the model",
    points=3,
    objective="deploy",
    hints=(
        "Three resources, each naming the one before it: the model stands, two are"
        " missing.",
        "`EndpointConfig.create(endpoint_config_name=…, production_variants=[…])`, then"
        " `Endpoint.create(endpoint_name=…, endpoint_config_name=…)`.",
        'A variant is `ProductionVariant(variant_name="main", model_name=model_name,'
        " instance_type=…, initial_instance_count=1)`; end with"
        ' `endpoint.wait_for_status("InService")`.',
    ),
)
def deploy(endpoint_name: str, model_name: str, aws: Aws) -> None:
    """The endpoint serves the model on one ml.m5.large."""
    endpoint = aws.sagemaker.describe_endpoint(EndpointName=endpoint_name)
    require(
        endpoint["EndpointStatus"] == "InService",
        f"the endpoint `{endpoint_name}` is {endpoint['EndpointStatus']}",
    )
    config = aws.sagemaker.describe_endpoint_config(
        EndpointConfigName=endpoint["EndpointConfigName"]
    )
    variants = config["ProductionVariants"]
    require(
        len(variants) == 1,
        f"the endpoint has {len(variants)} variants, and pays for each of them",
    )
    variant = variants[0]
    require(
        variant["ModelName"] == model_name,
        f"the endpoint serves the model `{variant['ModelName']}`, not `{model_name}`",
    )
    machines = (variant.get("InitialInstanceCount"), variant.get("InstanceType"))
    require(
        machines == (1, "ml.m5.large"),
        f"the endpoint runs on {machines[0]} × {machines[1]}",
    )


@check(
    lab="302",
    name="predict",
    title="Predict a whole table",
    points=2,
    objective="predict",
    hints=(
        "The cell above shows a request and three answers: choose the answer that is"
        " easiest to read by program.",
        '`response["Body"].read()` gives bytes; `json.loads` reads the JSON answer.',
        'The scores are `row["score"]` for each `row` in the list under "predictions";'
        " the body is `features.to_csv(header=False, index=False)`.",
    ),
)
def predict(
    predict: Callable[..., Any], feature_names: list[str], endpoint_name: str, aws: Aws
) -> None:
    """The function gives the endpoint's numbers, a float for each row."""
    rows = _two_biopsies(feature_names)
    expected = asked(aws, endpoint_name, rows)
    given = predict(rows)
    require(
        isinstance(given, np.ndarray | list | pd.Series),
        f"`predict` gives a {type(given).__name__} for a table of {len(rows)} rows",
    )
    values = np.asarray(given)
    require(
        values.shape == (len(rows),),
        f"`predict` gives the shape {values.shape} for {len(rows)} rows",
    )
    require(
        np.issubdtype(values.dtype, np.floating),
        f"`predict` gives values of type {values.dtype}, not floats",
    )
    require(
        not np.allclose(values, expected[::-1]),
        "`predict` gives the rows' predictions in another order",
    )
    require(
        np.allclose(values, expected, atol=1e-6),
        f"`predict` gives {np.round(values, 3).tolist()} where the endpoint says"
        f" {np.round(expected, 3).tolist()}",
    )
    require(
        len(np.asarray(predict(rows.iloc[:1]))) == 1,
        "`predict` cannot be used for a table of one row",
    )


def _two_biopsies(feature_names: Sequence[str]) -> pd.DataFrame:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True).data
    rows: pd.DataFrame = data.loc[[0, 20], list(feature_names)]
    return rows


def asked(aws: Aws, endpoint_name: str, rows: pd.DataFrame) -> np.ndarray:
    """What an endpoint says of rows of features: a probability for each."""
    response = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint_name,
        ContentType="text/csv",
        Accept="application/json",
        Body=rows.to_csv(header=False, index=False),
    )
    answer = json.loads(response["Body"].read())
    return np.array([row["score"] for row in answer["predictions"]])


@check(
    lab="302",
    name="threshold",
    title="A threshold for the recall that is asked",
    points=3,
    objective="threshold",
    hints=(
        "Only the scores of the positive rows matter. Sort them from the highest down.",
        "To find the share `recall` of n positives, the first ceil(recall · n) of them"
        " have to be called: the last of these is the threshold.",
        "`np.sort(scores[labels == 1])[::-1]`, then the element number"
        " `int(np.ceil(recall * n)) - 1`; call it on `validation`.",
    ),
)
def threshold(
    choose_threshold: Callable[..., float],
    threshold: float,
    validation: pd.DataFrame,
    validation_scores: Any,
) -> None:
    """The function is right on small data, and `threshold` is validation's."""
    labels = np.array([0, 1, 1, 0, 1, 1, 0])
    scores = np.array([0.7, 0.9, 0.2, 0.1, 0.6, 0.4, 0.3])
    for recall in (1.0, 0.75, 0.7, 0.5):
        cut = float(choose_threshold(labels, scores, recall))
        what = f"`choose_threshold` for a recall of {recall} on 4 positives gives"
        require_best_cut(cut, labels, scores, recall, what)
    require_best_cut(
        float(threshold),
        validation["malignant"].to_numpy(),
        np.asarray(validation_scores),
        _RECALL,
        "on the validation set `threshold` is",
    )


def require_best_cut(
    cut: float, labels: np.ndarray, scores: np.ndarray, recall: float, what: str
) -> None:
    """Require that `cut` is the highest threshold with this recall.

    Args:
        cut: the threshold.
        labels, scores: the cases, without two equal scores.
        recall: the share of the positives that has to be found.
        what: how a message begins.
    """
    positives = np.sort(scores[labels == 1])
    shares = np.arange(1, len(positives) + 1) / len(positives)
    needed = int(np.searchsorted(shares, recall)) + 1
    found = int((positives >= cut).sum())
    require(
        found >= needed,
        f"{what} {cut:.3f}, which finds {found} of {len(positives)} positives"
        f" ({found / len(positives):.0%})",
    )
    best = positives[-needed]
    alarms, fewest = (int((scores[labels == 0] >= c).sum()) for c in (cut, best))
    require(
        found == needed and alarms == fewest,
        f"{what} {cut:.3f}, which finds {found} of {len(positives)} positives with"
        f" {alarms} false alarms; {needed} would do, with {fewest} false alarms."
        " Is it the highest, and chosen on this table?",
    )


@check(
    lab="302",
    name="compare",
    title="Which model would you ship?",
    points=3,
    objective="compare",
    hints=(
        "For each `learn, judge` in `folds`, call `fold_auc` with each model's name.",
        "Subtract the two columns first. The standard error of a mean is the standard"
        " deviation divided by the root of the number of values.",
        "`d = fold_aucs.xgboost - fold_aucs.logistic`; `d.mean()`,"
        " `d.std() / np.sqrt(len(d))`; then apply the rule as it is written.",
    ),
)
def compare(
    fold_aucs: pd.DataFrame,
    difference: float,
    standard_error: float,
    choice: str,
    folds: list[Any],
    fold_auc: Callable[..., float],
) -> None:
    """The AUCs are those of the folds, paired, and the choice follows the rule."""
    models = ["xgboost", "logistic"]
    require(
        set(models) <= set(fold_aucs.columns),
        f"`fold_aucs` has the columns {list(fold_aucs.columns)}",
    )
    require(
        len(fold_aucs) == len(folds),
        f"`fold_aucs` has {len(fold_aucs)} rows for {len(folds)} folds",
    )
    for model in models:
        measured, noted = fold_auc(model, *folds[0]), fold_aucs[model].iloc[0]
        require(
            abs(measured - noted) < 1e-3,
            f"in the first fold {model} has an AUC of {measured:.4f} on the rows that"
            f" it has not seen; `fold_aucs` says {noted:.4f}",
        )
    paired = fold_aucs["xgboost"] - fold_aucs["logistic"]
    require(
        abs(difference - paired.mean()) < 1e-6,
        f"`difference` is {difference:.4f}; the mean of xgboost − logistic is another"
        " number",
    )
    _require_standard_error(standard_error, paired)
    wins = "xgboost" if paired.mean() > standard_error else "logistic"
    require(choice in models, f"`choice` is {choice!r}")
    require(
        choice == wins,
        f"`choice` is {choice!r}, but xgboost is ahead by {difference:+.4f} with a"
        f" standard error of {standard_error:.4f}: what does the rule say?",
    )


def _require_standard_error(given: float, paired: pd.Series) -> None:
    n = len(paired)
    require(
        abs(given / paired.std() - 1) > 0.06,
        "`standard_error` is the spread of single folds; the mean of"
        f" {n} folds is more certain than one of them",
    )
    errors = (paired.std(ddof=ddof) / n**0.5 for ddof in (0, 1))
    require(
        any(abs(given / error - 1) < 1e-3 for error in errors),
        f"`standard_error` is {given:.4f}, which is not that of the differences in the"
        " folds",
    )


@check(
    lab="302",
    name="teardown",
    title="Take it down",
    points=2,
    objective="teardown",
    hints=(
        "The cell above has the price of an hour. Three resources were made for the"
        " endpoint; each has a `delete_…` operation.",
        "`delete_endpoint`, `delete_endpoint_config`, `delete_model`; the waiter"
        " `endpoint_deleted` waits until the first is done.",
        '`sagemaker_client.get_waiter("endpoint_deleted").wait(EndpointName=…)`,'
        " and at last `sagemaker_client.list_endpoints(NameContains=endpoint_name)`.",
    ),
)
def teardown(
    endpoint_name: str, model_name: str, left: list[Any], month_cost: float, aws: Aws
) -> None:
    """Neither endpoint nor configuration nor model stands, and the price is known."""
    month = load_prices().instance_hour("hosting", "ml.m5.large").cost(_MONTH)
    require(
        abs(month_cost - month) < 0.01 * month,
        f"`month_cost` is {month_cost:.2f} USD, which is not {_MONTH} hours of one"
        " ml.m5.large",
    )
    names = {
        "endpoint": endpoint_name,
        "endpoint-config": endpoint_name,
        "model": model_name,
    }
    for kind, name in names.items():
        words = KINDS[kind].words
        stands = KINDS[kind].stands(aws.sagemaker, name)
        require(not stands, f"the {words} `{name}` still stands")
    require(not left, f"`left` lists {len(left)} endpoints: it was asked too early")
