"""Images as channels have them: digits as PNG, with lists or in records."""

import io
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from cloudlet.algorithms import recordio
from cloudlet.algorithms.image_classification.samples import write_record

IMAGES, RECORDS = "application/x-image", "application/x-recordio"


def png(pixels: np.ndarray, form: str = "PNG") -> bytes:
    """A uint8 array, grey or RGB, as an image file."""
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, form)
    return body.getvalue()


@cache
def digits() -> tuple[list[bytes], np.ndarray]:
    """scikit-learn's 1,797 digits of 8 × 8 pixels as PNG, in random order."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    grey = (images[order].reshape(-1, 8, 8) * 255 / 16).astype(np.uint8)
    return [png(image) for image in grey], labels[order]


def colours(count: int, side: int = 12, seed: int = 0) -> tuple[list[bytes], list[int]]:
    """Red (0), green (1) and blue (2) noise: learnt in one epoch."""
    random = np.random.default_rng(seed)
    labels = [number % 3 for number in range(count)]
    made = []
    for label in labels:
        pixels = random.integers(0, 80, (side, side, 3), dtype=np.uint8)
        pixels[:, :, label] += 150
        made.append(png(pixels))
    return made, labels


def listed(name: str, images: Iterable[bytes], labels: Iterable[Any]) -> dict[str, Any]:
    """The channels of the image format: `name` and `name_lst`."""
    files = {f"some/{n}.png": image for n, image in enumerate(images)}
    rows = [
        "\t".join([str(n), *_texts(label), file])
        for n, (label, file) in enumerate(zip(labels, files, strict=True))
    ]
    return {name: files, f"{name}_lst": {f"{name}.lst": "\n".join(rows).encode()}}


def recorded(
    name: str, images: Iterable[bytes], labels: Iterable[Any]
) -> dict[str, Any]:
    """The channel of RecordIO: one file."""
    records = [
        write_record(image, list(map(float, _list(label))), n)
        for n, (image, label) in enumerate(zip(images, labels, strict=True))
    ]
    return {name: {f"{name}.rec": recordio.write(records)}}


def _list(label: Any) -> Sequence[Any]:
    return label if isinstance(label, (list, tuple)) else [label]


def _texts(label: Any) -> list[str]:
    return [str(value) for value in _list(label)]
