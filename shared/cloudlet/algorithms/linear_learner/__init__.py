"""The built-in Linear Learner algorithm, on NumPy and scikit-learn's metrics.

https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner.html. As on AWS, features
(and the label of a regression) are scaled by a sample, several models with the settings
asked for and close ones descend in parallel over mini-batches, and the best one by the
channel `validation`, or else by a sample of `train`, is kept. A binary classifier's
threshold is then set by `binary_classifier_model_selection_criteria`; its score stays
what it was, so that a score below one half may belong to label 1.

The artefact `model_algo-1` is a NumPy archive, not MXNet's: `weights`, shape (features,
columns), and `means` and `bias`, for features and labels in their own units.

Where it differs from AWS:

- What `auto` stands for is our own choice, but for adam and the losses; AWS does not
  publish most of it. `num_models` is 32, fewer on many rows, classes or features, and
  one without validation rows.
  The models differ in learning rate, in `wd` and `l1` if there are validation rows, and
  in `positive_example_weight_mult` if it is `auto`; a number that is given is
  multiplied by 1/4 to 4, so 0 stays 0, and fewer models than `num_models` may be left.
- The model of an epoch is the mean of the weights over its second half, which takes
  noise out of it. Models with `l1` are the last weights, so that zeros stay exact.
- Rows are shuffled in each epoch. AWS asks for shuffled data.
- Without `mini_batch_size`, fewer than 1,000 rows make ten batches; with it, a batch
  larger than the data fails the job.
- `huber_delta` and `loss_insensitivity` are in the label's own units, and so are all
  losses that are reported. `train:objective_loss` of an epoch is that of at most
  100,000 rows, without penalties. Penalties are `wd / 2 * |w|^2` and `l1 * |w|`, on
  weights of scaled features.
- `quantile` is the probability that the label is below the prediction. AWS's pages
  contradict each other here.
- With `hinge_loss`, the criterion `cross_entropy_loss` means the hinge loss.
- Sparse rows are centred without being made dense. Labels stay one number a row.
- On several instances with sharded data, the first one trains on the rows of all.
- There are no checkpoints for managed spot training, and no GPU.
"""

from cloudlet.algorithms.quality import definition

_BINARY = (
    "binary_classification_accuracy",
    "binary_f_beta",
    "precision",
    "recall",
    "roc_auc_score",
)
_MULTICLASS = (
    "multiclass_accuracy",
    "multiclass_top_k_accuracy",
    "dcg",
    "macro_f_beta",
    "macro_precision",
    "macro_recall",
)
_REGRESSION = ("mse", "absolute_loss")
_MEASURED = ("objective_loss", *_BINARY, *_MULTICLASS, *_REGRESSION)

METRICS = tuple(
    definition(name)
    for name in (
        "train:objective_loss",
        *(f"validation:{metric}" for metric in _MEASURED),
        *(f"test:{metric}" for metric in _MEASURED),
    )
)

__all__ = ["METRICS"]
