"""The built-in BlazingText algorithm: Word2Vec on gensim, and fastText's classifier.

https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext.html. Modes `skipgram`,
`cbow` and `batch_skipgram` learn vectors of words (the extra `deep`, for gensim); mode
`supervised` learns to classify lines, on NumPy and SciPy alone: the mean of the vectors
of a line's words and word n-grams, a softmax, stochastic gradient descent with a rate
that falls to zero (Joulin et al., "Bag of Tricks for Efficient Text Classification",
https://arxiv.org/abs/1607.01759). SciPy's sparse products were measured to be
two to four times as fast as PyTorch's EmbeddingBag, and to cost what fastText does on
one core.

The artefact is AWS's: `vectors.txt` (word2vec's text, which gensim opens) with
`vectors.bin`, or `model.bin`. The binaries are in fastText's own format, so fastText
opens them, and the endpoint opens those of fastText (see below for the limit).

Where it differs from AWS:

- `batch_skipgram` is trained as `skipgram`: gensim draws the negative samples of each
  pair anew and does not share them in a batch, so `batch_size` is checked and not used.
  It takes no `subwords`, which AWS documents for the other two.
- Word vectors are trained by one thread and from a fixed seed: the same data give the
  same bytes. So does `supervised`, whose lines are shuffled in each pass (fastText
  reads them in their order) and taken 16 at a time with their gradients summed, as
  fastText's threads do it without waiting for each other.
- If the vectors of all `buckets` take more than 64 MiB, as with the default of
  2,000,000, only those of the n-grams that occur are trained and kept. Others count for
  nothing; in fastText they have random vectors. The file then has a pruned dictionary,
  which fastText knows but refuses without quantization: for a binary that fastText
  opens, set `buckets` to 100000 or so.
- `evaluation` uses the copy of WordSimilarity-353 that gensim ships. If too few of its
  words are in the text, there is no `train:mean_rho`.
- The augmented manifest's lines are read in File mode, from a channel whose content
  type is `application/jsonlines`; Pipe mode is not offered. Several files of a channel
  are read one after the other.
- Lines without label are passed over with a warning; a label that only the validation
  data have counts as wrong.
- On several instances (`batch_skipgram`), the first one trains alone.
- Served models of fastText: dense ones, with softmax if supervised and then without
  subwords. No quantized ones.
"""

from cloudlet.algorithms.quality import definition

METRICS = tuple(
    definition(name)
    for name in ("train:mean_rho", "train:accuracy", "validation:accuracy")
)

DEEP = True
"""Whether it needs the extra `deep`."""

__all__ = ["DEEP", "METRICS"]
