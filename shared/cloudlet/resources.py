"""What stands in the cloud, as `Cloud.resources()` lists it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource.

    Attributes:
        arn: its ARN.
        type: CloudFormation's name of its kind, `AWS::SageMaker::Endpoint`.
        name: its name.
        tags: its tags.
        created: when it was made, in cloud time.
        hourly_price: USD that AWS charges per hour for it as long as it stands; 0.0
            for what costs nothing by itself, None where the price is not known.
    """

    arn: str
    type: str
    name: str
    tags: dict[str, str]
    created: datetime
    hourly_price: float | None = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"created": self.created.isoformat()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Resource:
        """Back from `to_dict`."""
        created = datetime.fromisoformat(values["created"])
        return cls(**(values | {"created": created}))
