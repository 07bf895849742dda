"""ResNet, in the two families that the paper has and AWS's `num_layers` chooses from.

He, Zhang, Ren, Sun (2016), "Deep Residual Learning for Image Recognition",
https://arxiv.org/abs/1512.03385: section 4.2 for 20, 32, 44, 56 and 110 layers, table 1
for 18, 34, 50, 101 and 152; 200 is of "Identity Mappings in Deep Residual Networks",
https://arxiv.org/abs/1603.05027. Images are float32, shape (batch, channels, height,
width).
"""

from torch import Tensor, nn
from torch.nn import functional

#: Layers → units in each of four stages, and whether a unit is a bottleneck.
IMAGENET = {
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    101: ((3, 4, 23, 3), True),
    152: ((3, 8, 36, 3), True),
    200: ((3, 24, 36, 3), True),
}
CIFAR = (20, 32, 44, 56, 110)

#: Channels of the first stage; the paper's ImageNet networks have 64, which no
#: processor trains while somebody waits.
WIDTH = 16
_EXPANSION = 4


class ResNet(nn.Module):  # type: ignore[misc] # PyTorch may be missing
    """A stem, stages of residual units, the mean over the image, a linear layer.

    Args:
        layers: `num_layers`.
        classes: how many outputs there are.
        shape: channels, height and width of an image.
    """

    def __init__(self, layers: int, classes: int, shape: tuple[int, int, int]) -> None:
        super().__init__()
        small = layers in CIFAR
        units, deep = (((layers - 2) // 6,) * 3, False) if small else IMAGENET[layers]
        self._counts = units
        self._halvings = 0 if small else stem_halvings(shape)
        stride = 2 if self._halvings else 1
        self.stem = nn.Conv2d(shape[0], WIDTH, 3, stride, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(WIDTH)
        stages, channels = [], WIDTH
        for number, count in enumerate(units):
            width = WIDTH << number
            for unit in range(count):
                step = 2 if number and not unit else 1
                made = _unit(channels, width, step, deep, padded=small)
                stages.append(made)
                channels = made.channels
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(channels, classes)
        _initialise(self)

    def smallest_map(self, shape: tuple[int, int, int]) -> int:
        """How many pixels the last stage sees of an image."""
        halvings = self._halvings + len(self._counts) - 1
        height, width = (-(-side // (1 << halvings)) for side in shape[1:])
        return height * width

    def forward(self, images: Tensor) -> Tensor:
        """Scores before softmax or sigmoid, shape (batch, classes)."""
        found = functional.relu(self.stem_norm(self.stem(images)), inplace=True)
        if self._halvings == 2:
            found = functional.max_pool2d(found, 3, 2, 1)
        scores: Tensor = self.head(self.stages(found).mean((2, 3)))
        return scores


def stem_halvings(shape: tuple[int, int, int]) -> int:
    """How often the stem halves an image: 0 up to 40 pixels, 1 up to 80, then 2.

    The paper's stem halves twice, for images of 224 pixels. One kernel for all sizes
    lets the same pretrained weights stand under each.
    """
    side = max(shape[1:])
    return 0 if side <= 40 else 1 if side <= 80 else 2


class _Unit(nn.Module):  # type: ignore[misc]
    """A residual unit: convolutions with batch normalisation, and a shortcut.

    Args:
        sizes: the kernel and the channels of each convolution.
        before: channels that come in.
        stride: of the first 3 × 3 convolution.
        padded: the shortcut fills new channels with zeros (the paper's option A, for
            CIFAR) in place of a projection (option B).
    """

    def __init__(
        self, sizes: list[tuple[int, int]], before: int, stride: int, padded: bool
    ) -> None:
        super().__init__()
        self.channels = sizes[-1][1]
        self._stride, self._added = stride, self.channels - before
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        left, channels = stride, before
        for kernel, width in sizes:
            step = left if kernel == 3 else 1
            left = 1 if kernel == 3 else left
            self.convs.append(
                nn.Conv2d(channels, width, kernel, step, kernel // 2, bias=False)
            )
            self.norms.append(nn.BatchNorm2d(width))
            channels = width
        self.projection: nn.Module | None = None
        if not padded and (stride > 1 or self._added):
            self.projection = nn.Sequential(
                nn.Conv2d(before, self.channels, 1, stride, bias=False),
                nn.BatchNorm2d(self.channels),
            )

    def forward(self, given: Tensor) -> Tensor:
        """Shape (batch, before, h, w) → (batch, channels, h / stride, w / stride)."""
        found = given
        for number, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            if number:
                found = functional.relu(found, inplace=True)
            found = norm(conv(found))
        return functional.relu(found + self._shortcut(given), inplace=True)

    def _shortcut(self, given: Tensor) -> Tensor:
        if self.projection is not None:
            projected: Tensor = self.projection(given)
            return projected
        if self._stride > 1:
            given = given[:, :, :: self._stride, :: self._stride]
        return functional.pad(given, (0, 0, 0, 0, 0, self._added))


def _unit(before: int, width: int, stride: int, deep: bool, *, padded: bool) -> _Unit:
    if deep:
        sizes = [(1, width), (3, width), (1, width * _EXPANSION)]
    else:
        sizes = [(3, width), (3, width)]
    return _Unit(sizes, before, stride, padded)


def _initialise(network: nn.Module) -> None:
    """As the paper: He et al. (2015), https://arxiv.org/abs/1502.01852."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)
