"""What the clients' programs do with Image Classification."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

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
_CHANNELS = ("train", "validation", "train_lst", "validation_lst")
CHANNELS = dict.fromkeys(_CHANNELS, "application/x-image")
METRICS = ("train:accuracy", "validation:accuracy", "train:top_k_accuracy_2")


def picture(label: int, seed: int) -> bytes:
    """Noise that is red (0), green (1) or blue (2), as PNG."""
    pixels = np.random.default_rng(seed).integers(0, 80, (12, 12, 3), dtype=np.uint8)
    pixels[:, :, label] += 150
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, "PNG")
    return body.getvalue()


def write(folder: Path) -> None:
    """One folder for each channel."""
    for name, seeds in (("train", range(60)), ("validation", range(60, 90))):
        (folder / name).mkdir()
        (folder / f"{name}_lst").mkdir()
        lines = []
        for seed in seeds:
            (folder / name / f"{seed}.png").write_bytes(picture(seed % 3, seed))
            lines.append(f"{seed}\t{seed % 3}\t{seed}.png\n")
        (folder / f"{name}_lst" / f"{name}.lst").write_text("".join(lines))


def check(predict: Any) -> None:
    """`predict(body, content_type, accept)` gives the answer's bytes or JSON."""
    for label in range(3):
        body = picture(label, 100 + label)
        told = predict(body, "application/x-image", "application/json")
        assert len(told) == 3
        assert abs(sum(told) - 1) < 1e-5
        assert max(told) == told[label]
