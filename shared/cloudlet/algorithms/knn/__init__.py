"""The built-in k-NN algorithm, on scikit-learn and NumPy.

https://docs.aws.amazon.com/sagemaker/latest/dg/k-nearest-neighbors.html. As on AWS,
training draws `sample_size` rows, reduces their dimension if asked, and builds an
index; the endpoint answers the label that most of the `k` nearest rows have
(`classifier`) or the mean of their labels (`regressor`), with `Accept: …; verbose=true`
their distances and labels too.

The artefact has AWS's three files: `model_algo-1`, the index; `model_algo-1.labels`,
float32 numbers in the index's order; and `model_algo-1.json`, whose `k` and
`predictor_type` may be edited, as AWS documents
(https://docs.aws.amazon.com/sagemaker/latest/dg/kNN_how-it-works.html).

Where it differs from AWS:

- No FAISS: `model_algo-1` is a NumPy archive. `faiss.Flat` is exact, scikit-learn's
  `NearestNeighbors` (for inner products a matrix product). `faiss.IVFFlat` and
  `faiss.IVFPQ` are the same structures in NumPy: lists around centres, and residuals
  coded by 256 centres for each of `faiss_index_pq_m` parts.
- An inverted index looks into the 5 nearest lists; AWS does not document its number. A
  query whose lists hold fewer than `k` rows is looked up in all of them.
- `fjlt` is the subsampled transform: random signs, a cosine transform, and a draw of
  coordinates.
- Distances are Euclidean for `L2`, and 1 minus the inner product or the cosine
  for the others, so that the nearest has the smallest, in the reduced space. AWS's
  examples do not say which distance they show.
- Of several labels that are equally frequent the smallest wins, as in scikit-learn.
- `mini_batch_size` says how many rows of the channel `test` are looked up at a time;
  results do not depend on it. The sample is drawn with a fixed seed.
- On several instances with sharded data, the first one trains on the rows of all.
"""

from cloudlet.algorithms.quality import definition

METRICS = tuple(definition(name) for name in ("test:accuracy", "test:mse"))

__all__ = ["METRICS"]
