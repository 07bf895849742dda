"""Serve Image Classification: an image in, the probabilities of all classes out.

`image/png`, `image/jpeg` and `application/x-image` (the default) hold one image, which
is resized to the training's `image_shape`. The answer is a JSON list `[0.1, 0.9]`, or
in JSON Lines `{"prediction": [0.1, 0.9]}`; sources:
https://docs.aws.amazon.com/sagemaker/latest/dg/image-classification.html#IC-inference,
and `image_shape` in …/IC-Hyperparameter.html.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cloudlet.algorithms import artefact, deep
from cloudlet.algorithms.formats import media_type
from cloudlet.algorithms.image_classification.samples import IMAGES
from cloudlet.algorithms.image_classification.train import ARCHITECTURE, NEEDED
from cloudlet.algorithms.serving import (
    Encoder,
    ModelLoadError,
    PayloadError,
    Predictor,
    Score,
    accepted,
)


def _json(scores: Sequence[Score]) -> bytes:
    return json.dumps(scores[0]).encode()


def _json_lines(scores: Sequence[Score]) -> bytes:
    return json.dumps({"prediction": scores[0]}).encode() + b"\n"


_JSON = "application/json"
_ENCODERS: dict[str, Encoder] = {
    _JSON: _json,
    "application/jsonlines": _json_lines,
}
#: What a request without a Content-Type has.
_UNSAID = ("", "application/octet-stream")


def load(model_dir: Path) -> Predictor:
    """Load the artefact; raises ModelLoadError."""
    if said := deep.missing("Image Classification"):
        raise ModelLoadError(said)
    deep.calm_threads()
    about, arrays = artefact.read(model_dir, *NEEDED)
    import torch

    from cloudlet.algorithms.image_classification import pixels, weights
    from cloudlet.algorithms.image_classification.network import ResNet

    try:
        layers, shape, classes = (about[name] for name in ARCHITECTURE)
        network = ResNet(layers, classes, tuple(shape))
        weights.fill(network, arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelLoadError(
            f"Unable to load the model: {artefact.NAME} has another network ({error})"
        ) from error
    # A request is one image, and requests run side by side.
    torch.set_num_threads(1)
    network.eval().to(memory_format=torch.channels_last)

    def answer(encoded: bytes) -> list[float]:
        image = pixels.stacked([pixels.stretched(encoded, tuple(shape))])
        with torch.inference_mode():
            scores = network(image)[0]
            found = scores.sigmoid() if about["multi_label"] else scores.softmax(0)
        told: list[float] = found.tolist()
        return told

    return ImagePredictor(answer)


class ImagePredictor:
    """A Predictor around a function from an encoded image to its probabilities.

    Args:
        answer: raises ValueError if the bytes are no image.
    """

    def __init__(self, answer: Callable[[bytes], Any]) -> None:
        self._answer = answer

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Answer one request; see `cloudlet.algorithms.serving.Predictor`."""
        answer_type = accepted(accept, _ENCODERS, default=_JSON)
        kind = media_type(content_type)[0]
        if kind not in (*_UNSAID, *IMAGES):
            raise PayloadError(
                f"Content-type {content_type} is not supported: use one of"
                f" {', '.join(IMAGES)}",
                status=415,
            )
        try:
            scores = self._answer(body)
        except ValueError as error:
            raise PayloadError(
                f"unable to evaluate payload provided: {error}"
            ) from error
        return _ENCODERS[answer_type]([scores]), answer_type
