"""How good the forecasts of the test channel's last `prediction_length` values are.

https://docs.aws.amazon.com/sagemaker/latest/dg/deepar.html#deepar-inputoutput has the
formulas, https://docs.aws.amazon.com/sagemaker/latest/dg/deepar-tuning.html the names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scores:
    """Errors over all series and steps whose true value is known.

    Attributes:
        rmse: of the mean forecast, in the target's units.
        quantile_losses: by quantile: twice the pinball loss, summed.
        total: the sum of the true values' absolute values.
    """

    rmse: float
    quantile_losses: dict[float, float]
    total: float

    @property
    def weighted(self) -> dict[float, float]:
        """By quantile, the loss as a share of the total; infinite if that is 0."""
        share = 1 / self.total if self.total else float("inf")
        return {q: loss * share for q, loss in self.quantile_losses.items()}

    @property
    def mean_weighted(self) -> float:
        """`mean_wQuantileLoss`."""
        return float(np.mean(list(self.weighted.values())))

    @property
    def mean_absolute(self) -> float:
        """`mean_absolute_QuantileLoss`."""
        return float(np.mean(list(self.quantile_losses.values())))


def score(truth: np.ndarray, paths: np.ndarray, quantiles: Sequence[float]) -> Scores:
    """Compare sample paths with what came.

    Args:
        truth: shape (series, steps); NaN where it is not known, which is not all.
        paths: shape (series, samples, steps).
        quantiles: between 0 and 1.
    """
    known = np.isfinite(truth)
    true = truth[known].astype(np.float64)
    errors = paths.mean(1, dtype=np.float64)[known] - true
    losses = {}
    for quantile in quantiles:
        ahead = true - np.quantile(paths, quantile, axis=1)[known]
        losses[quantile] = float(
            2 * np.maximum(quantile * ahead, (quantile - 1) * ahead).sum()
        )
    rmse = float(np.sqrt(np.mean(errors**2)))
    return Scores(rmse, losses, float(np.abs(true).sum()))
