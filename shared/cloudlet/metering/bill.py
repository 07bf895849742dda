"""The bill: usage × prices, and what it becomes when something is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from cloudlet.metering.prices import Price, Prices, UnknownPrice
from cloudlet.metering.table import bill_table
from cloudlet.metering.usage import Meter, Usage

UNTAGGED = "(untagged)"


@dataclass(frozen=True)
class Line:
    """One line of the bill.

    Attributes:
        quantity: units up to the bill's time, of `unit`.
        price: USD for each `per` units; None where there is no sourced price.
        cost: USD; None where the price is unknown.
        hourly: USD that it adds each hour while it runs; 0 when it does not run, None
            where the price is unknown.
        saved: USD that Managed Spot Training spared, and of which fraction that is.
    """

    service: str
    component: str
    resource: str
    usage_type: str
    unit: str
    quantity: float
    price: float | None
    per: float
    cost: float | None
    running: bool
    hourly: float | None
    saved: float = 0.0
    saved_fraction: float = 0.0
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Forecast:
    """What the lines that still run would add in `hours`."""

    hours: float
    lines: tuple[tuple[Line, float | None], ...]

    @property
    def total(self) -> float:
        """USD, over the lines whose price is known."""
        return sum(cost for _, cost in self.lines if cost is not None)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """Lines that run at an unknown price."""
        return tuple(line for line, cost in self.lines if cost is None)


@dataclass(frozen=True)
class Bill:
    """What the usage up to `at` costs at list prices; nothing is really charged."""

    region: str
    currency: str
    as_of: date
    at: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """USD, over the lines whose price is known."""
        return sum(line.cost for line in self.lines if line.cost is not None)

    @property
    def saved(self) -> float:
        """USD that Managed Spot Training spared."""
        return sum(line.saved for line in self.lines)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """Lines whose price is unknown; they are not in the total."""
        return tuple(line for line in self.lines if line.cost is None)

    def by(self, name: str) -> dict[str, float]:
        """Known costs in USD, summed by a field of the lines or by a tag.

        Args:
            name: `service`, `component`, `resource`, `usage_type`, or a tag's key;
                lines without the tag are summed under `(untagged)`.
        """
        sums: dict[str, float] = {}
        for line in self.lines:
            if name in ("service", "component", "resource", "usage_type"):
                key = str(getattr(line, name))
            else:
                key = line.tags.get(name, UNTAGGED)
            sums[key] = sums.get(key, 0.0) + (line.cost or 0.0)
        return sums

    def forecast(self, hours: float) -> Forecast:
        """What the lines that still run would add in `hours`; a month has 730.

        Raises:
            ValueError: when `hours` is negative.
        """
        if hours < 0:
            raise ValueError(f"a forecast looks forward, not back ({hours} h)")
        return Forecast(
            hours,
            tuple(
                (line, None if line.hourly is None else line.hourly * hours)
                for line in self.lines
                if line.running
            ),
        )

    def table(self) -> str:
        """The bill as plain text, for a terminal or a notebook."""
        return bill_table(self)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; `total` and `saved` are added for those who read it."""
        return {
            "region": self.region,
            "currency": self.currency,
            "as_of": self.as_of.isoformat(),
            "at": self.at.isoformat(),
            "total": self.total,
            "saved": self.saved,
            "lines": [asdict(line) for line in self.lines],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Bill:
        """The bill that `to_dict` wrote."""
        return cls(
            region=data["region"],
            currency=data["currency"],
            as_of=date.fromisoformat(data["as_of"]),
            at=datetime.fromisoformat(data["at"]),
            lines=tuple(Line(**line) for line in data["lines"]),
        )


def make_bill(
    meter: Meter, prices: Prices, now: datetime, also: Iterable[Usage] = ()
) -> Bill:
    """The bill at cloud time `now`.

    Instances are billed by the second, for the seconds that AWS calls billable.

    Args:
        meter: what was recorded.
        prices: the price table.
        now: cloud time, with its zone.
        also: usage that is measured when it is asked for, as `storage_usage`.
    """
    lines = [_line(usage, prices, now) for usage in (*meter.usages(), *also)]
    lines.sort(key=lambda line: (line.service, line.resource, line.component))
    return Bill(prices.region, prices.currency, prices.as_of, now, tuple(lines))


def _line(usage: Usage, prices: Prices, now: datetime) -> Line:
    units, spared = usage.units(now), usage.saved_units(now)
    price = _price(usage, prices)
    hourly: float | None = 0.0
    if usage.running:
        hourly = None if price is None else price.cost(usage.in_time(1))
    return Line(
        service=usage.service,
        component=usage.component,
        resource=usage.resource,
        usage_type=usage.usage_type,
        unit=usage.unit,
        quantity=units,
        price=None if price is None else price.usd,
        per=1.0 if price is None else price.per,
        cost=None if price is None else price.cost(units),
        running=usage.running,
        hourly=hourly,
        saved=0.0 if price is None else price.cost(spared),
        saved_fraction=spared / (units + spared) if spared else 0.0,
        tags=dict(usage.tags),
        details=dict(usage.details),
    )


def _price(usage: Usage, prices: Prices) -> Price | None:
    try:
        price = prices.of(usage.component, usage.usage_type)
    except UnknownPrice:
        return None
    # A count in another unit than the price's must not be multiplied with it.
    return price if price.unit == usage.unit else None
