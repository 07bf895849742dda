"""Train DeepAR: read the series, fit the network, write it, measure it.

What loads PyTorch is imported late: it may be missing, and it takes seconds, which
a job with bad data need not wait for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from cloudlet.algorithms import artefact, deep, hosts, log, quality
from cloudlet.algorithms.channels import check_channels
from cloudlet.algorithms.deepar import channel
from cloudlet.algorithms.deepar.evaluation import score
from cloudlet.algorithms.deepar.hyperparameters import TABLE
from cloudlet.algorithms.deepar.series import Series
from cloudlet.algorithms.deepar.settings import Settings, derive, entry
from cloudlet.runner.container import ClientError, Container

#: https://docs.aws.amazon.com/sagemaker/latest/dg/deepar.html#deepar_best_practices
_FEWEST_OBSERVATIONS = 300


def train(container: Container) -> None:
    """Run one training job: channels `train`, and `test` if given.

    Raises:
        ClientError: hyperparameters, channels or data are at fault, or the extra
            `deep` is not installed.
        AlgorithmError: training failed.
    """
    values = TABLE.validate(container.hyperparameters())
    config = container.input_data_config()
    check_channels(config, required=["train"], optional=["test"], pipe=False)
    if said := deep.missing("DeepAR"):
        raise ClientError(said)
    deep.calm_threads()
    series = channel.load(container, "train")
    test = channel.load(container, "test") if "test" in config else None
    if series is None:
        return
    _describe("train", series)
    settings = _settings(series, values)
    entries = _usable(_entries("train", series, settings), settings.prediction_length)
    if test is not None:
        _describe("test", test)
        _entries("test", test, settings)
    _learn(container, entries, settings, values, test)


def _learn(
    container: Container,
    entries: Sequence[Mapping[str, Any]],
    settings: Settings,
    values: Mapping[str, Any],
    test: Sequence[Series] | None,
) -> None:
    """Fit, write and measure, once all data are known to be fit for it."""
    from cloudlet.algorithms.deepar import learning, network

    longest = max(len(one["target"]) for one in entries)
    settings = replace(settings, lags=network.lags(settings.offset, longest))
    weights = learning.fit(entries, settings, values, hosts.current(container))
    artefact.write(container, asdict(settings), **weights)
    if test is not None:
        forecaster = network.Forecaster(settings, weights)
        _measure(container, forecaster, test, settings, values)


def _settings(series: Sequence[Series], values: dict[str, Any]) -> Settings:
    observations = sum(int(np.isfinite(one.target).sum()) for one in series)
    if observations < _FEWEST_OBSERVATIONS:
        raise ClientError(
            f"The time series of channel 'train' have {observations} observations in"
            f" all, and DeepAR needs at least {_FEWEST_OBSERVATIONS}."
        )
    try:
        settings = derive(series, values)
    except ValueError as error:
        raise ClientError(f"The channel 'train' cannot be used: {error}.") from error
    for field, used in (
        ("cat", settings.cardinality),
        ("dynamic_feat", settings.num_dynamic_feat),
    ):
        log.info(f"`{field}` will {'' if used else 'NOT '}be used for training.")
    return settings


def _usable(
    entries: Sequence[dict[str, Any]], prediction_length: int
) -> list[dict[str, Any]]:
    """Those that a window fits into, with a value before it."""
    found = [one for one in entries if len(one["target"]) > prediction_length]
    if not found:
        raise ClientError(
            "No time series of channel 'train' is longer than prediction_length,"
            f" {prediction_length}."
        )
    if len(found) < len(entries):
        log.warning(
            f"{len(entries) - len(found)} of {len(entries)} time series are not longer"
            " than prediction_length and are left out."
        )
    return found


def _entries(
    name: str, series: Sequence[Series], settings: Settings
) -> list[dict[str, Any]]:
    """The series as GluonTS takes them; raises ClientError if one does not fit."""
    made = []
    for number, one in enumerate(series, 1):
        try:
            made.append(entry(one, settings, ahead=0))
        except ValueError as error:
            raise ClientError(
                f"Time series {number} of channel '{name}' does not fit: {error}."
            ) from error
    return made


def _describe(name: str, series: Sequence[Series]) -> None:
    """Print the statistics that AWS's container prints."""
    known = [one.target[np.isfinite(one.target)] for one in series]
    known = [values for values in known if len(values)]
    if not known:
        raise ClientError(f"The channel '{name}' has no value that is not missing.")
    length, count = sum(map(len, series)), sum(map(len, known))
    whole = all((values == np.floor(values)).all() for values in known)
    mean = sum(values.sum(dtype=np.float64) for values in known) / count
    absolute = sum(np.abs(values).sum(dtype=np.float64) for values in known) / count
    low, high = min(v.min() for v in known), max(v.max() for v in known)
    for line in (
        f"{'Training' if name == 'train' else 'Test'} set statistics:",
        "Integer time series" if whole else "Real time series",
        f"number of time series: {len(series)}",
        f"number of observations: {count}",
        f"mean target length: {length / len(series)}",
        f"min/mean/max target: {low}/{mean}/{high}",
        f"mean abs(target): {absolute}",
        f"contains missing values: {'yes' if count < length else 'no'}",
    ):
        log.info(line)


def _measure(
    container: Container,
    forecaster: Any,
    series: Sequence[Series],
    settings: Settings,
    values: Mapping[str, Any],
) -> None:
    """Forecast the last values of each test series, and print how that went."""
    steps = settings.prediction_length
    long = [one for one in series if len(one) > steps]
    if not any(np.isfinite(one.target[-steps:]).any() for one in long):
        log.warning(
            "The model is not measured: no time series of channel 'test' is longer"
            " than prediction_length and has values at its end."
        )
        return
    samples = values["num_eval_samples"]
    log.info(f"Evaluating model accuracy on testset using {samples} samples")
    paths = forecaster.draw([one.until(len(one) - steps) for one in long], samples)
    truth = np.stack([one.target[-steps:] for one in long])
    scores = score(truth, paths, values["test_quantiles"])
    host = hosts.current(container)
    log.info(f"#test_score ({host}, RMSE): {scores.rmse}")
    log.info(
        f"#test_score ({host}, mean_absolute_QuantileLoss): {scores.mean_absolute}"
    )
    log.info(f"#test_score ({host}, mean_wQuantileLoss): {scores.mean_weighted}")
    for quantile, loss in scores.weighted.items():
        log.info(f"#test_score ({host}, wQuantileLoss[{quantile}]): {loss}")
    quality.report(host, "test:RMSE", scores.rmse)
    if scores.total:
        quality.report(host, "test:mean_wQuantileLoss", scores.mean_weighted)
