"""Images as arrays: decode, resize, crop, change at random, and into the network.

The steps are those that
https://docs.aws.amazon.com/sagemaker/latest/dg/IC-Hyperparameter.html tells under
`resize`, `image_shape` and `augmentation_type`; their order and the meaning of the
colours' ranges (hue of 180, saturation and lightness of 255) are MXNet's.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

Random = np.random.Generator
_HUE, _SATURATION, _LIGHTNESS = 36 / 180, 50 / 255, 50 / 255
_TURN, _SHEAR, _ASPECT = math.radians(10), 0.1, 0.25
_WHITE = 255
_DAMAGE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


class NoImageError(ValueError):
    """The bytes are no PNG or JPEG image, or one that does not fit."""


@dataclass(frozen=True)
class Preparation:
    """What becomes of an image before training.

    Attributes:
        shape: channels, height and width that the network sees.
        resize: pixels of the shorter side before cropping; None leaves it.
        augmentation: `augmentation_type`.
    """

    shape: tuple[int, int, int]
    resize: int | None = None
    augmentation: str | None = None

    def array(self, encoded: bytes, random: Random | None) -> np.ndarray:
        """An image as the network sees it, shape (height, width, channels), uint8.

        Args:
            encoded: PNG or JPEG.
            random: where augmentation draws from; None for none.

        Raises:
            NoImageError: it is no image, or smaller than `shape`.
        """
        _, height, width = self.shape
        image = decode(encoded, self.shape[0])
        size = self._size(image.size)
        if size != image.size:
            image = image.resize(size, Image.Resampling.BILINEAR)
        kind = self.augmentation if random is not None else None
        if kind is None or random is None:
            left, top = (image.width - width) // 2, (image.height - height) // 2
            return _pixels(image.crop((left, top, left + width, top + height)))
        if kind == "crop_color_transform":
            image = _transformed(image, random)
        left = int(random.integers(image.width - width + 1))
        top = int(random.integers(image.height - height + 1))
        pixels = _pixels(image.crop((left, top, left + width, top + height)))
        if random.random() < 0.5:
            pixels = pixels[:, ::-1]
        return pixels if kind == "crop" else _coloured(pixels, random)

    def check(self, encoded: bytes) -> None:
        """Look at an image's head alone; raises NoImageError, as `array` does."""
        self._size(opened(encoded).size)

    def _size(self, given: tuple[int, int]) -> tuple[int, int]:
        """Width and height after `resize`; NoImageError if it is too small to crop."""
        scale = self.resize / min(given) if self.resize else 1
        wide, high = round(given[0] * scale), round(given[1] * scale)
        _, height, width = self.shape
        if wide < width or high < height:
            raise NoImageError(
                f"it is {high} pixels high and {wide} wide, less than image_shape's"
                f" {height} and {width}; the hyperparameter resize makes images larger"
            )
        return wide, high


def stretched(encoded: bytes, shape: tuple[int, int, int]) -> np.ndarray:
    """An image as the endpoint sees it: resized to `shape`, whatever its proportions.

    Raises:
        NoImageError: it is no image.
    """
    channels, height, width = shape
    image = decode(encoded, channels)
    return _pixels(image.resize((width, height), Image.Resampling.BILINEAR))


def opened(encoded: bytes) -> Image.Image:
    """A PNG or JPEG image whose pixels have not been read; raises NoImageError."""
    try:
        return Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG"))
    except _DAMAGE as error:
        raise NoImageError(f"it is no PNG or JPEG image: {_reason(error)}") from error


def decode(encoded: bytes, channels: int) -> Image.Image:
    """A PNG or JPEG image, grey for one channel, RGB for three, eight bits each.

    Raises:
        NoImageError: it is none, or damaged.
    """
    image = opened(encoded)
    try:
        image.load()
    except _DAMAGE as error:
        raise NoImageError(f"it is no PNG or JPEG image: {_reason(error)}") from error
    if image.mode.startswith("I"):  # 16 bits, of which the first eight count
        values = np.asarray(image).astype(np.int64).clip(0, 65535) >> 8
        image = Image.fromarray(values.astype(np.uint8))
    return image.convert("L" if channels == 1 else "RGB")


def tensor(images: np.ndarray) -> torch.Tensor:
    """Shape (batch, height, width, channels) → (batch, channels, height, width).

    Values go from about -2 to 2: 0 to 255 around their middle.
    """
    batch = torch.from_numpy(images).permute(0, 3, 1, 2)
    return batch.to(torch.float32).sub_(127.5).div_(64.0)


def stacked(images: Sequence[np.ndarray]) -> torch.Tensor:
    """Images as a batch."""
    return tensor(np.stack(images))


def _reason(error: Exception) -> str:
    text = str(error)
    return "it cannot be identified" if "BytesIO" in text else text


def _pixels(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _transformed(image: Image.Image, random: Random) -> Image.Image:
    """Turned, sheared and stretched about its middle; what comes in is white."""
    turn, shear = random.uniform(-_TURN, _TURN), random.uniform(-_SHEAR, _SHEAR)
    wide = math.sqrt(1 + random.uniform(-_ASPECT, _ASPECT))
    cos, sin = math.cos(turn), math.sin(turn)
    a, b = wide * cos, wide * (shear * cos - sin)
    c, d = sin / wide, (shear * sin + cos) / wide
    x, y = image.width / 2, image.height / 2
    matrix: Any = (a, b, x - a * x - b * y, c, d, y - c * x - d * y)
    return image.transform(
        image.size,
        Image.Transform.AFFINE,
        matrix,
        Image.Resampling.BILINEAR,
        fillcolor=_WHITE if image.mode == "L" else (_WHITE,) * 3,
    )


def _coloured(pixels: np.ndarray, random: Random) -> np.ndarray:
    """Other hue, saturation and lightness; a grey image has only the last.

    https://en.wikipedia.org/wiki/HSL_and_HSV has the formulas.
    """
    more = random.uniform(-1, 1, 3) * (_HUE, _SATURATION, _LIGHTNESS)
    values = pixels.astype(np.float32) / 255
    if values.shape[2] == 1:
        return _bytes(values + more[2])
    high, low = values.max(2), values.min(2)
    span, light = high - low, (high + low) / 2
    red, green, blue = np.moveaxis(values, 2, 0)
    safe = np.where(span > 0, span, 1)
    hue = np.select(
        [high == red, high == green],
        [(green - blue) / safe, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    reach = 1 - np.abs(2 * light - 1)
    saturation = span / np.where(reach > 0, reach, 1)
    hue = 2 * hue + 12 * more[0]  # of twelve
    saturation, light = (saturation + more[1]).clip(0, 1), (light + more[2]).clip(0, 1)
    strength = saturation * np.minimum(light, 1 - light)
    place = (np.array([0, 8, 4]) + hue[..., None]) % 12
    slope = np.minimum(np.minimum(place - 3, 9 - place), 1)
    return _bytes(light[..., None] - strength[..., None] * np.maximum(slope, -1))


def _bytes(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.rint(values * 255).clip(0, 255)
    return rounded.astype(np.uint8)
