"""The built-in Random Cut Forest algorithm, in NumPy.

https://docs.aws.amazon.com/sagemaker/latest/dg/randomcutforest.html. The forest is that
of Guha, Mishra, Roy and Schrijvers, "Robust random cut forest based anomaly detection
on streams" (ICML 2016); no kept library has it. The score is that of AWS's open-source
forest (github.com/aws/random-cut-forest-by-aws): the row is inserted into each tree in
expectation, which is inversely proportional to its depth there, and scaled by the
logarithm of the tree's size. Scores are usually below 1 for normal rows; what is far
outside the sample nears log2(num_samples_per_tree + 1).

With a labelled `test` channel, rows that score beyond three standard deviations above
the mean of that channel count as anomalies, as on AWS, and are held against the labels.

Where it differs from AWS:

- Each tree draws its own sample without replacement, so that small data give full trees
  too. AWS deals one such sample of `num_trees * num_samples_per_tree` rows out to the
  trees.
- `mini_batch_size`, which the SDK sends, is checked and not used.
- Pipe mode is refused.
- AWS documents `test:f1` alone. The other metrics' names follow `eval_metrics`; scores
  of the negative class are written to the log and are no metrics.
- On several instances the first one trains on the rows of all.
- The artefact `model_algo-1` is a NumPy archive with the sampled rows (`points`) and
  the trees' nodes (`first_child`, `dimension`, `cut`, `mass`, `point`), not MXNet's.
"""

from cloudlet.algorithms.quality import definition

METRICS = tuple(
    definition(f"test:{name}") for name in ("f1", "accuracy", "precision", "recall")
)

__all__ = ["METRICS"]
