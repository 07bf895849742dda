"""The built-in K-Means algorithm, on scikit-learn.

https://docs.aws.amazon.com/sagemaker/latest/dg/k-means.html. As on AWS, training first
finds `k * extra_center_factor` centres and then reduces them to `k`
(`extra_center_factor=auto`), starting from `init_method` centres; the endpoint answers
the closest cluster and the distance to its centre.

Where it differs from AWS:

- The first step is web-scale K-Means (Sculley 2010) over `epochs` passes, and the
  second scikit-learn's `KMeans` over the centres, weighted by their rows. Then `KMeans`
  takes the `k` centres over all rows to their nearest optimum, which AWS's streaming
  algorithm does not: results are at least as tight. With `half_life_time_size`, where
  old rows are to count less, this last step is left out.
- On several instances with sharded data, the first one trains on the rows of all.
- The artefact `model_algo-1` is a NumPy archive with `centers`, not MXNet's.
"""

from cloudlet.algorithms.quality import definition

METRICS = tuple(
    definition(name) for name in ("train:msd", "train:ssd", "test:msd", "test:ssd")
)

__all__ = ["METRICS"]
