"""The built-in LDA algorithm: a spectral start on NumPy and SciPy, made better by
variational EM.

https://docs.aws.amazon.com/sagemaker/latest/dg/lda.html. AWS finds topics by spectral
tensor decomposition: https://docs.aws.amazon.com/sagemaker/latest/dg/lda-how-it-works.html.
So does this: moments of the documents, a whitening matrix, Alternating Least Squares
with `max_restarts`, `max_iterations` and `tol`, unwhitening (`moments.py`,
`tensor.py`). The restart whose topics make the documents likeliest is then refined by
the variational EM of Blei, Ng and Jordan (`variational.py`), because moments of a few
hundred documents are too noisy to find every topic.

The artefact `model_algo-1` holds `alpha`, shape (num_topics,), the Dirichlet prior, and
`beta`, shape (num_topics, feature_dim), each topic's distribution over words; the most
frequent topic is first.

Where it differs from AWS:

- The refinement. AWS's model is the decomposition's alone.
- AWS computes a quarter more topics than asked for and returns those with the largest
  priors; here it is `num_topics` from the beginning, which finds planted topics more
  often.
- `alpha0` is the sum of the prior at the end too, not only a first guess; its shares
  are how often the topics occur.
- AWS finds a document's mixture by stochastic gradient descent on its likelihood; here
  it is the mean of the variational distribution, from the fixed point of Blei et al.
- `test:pwll` is, in nats, the variational bound on the log-likelihood by the number of
  words. AWS does not say how it computes its own, so compare values of one cloud only.
- `mini_batch_size`, by AWS's words the number of documents, fails above it; below it
  all documents are used all the same, with a warning.
- Documents with fewer than three words are passed over in training (third moments need
  three). `num_topics` above `feature_dim` is refused.
- The artefact is a NumPy archive, not MXNet's.

With more than 50,000 documents, the decomposition sees 50,000 of them, evenly over all;
the refinement sees all. Its cost grows with the fourth power of `num_topics`.
"""

from cloudlet.algorithms.quality import definition

METRICS = (definition("test:pwll"),)

__all__ = ["METRICS"]
