"""The built-in IP Insights algorithm, in NumPy.

https://docs.aws.amazon.com/sagemaker/latest/dg/ip-insights.html. As on AWS, an entity
is hashed to one of `num_entity_vectors` vectors, an address is encoded by a network
that knows the prefixes of IPv4, and the dot product of both tells the pairs of the
training data from random addresses and shuffled pairs, by cross entropy and Adam. It
estimates the log odds of a pair to be real: above 0 is usual, below 0 is not.

AWS has not published its encoder. Here (`encoder.py`) an address is the sum of a linear
map of its 32 bits and one vector for each prefix (/8, /12, … /32), and then
`num_ip_encoder_layers` layers with ReLU, each of which adds to what it gets. A prefix
that occurs only once in the training data shares one vector with all unknown ones of
its length, so that the network learns what a new address means.

Where it differs from AWS:

- The negative samples of `validation:discriminator_auc`, which AWS calls predefined,
  are one random address and one shuffled pair for each row, the same ones in each
  epoch, whatever the sampling rates.
- Only vectors that training has touched are kept, so memory and artefact grow with the
  distinct entities, not with `num_entity_vectors`; AWS's limit of 8 GB is not enforced.
  An entity whose vector was never trained has zeros and scores 0: nothing is known
  (on AWS it keeps its random start).
- `weight_decay` counts for a vector once for each time that it is in a batch.
- On several instances with sharded data, the first one trains on the rows of all, and
  measures on its own share of `validation`.
- A channel without a content type is read as CSV, the only format that there is.
- The artefact `model_algo-1` is a NumPy archive with `entity_slots`, `entity_vectors`,
  `prefixes`, `prefix_vectors` and the layers' weights, not MXNet's.
"""

from cloudlet.algorithms.quality import definition

METRICS = (definition("validation:discriminator_auc"),)

__all__ = ["METRICS"]
