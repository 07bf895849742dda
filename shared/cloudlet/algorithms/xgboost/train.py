"""Train XGBoost under the container contract: read, check, boost, write.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html; how this differs from
AWS stands in the package's docstring.
"""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import xgboost

from cloudlet.algorithms import log
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.xgboost import custom_metrics, data
from cloudlet.algorithms.xgboost.hyperparameters import TABLE
from cloudlet.algorithms.xgboost.metric_names import MAXIMIZE
from cloudlet.runner.container import AlgorithmError, ClientError, Container

MODEL_NAME = "xgboost-model"
"""The artefact's file, as on AWS."""

_DEFAULT_OBJECTIVE = "reg:squarederror"
_OURS = (
    "num_round",
    "csv_weights",
    "early_stopping_rounds",
    "eval_metric",
    "save_model_on_termination",
    "_tuning_objective_metric",
)

_CUSTOMER_ERRORS = (
    "label must be",
    "base_score",
    "should be greater equal to",
    "Target is multiclass but average='binary'",
    "Classification metrics can't handle",
    "Unknown tree updater",
    "Number of columns does not match",
    "feature_names mismatch",
)
"""What in the library's message tells that the customer's input is at fault."""


def train(container: Container) -> None:
    """Run one training job.

    Reads hyperparameters, the channels `train` and, if given, `validation`; prints
    one line a round, `[0]#011train-auc:0.90000#011validation-auc:0.88000`; writes
    `xgboost-model`, which `xgboost.Booster().load_model(path)` reads. Its content is
    UBJSON, which `save_model` of XGBoost 3 gives a name without extension; AWS's
    container writes with `save_model` since 1.3 and pickled before.

    Raises:
        ClientError: hyperparameters, channels or data are at fault.
        AlgorithmError: the library failed for another reason.
    """
    log.info("Running XGBoost Sagemaker in algorithm mode")
    values = TABLE.validate(container.hyperparameters())
    check_channels(
        container.input_data_config(),
        required=["train"],
        optional=["validation"],
        pipe=False,
    )
    _check_hosts(container.resource_config())
    matrices = _load(container, values)
    booster = _boost(_Plan(values, matrices))
    _save(booster, container)


@dataclass(frozen=True)
class _Plan:
    """What to train: the values of the hyperparameters, and the matrices by channel."""

    values: Mapping[str, Any]
    matrices: Mapping[str, xgboost.DMatrix]

    @property
    def objective(self) -> str:
        return str(self.values.get("objective", _DEFAULT_OBJECTIVE))

    @property
    def metrics(self) -> list[str]:
        """Metrics to print; the one that a tuning job looks at is among them."""
        metrics = list(self.values.get("eval_metric", []))
        tuned = self.tuned_metric
        return metrics if tuned is None or tuned in metrics else [*metrics, tuned]

    @property
    def tuned_metric(self) -> str | None:
        full_name = self.values.get("_tuning_objective_metric")
        return str(full_name).split(":", 1)[1] if full_name else None

    def custom_evaluation(self) -> custom_metrics.Evaluation | None:
        """What computes the metrics that the library does not have."""
        names = [name for name in self.metrics if name in custom_metrics.NAMES]
        return custom_metrics.evaluation(names, self.objective) if names else None

    def parameters(self) -> dict[str, Any]:
        """What the library is told."""
        params = {
            name: value for name, value in self.values.items() if name not in _OURS
        }
        own = [name for name in self.metrics if name not in custom_metrics.NAMES]
        if own:
            params["eval_metric"] = own
        if "updater" in params:
            params["updater"] = ",".join(params["updater"])
        if params.get("tree_method") == "gpu_hist":
            log.warning("No GPU here: tree_method 'gpu_hist' runs as 'hist'.")
            params["tree_method"] = "hist"
        return params


def _load(
    container: Container, values: Mapping[str, Any]
) -> dict[str, xgboost.DMatrix]:
    config = container.input_data_config()
    # AWS reads both channels in the format of `train`.
    form = data.training_format(config["train"].get("ContentType"))
    weighted = values.get("csv_weights") == 1
    matrices: dict[str, xgboost.DMatrix] = {
        name: data.load(container, name, form, weighted)
        for name in ("train", "validation")
        if name in config
    }
    objective = values.get("objective", _DEFAULT_OBJECTIVE)
    for matrix in matrices.values():
        data.check_labels(matrix.get_label(), objective, values.get("num_class"))
    if "validation" in matrices:
        data.check_widths(matrices["train"], matrices["validation"], form)
    return matrices


def _check_hosts(resources: Mapping[str, Any]) -> None:
    hosts = resources.get("hosts", [])
    if len(hosts) > 1:
        raise ClientError(
            f"The job asks for {len(hosts)} instances; the local cloud's XGBoost "
            "trains on one. Set InstanceCount to 1."
        )


def _boost(plan: _Plan) -> xgboost.Booster:
    _tell_sizes(plan.matrices)
    try:
        with _last_round_on_termination(plan.values) as stopper:
            return xgboost.train(
                plan.parameters(),
                plan.matrices["train"],
                num_boost_round=plan.values["num_round"],
                evals=[(plan.matrices[name], name) for name in plan.matrices],
                custom_metric=plan.custom_evaluation(),
                callbacks=[
                    xgboost.callback.EvaluationMonitor(logger=_print_evaluation),
                    *_early_stopping(plan),
                    *stopper,
                ],
                verbose_eval=False,
            )
    except (xgboost.core.XGBoostError, ValueError) as error:
        text = data.reason(error)
        if any(mark in text for mark in _CUSTOMER_ERRORS):
            raise ClientError(text) from error
        raise AlgorithmError(
            f"XGB train call failed with exception:\n {text}"
        ) from error


def _tell_sizes(matrices: Mapping[str, xgboost.DMatrix]) -> None:
    log.info("Single node training.")
    train = matrices["train"]
    log.info(f"Train matrix has {train.num_row()} rows and {train.num_col()} columns")
    if "validation" in matrices:
        log.info(f"Validation matrix has {matrices['validation'].num_row()} rows")


def _print_evaluation(line: str) -> None:
    # The logs of AWS's jobs have #011 where the library writes a tab, and the
    # expressions that find the metrics look for it.
    print(line.strip("\n").replace("\t", "#011"), flush=True)


def _early_stopping(plan: _Plan) -> list[Any]:
    rounds = plan.values.get("early_stopping_rounds")
    if rounds is None:
        return []
    if "validation" not in plan.matrices:
        log.warning(
            "early_stopping_rounds has no effect: there is no validation channel."
        )
        return []
    metric = plan.tuned_metric or next(reversed(plan.metrics), None)
    return [
        xgboost.callback.EarlyStopping(
            rounds=rounds,
            data_name="validation",
            metric_name=metric,
            maximize=metric.split("@")[0] in MAXIMIZE if metric else None,
            # Rounds of a linear model cannot be taken back.
            save_best=plan.values.get("booster") != "gblinear",
        )
    ]


class _StopOnRequest(xgboost.callback.TrainingCallback):  # type: ignore[misc]
    """Ends training after the round in which the job is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.requested = False

    def request(self, *_: Any) -> None:
        self.requested = True

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        return self.requested


@contextmanager
def _last_round_on_termination(values: Mapping[str, Any]) -> Iterator[list[Any]]:
    """With save_model_on_termination, SIGTERM ends training with a model.

    Without, the signal ends the process and there is none. A signal handler can only
    be set in the main thread, in which a job runs.
    """
    main = threading.current_thread() is threading.main_thread()
    if values.get("save_model_on_termination") != "true" or not main:
        yield []
        return
    stopper = _StopOnRequest()
    before = signal.signal(signal.SIGTERM, stopper.request)
    try:
        yield [stopper]
    finally:
        signal.signal(signal.SIGTERM, before)


def _save(booster: xgboost.Booster, container: Container) -> None:
    container.model.mkdir(parents=True, exist_ok=True)
    unfinished = container.model / f".{MODEL_NAME}"
    unfinished.write_bytes(booster.save_raw("ubj"))
    os.replace(unfinished, container.model / MODEL_NAME)
