"""The network: GluonTS's DeepAR, made of our settings, and forecasts drawn from it.

Importing this loads PyTorch and GluonTS, which are the extra `deep`.
"""

import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from gluonts.time_feature import get_lags_for_frequency
from gluonts.torch.model.deepar import DeepAREstimator

from cloudlet.algorithms.deepar.likelihoods import OUTPUTS
from cloudlet.algorithms.deepar.series import Series
from cloudlet.algorithms.deepar.settings import Settings, entry

# GluonTS indexes in a way that PyTorch wants to change; it says so at each forecast.
warnings.filterwarnings("ignore", "Using a non-tuple sequence", UserWarning)

#: Training and sample paths are drawn from it: the same data give the same forecasts.
SEED = 0
#: Floats that the histories of all sample paths drawn at once may take: 64 MB.
_MOST_FLOATS = 2**24
_MOST_PATHS = 100


class Estimator(DeepAREstimator):  # type: ignore[misc]
    """GluonTS's estimator, whose scaler has a floor.

    Its own is 1e-10, and a window of zeros before a sale would be divided by it.
    """

    minimum_scale = 1e-10

    def create_lightning_module(self) -> Any:
        """The untrained network."""
        module = super().create_lightning_module()
        module.model.scaler.minimum_scale = self.minimum_scale
        return module


def estimator(settings: Settings, **training: Any) -> Estimator:
    """GluonTS's estimator; `training` has what concerns training alone."""
    categories = len(settings.cardinality)
    made = Estimator(
        freq=settings.offset,
        prediction_length=settings.prediction_length,
        context_length=settings.context_length,
        num_layers=settings.num_layers,
        hidden_size=settings.num_cells,
        dropout_rate=settings.dropout_rate if settings.num_layers > 1 else 0.0,
        num_feat_dynamic_real=settings.num_dynamic_feat,
        num_feat_static_cat=categories,
        cardinality=settings.cardinality or None,
        embedding_dimension=[settings.embedding_dimension] * categories or None,
        distr_output=OUTPUTS[settings.likelihood](),
        # Values from 0 to 1 have their scale already.
        scaling=settings.likelihood != "beta",
        default_scale=settings.default_scale,
        lags_seq=list(settings.lags),
        **training,
    )
    made.minimum_scale = settings.minimum_scale
    return made


def lags(offset: str, longest: int) -> list[int]:
    """GluonTS's lags for the frequency that a series of this length can have."""
    found = [int(lag) for lag in get_lags_for_frequency(offset) if lag < longest]
    return found or [1]


class Forecaster:
    """A trained network; one object serves many threads, one after the other.

    Args:
        settings: the model's.
        weights: the network's arrays by PyTorch's names.

    Raises:
        RuntimeError: the weights are not those of such a network.
    """

    def __init__(self, settings: Settings, weights: Mapping[str, np.ndarray]) -> None:
        made = estimator(settings)
        module = made.create_lightning_module()
        state = {name: torch.from_numpy(array) for name, array in weights.items()}
        module.model.load_state_dict(state)
        self._settings, self._model = settings, module.model
        self._predictor = made.create_predictor(made.create_transformation(), module)
        self._predictor.to("cpu")
        self._lock = threading.Lock()  # PyTorch's generator is one for all threads

    def draw(self, series: Sequence[Series], samples: int) -> np.ndarray:
        """Sample paths, shape (series, samples, prediction_length), float32.

        Raises:
            ValueError: a series does not fit the model; the text says which.
        """
        entries = []
        for number, one in enumerate(series):
            try:
                ahead = self._settings.prediction_length
                entries.append(entry(one, self._settings, ahead))
            except ValueError as error:
                raise ValueError(f"time series {number}: {error}") from error
        with self._lock:
            paths = min(samples, _MOST_PATHS)
            self._model.num_parallel_samples = paths
            size = _MOST_FLOATS // (paths * self._model.past_length)
            self._predictor.batch_size = min(max(size, 1), 64)
            torch.manual_seed(SEED)
            drawn = self._predictor.predict(entries, num_samples=samples)
            return np.stack([forecast.samples for forecast in drawn])
