"""The built-in Image Classification algorithm (MXNet on AWS), on PyTorch.

https://docs.aws.amazon.com/sagemaker/latest/dg/image-classification.html: a ResNet that
is trained from scratch, from pretrained weights (`use_pretrained_model`), or on from
an earlier job's artefact (channel `model`). Images are PNG or JPEG, with `.lst` files
or in MXNet's RecordIO. The model of the epoch with the best validation accuracy is
kept. The endpoint answers the probabilities of all classes.

The artefact `model_algo-1` is a NumPy archive of the network's arrays, not MXNet's
`image-classification-NNNN.params` and `-symbol.json`. With `checkpoint_frequency` there
are also `image-classification-NNNN.params`, archives of the same arrays.

Where it differs from AWS:

- **The pretrained weights are not of ImageNet.** They were trained by `pretrain.py` on
  pictures that `drawing.py` draws: letters, symbols, shapes, strokes and textures. They
  help with drawn and printed things, and little with photographs. They exist for the
  `num_layers` that have a file in `pretrained/`, which is 18; jobs that ask for others
  fail.
- The networks of 18 to 200 layers have a quarter of the paper's channels (16 in the
  first stage, not 64), so that a processor trains them; those of 20 to 110 layers are
  the paper's. AWS trains on GPUs only, here every instance type does.
- Pretrained weights stand under every `image_shape`, not only 224 × 224: the stem has
  one 3 × 3 kernel, and halves images of up to 40 pixels not at all, of up to 80 once,
  larger ones twice. `image_shape` has one channel or three.
- `float16` as `precision_dtype` rounds the weights that are written; arithmetic is in
  float32, since processors are slower with less.
- AWS says that images of the image format need `resize`; here they may go without.
- Validation top-k accuracy is printed as well; AWS prints only training's. Metrics
  exist for `top_k` up to 20. With several labels an image there is none.
- Two runs on the same data give the same model, on one machine: AWS has no seed.
- One host trains. RecordIO that is sharded over several is gathered on the first one,
  which validates on its own share; a sharded image format is refused. `kv_store` is
  checked and not used.
- No augmented manifest (the local cloud refuses it), hence no Pipe mode for images;
  RecordIO may be piped. Several labels an image are read from RecordIO and from `.lst`
  files, in the manifest's two formats.
"""

from cloudlet.algorithms.metrics import MetricDefinition

_MOST_K = 20


def _definition(channel: str, metric: str) -> MetricDefinition:
    """MXNet's lines: `Epoch[3] Validation-accuracy=0.953125`."""
    said = f"{channel.capitalize()}-{metric}="
    return MetricDefinition(
        f"{channel}:{metric}", rf"Epoch\[\d+\] {said}(\S+)", mark=said
    )


METRICS = tuple(
    _definition(channel, metric)
    for metric in ("accuracy", *(f"top_k_accuracy_{k}" for k in range(2, _MOST_K + 1)))
    for channel in ("train", "validation")
)

DEEP = True
"""Whether it needs the extra `deep`."""

__all__ = ["DEEP", "METRICS"]
