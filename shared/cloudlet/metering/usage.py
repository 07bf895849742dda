"""What was used: intervals of instances, and counts of everything else.

`Ledger` and `Usage` are plain values, so that they can be written to disk and read
back; `Meter` is the lock around them. All times are cloud time and carry a zone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from cloudlet.metering.prices import HOURS_PER_MONTH

_HOURS_PER_UNIT = {"Hrs": 1.0, "GB-Mo": HOURS_PER_MONTH, "Objects-Mo": HOURS_PER_MONTH}


@dataclass
class Usage:
    """One line of usage.

    Attributes:
        service: the name on AWS's bill, `AmazonSageMaker` or `AmazonS3`.
        component: what of the service: `training`, `hosting`, `storage`, `put`, ….
        resource: the name of the job, endpoint or bucket.
        usage_type: the instance type or the storage class.
        unit: `Hrs`, `GB-Mo`, `Objects-Mo`, `Requests` or `GB`.
        quantity: units counted so far, beside what `held` adds with time.
        held: instances, GB or objects that count on from `started` to `ended`.
        started: when `held` began to count; None for a mere count.
        ended: when it stopped; None while it runs.
        billable_seconds: of a Managed Spot Training job that has ended: what AWS
            bills, where it is less than what the job took.
        tags: the resource's tags.
        details: further facts for people to read.
    """

    service: str
    component: str
    resource: str
    usage_type: str
    unit: str
    quantity: float = 0.0
    held: float = 0.0
    started: datetime | None = None
    ended: datetime | None = None
    billable_seconds: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether it still adds to the bill."""
        return self.started is not None and self.ended is None and self.held > 0

    def seconds(self, now: datetime) -> float:
        """Whole seconds from start to end, or to `now`; a part of one counts whole."""
        if self.started is None:
            return 0.0
        elapsed = ((self.ended or now) - self.started).total_seconds()
        return float(math.ceil(max(elapsed, 0.0)))

    def units(self, now: datetime) -> float:
        """Units to pay for up to `now`."""
        seconds = self.seconds(now)
        if self.billable_seconds is not None:
            seconds = min(seconds, self.billable_seconds)
        return self.quantity + self.in_time(seconds / 3600)

    def saved_units(self, now: datetime) -> float:
        """Units that Managed Spot Training took and AWS does not bill.

        Source: `BillableTimeInSeconds` in
        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
        """
        if self.billable_seconds is None:
            return 0.0
        spared = max(self.seconds(now) - self.billable_seconds, 0.0)
        return self.in_time(spared / 3600)

    def in_time(self, hours: float) -> float:
        """Units that what is held adds in `hours`."""
        return self.held * hours / _HOURS_PER_UNIT.get(self.unit, 1.0)


@dataclass
class Ledger:
    """All usage, by id; counted usage has its aggregation key as its id."""

    usages: dict[str, Usage] = field(default_factory=dict)
    last_id: int = 0


class Meter:
    """Records usage; safe to call from any thread."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self._ledger = ledger or Ledger()
        self._lock = Lock()

    def start(
        self,
        service: str,
        component: str,
        resource: str,
        usage_type: str,
        *,
        at: datetime,
        count: float = 1,
        tags: Mapping[str, str] | None = None,
        details: Mapping[str, str] | None = None,
    ) -> str:
        """`count` instances begin to run; the id is for `stop`.

        Raises:
            ValueError: when `at` has no zone, or `count` is not positive.
        """
        _require_zone(at)
        if count <= 0:
            raise ValueError(f"{resource}: the count of {usage_type} must be positive")
        usage = Usage(service, component, resource, usage_type, "Hrs", held=count)
        usage.started = at
        usage.tags, usage.details = dict(tags or {}), dict(details or {})
        with self._lock:
            self._ledger.last_id += 1
            usage_id = f"run-{self._ledger.last_id}"
            self._ledger.usages[usage_id] = usage
        return usage_id

    def stop(
        self, usage_id: str, at: datetime, *, billable_seconds: float | None = None
    ) -> None:
        """The instances end; a second stop changes nothing.

        Args:
            usage_id: from `start`.
            at: when they ended.
            billable_seconds: of a Managed Spot Training job, what AWS bills.

        Raises:
            KeyError: when nothing was started under this id.
            ValueError: when `at` has no zone, or lies before the start.
        """
        _require_zone(at)
        with self._lock:
            usage = self._ledger.usages[usage_id]
            if usage.started is None or at < usage.started:
                raise ValueError(f"{usage.resource} cannot stop before it started")
            if usage.ended is None:
                usage.ended = at
                usage.billable_seconds = billable_seconds

    def add(
        self,
        service: str,
        component: str,
        resource: str,
        usage_type: str,
        quantity: float,
        unit: str,
        *,
        tags: Mapping[str, str] | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Count usage; equal service, component, resource and type make one line.

        The line has the tags and details of the latest call that gave some.

        Raises:
            ValueError: when `quantity` is negative.
        """
        if quantity < 0:
            raise ValueError(f"{resource}: usage cannot be negative ({quantity})")
        key = "\n".join((service, component, resource, usage_type))
        new = Usage(service, component, resource, usage_type, unit)
        with self._lock:
            usage = self._ledger.usages.setdefault(key, new)
            usage.quantity += quantity
            usage.tags = dict(tags) if tags else usage.tags
            usage.details = dict(details) if details else usage.details

    def usages(self) -> list[Usage]:
        """A copy of all lines, in the order in which they began."""
        with self._lock:
            return deepcopy(list(self._ledger.usages.values()))

    def clear(self) -> None:
        """Forget all usage; ids given out before are unknown from now on."""
        with self._lock:
            self._ledger.usages.clear()


def _require_zone(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError("cloud time carries a zone")
