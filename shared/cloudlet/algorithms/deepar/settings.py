"""What a model of DeepAR is: hyperparameters, and what training data say beside them.

They make the network, and they say which series it can take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudlet.algorithms.deepar.series import Series


@dataclass(frozen=True)
class Settings:
    """What a JSON text can hold, and the weights belong to.

    Attributes:
        cardinality: the number of categories of each categorical feature; empty if the
            model has none.
        num_dynamic_feat: the number of features that change with time.
        lags: how many steps back the network looks, beside the context; empty until
            they are known.
        default_scale: the mean absolute value of the training series, which scales a
            window without any value.
        minimum_scale: what a window is scaled by at least.
        The others are the hyperparameters of that name.
    """

    time_freq: str
    context_length: int
    prediction_length: int
    likelihood: str
    num_cells: int
    num_layers: int
    dropout_rate: float
    embedding_dimension: int
    cardinality: list[int] = field(default_factory=list)
    num_dynamic_feat: int = 0
    lags: list[int] = field(default_factory=list)
    default_scale: float = 1.0
    minimum_scale: float = 1e-10

    @property
    def period(self) -> str:
        """The frequency as pandas names it for periods: `H` is `h`."""
        return self.time_freq.replace("H", "h")

    @property
    def offset(self) -> str:
        """The frequency as pandas names it for offsets: `M` is `ME` too."""
        return self.period.replace("M", "ME")


_PLAIN = (
    "time_freq",
    "context_length",
    "prediction_length",
    "likelihood",
    "num_cells",
    "num_layers",
    "dropout_rate",
    "embedding_dimension",
)


def derive(series: Sequence[Series], values: Mapping[str, Any]) -> Settings:
    """The settings for these training series, whose lags are still to be found.

    Args:
        series: those of the channel `train`.
        values: the hyperparameters.

    Raises:
        ValueError: the series do not fit together, or not the hyperparameters.
    """
    counted = [len(one.features) for one in series if one.features is not None]
    scales = [float(np.nanmean(np.abs(one.target))) for one in series if _known(one)]
    weights = [int(np.isfinite(one.target).sum()) for one in series if _known(one)]
    positive = [scale for scale in scales if scale > 0] or [1.0]
    return Settings(
        **{name: values[name] for name in _PLAIN},
        cardinality=_cardinality(series, values["cardinality"]),
        num_dynamic_feat=_features(counted, len(series), values["num_dynamic_feat"]),
        default_scale=float(np.average(scales, weights=weights)) if scales else 1.0,
        minimum_scale=min(positive) / 10,
    )


def _known(one: Series) -> bool:
    return bool(np.isfinite(one.target).any())


def _cardinality(series: Sequence[Series], asked: str | list[int]) -> list[int]:
    given = [one.cat for one in series if one.cat is not None]
    if asked == "ignore" or (asked == "auto" and not given):
        return []
    lengths = {len(cat) for cat in given}
    if len(given) < len(series) or len(lengths) > 1:
        raise ValueError(
            "all time series have to have the field cat, with as many categorical"
            " features (to leave it out, set the hyperparameter cardinality to ignore)"
        )
    found = [1 + max(numbers) for numbers in zip(*given, strict=True)]
    if isinstance(asked, str):
        return found
    if len(asked) != len(found) or any(map(int.__gt__, found, asked)):
        raise ValueError(
            f"the hyperparameter cardinality is {asked}, and the data's is {found}"
        )
    return asked


def _features(counted: Sequence[int], series: int, asked: str | int) -> int:
    if asked == "ignore" or (asked == "auto" and not counted):
        return 0
    if len(counted) < series or len(set(counted)) > 1:
        raise ValueError(
            "all time series have to have the field dynamic_feat, with as many features"
            " (to leave it out, set the hyperparameter num_dynamic_feat to ignore)"
        )
    if asked not in ("auto", counted[0]):
        raise ValueError(
            f"the hyperparameter num_dynamic_feat is {asked}, and the data have"
            f" {counted[0]} dynamic features"
        )
    return counted[0]


def entry(series: Series, settings: Settings, ahead: int) -> dict[str, Any]:
    """The series as GluonTS takes it; fields that the model does not know are left out.

    Args:
        series: one that is to be learnt from or forecast.
        settings: the model's.
        ahead: how many values its features have beyond its target.

    Raises:
        ValueError: it does not fit the model or its likelihood.
    """
    import pandas as pd

    _check_target(series.target, settings.likelihood)
    made: dict[str, Any] = {
        "start": pd.Period(series.start, freq=settings.period),
        "target": series.target,
    }
    if settings.cardinality:
        made["feat_static_cat"] = _fitting_cat(series, settings.cardinality)
    if settings.num_dynamic_feat:
        length = len(series) + ahead
        made["feat_dynamic_real"] = _fitting_features(series, settings, length)
    return made


def _fitting_cat(series: Series, cardinality: list[int]) -> list[int]:
    cat = series.cat
    if cat is None or len(cat) != len(cardinality):
        raise ValueError(
            f"the model was trained with {len(cardinality)} categorical features, and"
            f" cat is {None if cat is None else list(cat)}"
        )
    if any(map(int.__ge__, cat, cardinality)):
        raise ValueError(
            f"cat is {list(cat)}, and the numbers of categories in training were"
            f" {cardinality}: a category from 0 that it has not seen cannot be forecast"
        )
    return list(cat)


def _fitting_features(series: Series, settings: Settings, length: int) -> np.ndarray:
    found, expected = series.features, (settings.num_dynamic_feat, length)
    if found is None or found.shape != expected:
        shape = "missing" if found is None else f"{found.shape[0]} × {found.shape[1]}"
        raise ValueError(
            f"dynamic_feat is {shape}; it has to be {expected[0]} features of"
            f" {expected[1]} values, to go with a target of {len(series)}"
        )
    return found


def _check_target(target: np.ndarray, likelihood: str) -> None:
    known = target[np.isfinite(target)]
    if likelihood == "negative-binomial" and (known < 0).any():
        raise ValueError("likelihood negative-binomial, and target has negative values")
    if likelihood == "negative-binomial" and (known != np.floor(known)).any():
        raise ValueError("likelihood negative-binomial, and target has fractions")
    if likelihood == "beta" and ((known < 0) | (known > 1)).any():
        raise ValueError("likelihood beta, and target has values outside of 0 to 1")
