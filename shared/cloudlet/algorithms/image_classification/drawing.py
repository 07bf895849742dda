"""What the pretrained weights have seen: glyphs, shapes, strokes and textures.

Each class is drawn by Pillow, with the fonts that matplotlib ships, in random place,
size, angle, colours and sharpness. There is no digit among them, and no photograph.
"""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Draw = Any
"""A PIL.ImageDraw.ImageDraw of one channel."""

GLYPHS = "ABCDEFGHIJKLMNPQRSTUVWXYZabdefghnrtqyΔΘΛΞΠΣΦΨΩαβγδλμπω?!&@#$%+=<>"
_FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "DejaVuSansMono",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
)
#: Pictures are drawn at this size and then made smaller.
_SIDE = 64
_MIDDLE = _SIDE / 2
_INK = 255
#: The least distance between the brightness of figure and ground.
_CONTRAST = 100


def picture(number: int, random: np.random.Generator, side: int) -> np.ndarray:
    """A picture of one class, shape (side, side, 3), uint8."""
    figure = Image.new("L", (_SIDE, _SIDE))
    CLASSES[number](ImageDraw.Draw(figure), random)
    figure = _placed(figure, random).resize((side, side), Image.Resampling.BOX)
    if random.random() < 0.3:  # few pixels, enlarged
        few = int(random.integers(8, 14))
        figure = figure.resize((few, few), Image.Resampling.BOX)
        figure = figure.resize((side, side), Image.Resampling.BILINEAR)
    ink = np.asarray(figure, np.float32)[..., None] / _INK
    front, ground = _colours(random)
    noise = random.normal(0, random.uniform(0, 8), (side, side, 3))
    pixels: np.ndarray = ground + ink * (front - ground) + noise
    return pixels.clip(0, 255).astype(np.uint8)


def _placed(figure: Image.Image, random: np.random.Generator) -> Image.Image:
    """Turned, sheared, stretched and moved a little."""
    turn, shear = random.uniform(-0.3, 0.3), random.uniform(-0.2, 0.2)
    wide, high = random.uniform(0.65, 1.05, 2)
    cos, sin = math.cos(turn), math.sin(turn)
    a, b = wide * cos, wide * (shear * cos - sin)
    c, d = high * sin, high * (shear * sin + cos)
    x, y = _MIDDLE + random.uniform(-4, 4, 2)
    matrix = (a, b, _MIDDLE - a * x - b * y, c, d, _MIDDLE - c * x - d * y)
    return figure.transform(
        figure.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )


def _colours(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two colours, grey as often as not, whose brightness differs."""
    while True:
        front, ground = random.uniform(0, 255, (2, 3 if random.random() < 0.5 else 1))
        if abs(front.mean() - ground.mean()) > _CONTRAST:
            return front, ground


def _glyph(letter: str) -> Callable[[Draw, np.random.Generator], None]:
    def draw(on: Draw, random: np.random.Generator) -> None:
        name = _FONTS[random.integers(len(_FONTS))]
        font = _font(name, int(random.integers(38, 57)))
        on.text((_MIDDLE, _MIDDLE), letter, _INK, font, anchor="mm")

    return draw


@cache
def _font(name: str, size: int) -> Any:
    from matplotlib import get_data_path

    path = Path(get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
    return ImageFont.truetype(str(path), size)


def _polygon(corners: int, inner: float = 0.0, *, filled: bool = True) -> Any:
    """A regular polygon, or a star whose inner corners lie at `inner` of its radius."""

    def draw(on: Draw, random: np.random.Generator) -> None:
        count = corners * (2 if inner else 1)
        radius = random.uniform(16, 27)
        angles = -math.pi / 2 + np.arange(count) * 2 * math.pi / count
        lengths = [radius * (inner if inner and n % 2 else 1) for n in range(count)]
        points = [
            (_MIDDLE + r * math.cos(a), _MIDDLE + r * math.sin(a))
            for r, a in zip(lengths, angles, strict=True)
        ]
        if filled:
            on.polygon(points, _INK)
        else:
            on.line([*points, points[0]], _INK, int(random.integers(3, 7)), "curve")

    return draw


def _curve(path: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Any:
    """A stroke along x(t), y(t) for t from 0 to 1, both from -1 to 1."""

    def draw(on: Draw, random: np.random.Generator) -> None:
        x, y = path(np.linspace(0, 1, 60))
        radius = random.uniform(18, 27)
        points = np.stack([_MIDDLE + radius * x, _MIDDLE + radius * y], 1)
        on.line(list(map(tuple, points)), _INK, int(random.integers(3, 8)), "curve")

    return draw


def _texture(ink: Callable[[np.ndarray, np.ndarray, float], np.ndarray]) -> Any:
    """A pattern over the whole picture: where `ink(x, y, period)` is above 0."""

    def draw(on: Draw, random: np.random.Generator) -> None:
        y, x = np.mgrid[:_SIDE, :_SIDE] - _MIDDLE
        shown = ink(x, y, 2 * math.pi / random.uniform(10, 22)) > random.uniform(0, 0.4)
        on.bitmap((0, 0), Image.fromarray((shown * 255).astype(np.uint8)), _INK)

    return draw


_TURN = 2 * math.pi
_CURVES = (
    lambda t: (2 * t - 1, np.sin(_TURN * t)),  # a wave
    lambda t: (2 * t - 1, np.abs((4 * t) % 2 - 1) * 2 - 1),  # a zigzag
    lambda t: (t * np.cos(2.5 * _TURN * t), t * np.sin(2.5 * _TURN * t)),  # a spiral
    lambda t: (np.cos(math.pi * t), -np.sin(math.pi * t)),  # an arch
    lambda t: (np.sin(_TURN * t), np.sin(2 * _TURN * t) * 0.6),  # a bow
    lambda t: (np.cos(_TURN * t), np.sin(_TURN * t)),  # a ring
    lambda t: (0 * t, 2 * t - 1),  # an upright line
    lambda t: (np.where(t < 0.5, -0.7, 4 * t - 2.7), np.minimum(4 * t - 1, 1)),
    lambda t: (2 * t - 1, 2 * (2 * t - 1) ** 2 - 1),  # a bowl
    lambda t: (np.sin(math.pi * t) * (1 - t) * 2 - 0.5, 1 - 2 * t),  # a hook
)
_TEXTURES = (
    lambda x, y, f: np.sin(f * x),
    lambda x, y, f: np.sin(f * y),
    lambda x, y, f: np.sin(f * (x + y) * 0.7),
    lambda x, y, f: np.sin(f * x) * np.sin(f * y),
    lambda x, y, f: np.minimum(np.sin(f * x), np.sin(f * y)),
    lambda x, y, f: np.sin(f * np.hypot(x, y)),
    lambda x, y, f: np.sin(6 * np.arctan2(y, x)),
)

#: What draws each class; its place is the class's number.
CLASSES: tuple[Callable[[Draw, np.random.Generator], None], ...] = (
    *map(_glyph, GLYPHS),
    *(_polygon(corners) for corners in (3, 4, 6, 40)),
    *(_polygon(corners, filled=False) for corners in (3, 4)),
    *(_polygon(corners, 0.4) for corners in (4, 5, 8)),
    *map(_curve, _CURVES),
    *map(_texture, _TEXTURES),
)
