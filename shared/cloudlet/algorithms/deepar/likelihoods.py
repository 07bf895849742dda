"""AWS's likelihoods as GluonTS's outputs; two are ours. This loads PyTorch."""

from collections.abc import Sequence
from typing import Any

import torch
from gluonts.torch.distributions import (
    BetaOutput,
    DistributionOutput,
    NegativeBinomialOutput,
    NormalOutput,
    StudentTOutput,
)
from torch.distributions import Distribution

#: How near to 0 and 1 a beta distribution is asked for its density.
_EDGE = 1e-4


class ClosedBetaOutput(BetaOutput):  # type: ignore[misc]
    """The beta distribution for targets that may be 0 or 1 itself."""

    def loss(self, target: torch.Tensor, *args: Any, **more: Any) -> torch.Tensor:
        """The negative log-likelihood, of the target moved off the edges."""
        moved = target.clamp(_EDGE, 1 - _EDGE)
        found: torch.Tensor = super().loss(moved, *args, **more)
        return found


class Point(Distribution):  # type: ignore[misc]
    """A distribution that has one value."""

    arg_constraints: dict[str, Any] = {}  # noqa: RUF012 - PyTorch's declaration

    def __init__(self, value: torch.Tensor) -> None:
        super().__init__(value.shape, validate_args=False)
        self.value = value

    def sample(self, sample_shape: Sequence[int] = ()) -> torch.Tensor:
        """The value, as often as asked."""
        return self.value.expand(*sample_shape, *self.value.shape)


class PointOutput(DistributionOutput):  # type: ignore[misc]
    """`deterministic-L1`: the median alone, learnt by the scaled absolute error."""

    args_dim: dict[str, int] = {"value": 1}  # noqa: RUF012 - GluonTS's declaration
    distr_cls = Point

    @classmethod
    def domain_map(cls, value: torch.Tensor) -> tuple[torch.Tensor]:
        """The network's numbers are the values."""
        return (value.squeeze(-1),)

    def distribution(
        self, distr_args: Sequence[torch.Tensor], loc: Any = None, scale: Any = None
    ) -> Point:
        """The value in the target's units."""
        return Point(distr_args[0] if scale is None else distr_args[0] * scale)

    def loss(
        self,
        target: torch.Tensor,
        distr_args: Sequence[torch.Tensor],
        loc: Any = None,
        scale: Any = 1.0,
    ) -> torch.Tensor:
        """How far off the value is, in units of the window's scale."""
        return (target / scale - distr_args[0]).abs()

    @property
    def event_shape(self) -> tuple[int, ...]:
        """One number at a time."""
        return ()


OUTPUTS: dict[str, type[DistributionOutput]] = {
    "beta": ClosedBetaOutput,
    "deterministic-L1": PointOutput,
    "gaussian": NormalOutput,
    "negative-binomial": NegativeBinomialOutput,
    "student-T": StudentTOutput,
}
