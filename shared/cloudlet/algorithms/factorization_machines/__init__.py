"""The built-in Factorization Machines algorithm, in NumPy and SciPy.

https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines.html. The model is
Rendle's ("Factorization Machines", ICDM 2010) of degree two: a bias, a weight for each
feature, and for each feature `num_factors` numbers whose products with another's are
the weight of the pair. As on AWS it is trained on recordIO-protobuf, by minibatches,
and each of the three parts has a learning rate, a weight decay and an initialisation of
its own. The endpoint answers `score`, for a `binary_classifier` the probability of 1,
and with it `predicted_label`.

Where it differs from AWS:

- AWS names the optimiser's parameters (`eps`, `clip_gradient`, `rescale_grad`), not the
  optimiser. Here it is Adam as MXNet has it, which steps for the features that occur in
  a batch, with β 0.9 and 0.999 and `eps` 1e-8; the gradient of a batch is divided by
  its rows unless `rescale_grad` is given.
- Rows are shuffled before each epoch, with a fixed seed.
- `…_init_scale` and `…_init_value` have no default, so an `…_init_method` that needs
  one and does not get it is refused.
- Metrics of the channel `train` are those of an epoch, from the scores before each
  update. The log says `<loss>=` of accuracy too, and `binary_f_beta` is the F1 score.
- `text/csv` is refused, for training as on AWS, and for inference, where AWS documents
  JSON and recordIO-protobuf.
- On several instances with sharded data, the first one trains on the rows of all.
- The artefact `model_algo-1` is a NumPy archive with `bias`, `linear` and `factors`,
  not MXNet's.
"""

from dataclasses import replace

from cloudlet.algorithms.metrics import MetricDefinition
from cloudlet.algorithms.quality import definition

REGRESSION = ("rmse", "mse", "absolute_loss")
CLASSIFICATION = (
    "binary_classification_accuracy",
    "binary_classification_cross_entropy",
    "binary_f_beta",
)


def _of_epochs(name: str) -> MetricDefinition:
    return replace(definition(f"train:{name}"), name=f"train:{name}:epoch")


METRICS = (
    *(_of_epochs(name) for name in (*REGRESSION, *CLASSIFICATION)),
    *(definition(f"test:{name}") for name in ("rmse", *CLASSIFICATION)),
)

__all__ = ["METRICS"]
