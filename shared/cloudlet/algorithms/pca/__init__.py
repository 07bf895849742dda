"""The built-in PCA algorithm, on LAPACK.

https://docs.aws.amazon.com/sagemaker/latest/dg/pca.html. As on AWS, mode `regular`
decomposes the covariance matrix, added up over mini-batches, and mode `randomized` a
sketch of the rows that is `num_components + extra_components` rows high
(https://docs.aws.amazon.com/sagemaker/latest/dg/how-pca-works.html).

The artefact `model_algo-1` is a NumPy archive with the arrays that AWS's has, in AWS's
order: **the strongest component comes last**, in `s`, `v` and in an answer's projection
("Analyze US census data for population segmentation using Amazon SageMaker", AWS
Machine Learning Blog, takes the five strongest of 33 as `s.iloc[28:]`).

- `s`, shape (num_components,): singular values of the (centred) rows, ascending.
- `v`, shape (feature_dim, num_components): the components, one a column.
- `mean`, shape (1, feature_dim): only with `subtract_mean`.

Where it differs from AWS:

- It is a NumPy archive, not MXNet's.
- `randomized` does not end with the sketch: the sketch starts a subspace iteration over
  the rows (Halko, Martinsson, Tropp 2011), so the components are nearly those of
  `regular`, which AWS's single pass does not promise. The sketch is of random signs,
  never an FJLT.
- With more features than rows, `regular` decomposes the rows themselves, exactly.
- Each component's entry of largest magnitude is positive, as in scikit-learn.
- `num_components` above the number of rows or features is refused.
- `mini_batch_size` above the number of rows fails, as the SDK says it does; else it
  says only how many rows are taken at once (never fewer than 4,096 of them, for speed):
  no model depends on it.
- A job on GPUs runs on the CPU. On several instances with sharded data, the first one
  trains on the rows of all.

AWS documents no metric for PCA. The log tells how much of the rows' sum of squares
the components keep, for channel `train` and, if there is one, `test`.
"""

from cloudlet.algorithms.metrics import MetricDefinition

METRICS: tuple[MetricDefinition, ...] = ()

__all__ = ["METRICS"]
