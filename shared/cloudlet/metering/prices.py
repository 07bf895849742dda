"""The dated price table, `prices.toml`, as frozen dataclasses.

Prices are AWS's on-demand list prices of one region. A price that the table does not
have raises `UnknownPrice`: the bill then shows the usage without a cost, never a guess.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

Component = Literal["training", "hosting", "processing", "notebook"]
Request = Literal["put", "list", "get"]

PRICE_TABLE = Path(__file__).with_name("prices.toml")

# Amazon S3 counts a GB of storage as 2**30 bytes: https://aws.amazon.com/s3/faqs/
BYTES_PER_GB = 2**30
HOURS_PER_MONTH = 730.0

_INSTANCE_COMPONENTS: tuple[str, ...] = get_args(Component)
_S3_UNITS: dict[str, tuple[str, float]] = {
    "storage": ("GB-Mo", 1),
    "put": ("Requests", 1000),
    "list": ("Requests", 1000),
    "get": ("Requests", 1000),
    "retrieval": ("GB", 1),
    "select_scanned": ("GB", 1),
    "select_returned": ("GB", 1),
    "monitoring": ("Objects-Mo", 1000),
}
_RULES = (
    "minimum_days",
    "minimum_kb",
    "overhead_kb",
    "overhead_standard_kb",
    "monitored_from_kb",
)


class UnknownPrice(LookupError):  # noqa: N818 - read as "an unknown price"
    """The table has no sourced price for this usage."""

    def __init__(self, component: str, usage_type: str, region: str) -> None:
        super().__init__(f"no sourced {component} price for {usage_type} in {region}")
        self.component = component
        self.usage_type = usage_type


class PriceTableError(ValueError):
    """The price table is malformed; the message names file, entry and field."""


@dataclass(frozen=True)
class Source:
    """Where a price was read; `date` is the day the source gives for its figures."""

    title: str
    address: str
    date: date | None = None


@dataclass(frozen=True)
class Price:
    """`usd` for each `per` units (instance-hours, GB-months, requests, GB)."""

    usd: float
    unit: str
    per: float
    sources: tuple[Source, ...]

    @property
    def checked(self) -> date | None:
        """The newest day that a source gives for this price, if any gives one."""
        return max((s.date for s in self.sources if s.date), default=None)

    def cost(self, quantity: float) -> float:
        """USD for `quantity` units."""
        return self.usd * quantity / self.per


@dataclass(frozen=True)
class StorageClass:
    """An S3 storage class: its prices by component, and its rules for billing.

    Sizes are in KB of 1,024 bytes, durations in days; 0 means that there is no such
    rule. Source: https://aws.amazon.com/s3/pricing/ and the Amazon S3 User Guide,
    "Using Amazon S3 storage classes".
    """

    name: str
    prices: Mapping[str, Price]
    minimum_days: int = 0
    minimum_kb: int = 0
    overhead_kb: int = 0
    overhead_standard_kb: int = 0
    monitored_from_kb: int = 0
    rules: tuple[Source, ...] = field(default=())

    def billable_gb(self, size: int) -> float:
        """GB billed at this class's rate for one object of `size` bytes."""
        held = max(size, self.minimum_kb * 1024) + self.overhead_kb * 1024
        return held / BYTES_PER_GB

    def standard_gb(self) -> float:
        """GB billed at the rate of STANDARD for one object, beside its own."""
        return self.overhead_standard_kb * 1024 / BYTES_PER_GB

    def is_monitored(self, size: int) -> bool:
        """Whether an object of `size` bytes pays the monitoring fee."""
        return "monitoring" in self.prices and size >= self.monitored_from_kb * 1024


@dataclass(frozen=True)
class Prices:
    """The price table of one region."""

    region: str
    currency: str
    instances: Mapping[str, Mapping[str, Price]]
    storage_classes: Mapping[str, StorageClass]

    @property
    def as_of(self) -> date:
        """The newest day that a source of the table gives."""
        return max(p.checked for p in self._all() if p.checked)

    def instance_hour(self, component: Component, instance_type: str) -> Price:
        """One hour of one instance.

        Raises:
            UnknownPrice: when the table has none.
        """
        return self.of(component, instance_type)

    def storage_month(self, storage_class: str) -> Price:
        """One GB for a month, in the first 50 TB.

        Raises:
            UnknownPrice: when the table has none.
        """
        return self.of("storage", storage_class)

    def requests(self, request: Request, storage_class: str = "STANDARD") -> Price:
        """1,000 requests: `put` (PUT, COPY, POST), `list`, `get` (GET and others).

        Raises:
            UnknownPrice: when the table has none.
        """
        return self.of(request, storage_class)

    def storage_class(self, name: str) -> StorageClass:
        """A storage class with its rules, under the name that S3's API uses.

        Raises:
            UnknownPrice: when the table has none.
        """
        if name not in self.storage_classes:
            raise UnknownPrice("storage", name, self.region)
        return self.storage_classes[name]

    def of(self, component: str, usage_type: str) -> Price:
        """The price of a bill's line: component × instance type or storage class.

        Raises:
            UnknownPrice: when the table has none.
        """
        if component in _INSTANCE_COMPONENTS:
            price = self.instances[component].get(usage_type)
        else:
            storage_class = self.storage_classes.get(usage_type)
            price = storage_class.prices.get(component) if storage_class else None
        if price is None:
            raise UnknownPrice(component, usage_type, self.region)
        return price

    def _all(self) -> list[Price]:
        tables = [*self.instances.values()]
        tables += [entry.prices for entry in self.storage_classes.values()]
        return [price for table in tables for price in table.values()]


@cache
def load_prices(path: Path = PRICE_TABLE) -> Prices:
    """Read the table.

    Raises:
        PriceTableError: when it is malformed; names file, entry and field.
    """
    try:
        table = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise PriceTableError(f"{path.name}: {error}") from error
    return _Reader(path.name, table).prices()


class _Reader:
    """Turns the parsed TOML into `Prices`; knows where it is, for its errors."""

    def __init__(self, name: str, table: dict[str, Any]) -> None:
        self._name = name
        self._table = table
        self._sources = {
            key: self._source(key) for key in self._mapping(table, "", "sources")
        }

    def prices(self) -> Prices:
        for key in self._table:
            if key not in ("table", "sources", "s3", *_INSTANCE_COMPONENTS):
                raise self._error(key, key, "is no part of a price table")
        heading = self._mapping(self._table, "", "table")
        return Prices(
            region=self._text(heading, "table", "region"),
            currency=self._text(heading, "table", "currency"),
            instances={
                component: {
                    instance_type: self._price(entry, f"{component}.{instance_type}")
                    for instance_type, entry in self._table.get(component, {}).items()
                }
                for component in _INSTANCE_COMPONENTS
            },
            storage_classes={
                name: self._storage_class(name) for name in self._table.get("s3", {})
            },
        )

    def _storage_class(self, name: str) -> StorageClass:
        entry = self._mapping(self._table["s3"], "s3", name)
        where = f"s3.{name}"
        for key in entry:
            if key not in _S3_UNITS and key not in _RULES and key != "rules":
                raise self._error(where, key, "is no price and no rule")
        ruled = any(key in entry for key in _RULES)
        return StorageClass(
            name=name,
            prices={
                key: self._price(entry[key], f"{where}.{key}", *_S3_UNITS[key])
                for key in entry
                if key in _S3_UNITS
            },
            rules=self._cited(entry, where, "rules") if ruled else (),
            **{key: self._whole(entry, where, key) for key in _RULES if key in entry},
        )

    def _price(
        self, entry: Any, where: str, unit: str = "Hrs", per: float = 1
    ) -> Price:
        if not isinstance(entry, dict):
            raise self._error(where, "usd", "is missing")
        usd = entry.get("usd")
        if isinstance(usd, bool) or not isinstance(usd, int | float) or usd <= 0:
            raise self._error(where, "usd", "is not a positive number")
        return Price(float(usd), unit, per, self._cited(entry, where, "sources"))

    def _cited(self, entry: dict[str, Any], where: str, key: str) -> tuple[Source, ...]:
        cited = entry.get(key)
        if not isinstance(cited, list) or not cited:
            raise self._error(where, key, "names no source")
        for name in cited:
            if name not in self._sources:
                raise self._error(where, key, f"names the unknown source {name!r}")
        return tuple(self._sources[name] for name in cited)

    def _source(self, key: str) -> Source:
        where = f"sources.{key}"
        entry = self._mapping(self._table["sources"], "sources", key)
        day = entry.get("date")
        if day is not None and type(day) is not date:
            raise self._error(where, "date", "is not a date")
        title = self._text(entry, where, "title")
        return Source(title, self._text(entry, where, "address"), day)

    def _mapping(self, table: dict[str, Any], where: str, key: str) -> dict[str, Any]:
        value = table.get(key)
        if not isinstance(value, dict):
            raise self._error(where or key, key, "is not a table")
        return cast(dict[str, Any], value)

    def _text(self, entry: dict[str, Any], where: str, key: str) -> str:
        value = entry.get(key)
        if not isinstance(value, str) or not value:
            raise self._error(where, key, "is not a text")
        return value

    def _whole(self, entry: dict[str, Any], where: str, key: str) -> int:
        value = entry[key]
        if type(value) is not int or value < 0:
            raise self._error(where, key, "is not a whole number")
        return value

    def _error(self, where: str, key: str, what: str) -> PriceTableError:
        return PriceTableError(f"{self._name}: [{where}] {key} {what}")
