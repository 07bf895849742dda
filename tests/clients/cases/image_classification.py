"""What the clients' programs do with Image Classification."""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from cloudlet.algorithms import recordio
from cloudlet.algorithms.image_classification.samples import write_record

from . import formats

NAME = "image-classification"
HYPERPARAMETERS = {
    "num_classes": "3",
    "num_training_samples": "60",
    "num_layers": "20",
    "image_shape": "3,12,12",
    "mini_batch_size": "12",
    "learning_rate": "0.05",
    "epochs": "3",
    "top_k": "2",
}
_IMAGES, _RECORDS = "application/x-image", "application/x-recordio"
_LISTED = ("train", "validation", "train_lst", "validation_lst")
WAYS = {
    _IMAGES: dict.fromkeys(_LISTED, _IMAGES),
    _RECORDS: dict.fromkeys(("train", "validation"), _RECORDS),
}
METRICS = ("train:accuracy", "validation:accuracy", "train:top_k_accuracy_2")


def picture(label: int, seed: int, form: str = "PNG") -> bytes:
    """Noise that is red (0), green (1) or blue (2)."""
    pixels = np.random.default_rng(seed).integers(0, 80, (12, 12, 3), dtype=np.uint8)
    pixels[:, :, label] += 150
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, form)
    return body.getvalue()


def write(folder: Path, way: str) -> None:
    """One folder for each channel."""
    for name, seeds in (("train", range(60)), ("validation", range(60, 90))):
        (folder / name).mkdir()
        images = {seed: picture(seed % 3, seed) for seed in seeds}
        if way == _RECORDS:
            records = [write_record(i, [seed % 3], seed) for seed, i in images.items()]
            (folder / name / f"{name}.rec").write_bytes(recordio.write(records))
            continue
        (folder / f"{name}_lst").mkdir()
        for seed, image in images.items():
            (folder / name / f"{seed}.png").write_bytes(image)
        lines = [f"{seed}\t{seed % 3}\t{seed}.png\n" for seed in seeds]
        (folder / f"{name}_lst" / f"{name}.lst").write_text("".join(lines))


def check(predict: formats.Predict) -> None:
    """Each picture gets its colour, whatever its format is called."""
    for label in range(3):
        png, jpeg = (picture(label, 100 + label, form) for form in ("PNG", "JPEG"))
        bodies = {_IMAGES: png, "image/png": png, "image/jpeg": jpeg}
        for content_type, body in bodies.items():
            told = json.loads(predict(body, content_type, formats.JSON))
            line = json.loads(predict(body, content_type, formats.JSON_LINES))
            assert line["prediction"] == told
            assert len(told) == 3
            assert abs(sum(told) - 1) < 1e-5
            assert max(told) == told[label]
