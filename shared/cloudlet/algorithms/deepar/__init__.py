"""The built-in DeepAR forecasting algorithm, on GluonTS's `DeepAREstimator` (PyTorch).

https://docs.aws.amazon.com/sagemaker/latest/dg/deepar.html; the method is Salinas et
al., "DeepAR: Probabilistic Forecasting with Autoregressive Recurrent Networks",
https://arxiv.org/abs/1704.04110. One recurrent network is trained jointly on windows
of all series; the endpoint draws sample paths from it, for series of the training data
as for new ones, and answers their mean and quantiles. GluonTS, PyTorch and Lightning
are the extra `deep`.

An epoch draws one window of each series on average, and at least ten mini-batches, as
the log of AWS's container says that it does ("Small number of time series. Doing 2
passes over dataset with prob 0.8 per epoch."). The model of the epoch with the lowest
training loss is kept.

The artefact `model_algo-1` is a NumPy archive of the network's weights under PyTorch's
names, with the settings that build it as a JSON text; no pickle, and no names of
classes, which GluonTS's own `predictor.json` has and calls.

Where it differs from AWS:

- The network is GluonTS's: dropout stands between the LSTM's layers (AWS: zoneout
  within them), and the learning rate is halved after 10 epochs without progress. Lags
  are GluonTS's for the frequency, without those that no training series is long
  enough for.
- A window is scaled by its mean absolute value, but at least by a tenth of the smallest
  mean of a training series; a history without any value by the mean of all of them.
- A series exactly as long as `prediction_length` is left out of training too, since it
  has nothing before its window.
- The log has a loss for each epoch, not for every fifth batch too, and no throughput.
- The same request gets the same sample paths; on AWS they are drawn anew.
- `cat` and `dynamic_feat` in a request to a model trained without them are passed over.
- On several instances the first one trains, on the series of all if they are sharded.
  GPUs are not used.
"""

from cloudlet.algorithms.metrics import MetricDefinition
from cloudlet.algorithms.quality import definition

_PROGRESS = MetricDefinition(
    "train:progress",
    r"#progress_metric: host=\S+, completed (\S+) % of epochs",
    mark="#progress_metric:",
)

METRICS = (
    *(definition(name) for name in ("train:loss", "train:final_loss")),
    _PROGRESS,
    *(definition(name) for name in ("test:RMSE", "test:mean_wQuantileLoss")),
)

DEEP = True
"""Whether it needs the extra `deep`."""

__all__ = ["DEEP", "METRICS"]
