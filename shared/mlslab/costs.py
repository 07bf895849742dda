"""What AWS would charge, from cloudlet's dated price table."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlslab.ledger import Record
from mlslab.watch import TAG

if TYPE_CHECKING:
    from cloudlet.metering import Bill
    from cloudlet.metering.prices import Component

HOURS_FORGOTTEN = 730
"""A month, as the price table counts it."""

_COMPONENTS: "dict[str, Component]" = {
    "CreateEndpoint": "hosting",
    "CreateTrainingJob": "training",
    "CreateProcessingJob": "processing",
}


def lab_bill(cloud: Any, lab_id: str, records: Iterable[Record] | None) -> "Bill":
    """The local cloud's bill.

    Args:
        cloud: cloudlet's.
        lab_id: the value of the lab's tag.
        records: of a cloud that others use too, what the lab has created: only lines
            of these, or with the tag, are kept. None keeps all lines.
    """
    bill: Bill = cloud.bill()
    if records is None:
        return bill
    names = {record.name for record in records}
    lines = tuple(
        line
        for line in bill.lines
        if line.tags.get(TAG) == lab_id or line.resource in names
    )
    return replace(bill, lines=lines)


def month_in_cloud(bill: "Bill") -> float:
    """USD that what now runs would cost if it were forgotten for a month."""
    return bill.forecast(HOURS_FORGOTTEN).total


def month_in_account(records: Iterable[Record]) -> float:
    """The same for a real account: the recorded endpoints, at list prices."""
    return sum(
        (hourly("CreateEndpoint", kind) or 0.0) * count * HOURS_FORGOTTEN
        for record in records
        if record.kind == "endpoint"
        for kind, count in record.instances
    )


def hourly(operation: str, instance_type: str) -> float | None:
    """USD for an hour of one instance; None where the table has no price."""
    from cloudlet.metering import UnknownPrice, load_prices

    component = _COMPONENTS.get(operation)
    if component is None:
        return None
    try:
        return load_prices().instance_hour(component, instance_type).usd
    except UnknownPrice:
        return None


def price_words(operation: str, instances: Iterable[tuple[str, int]]) -> str:
    """What a call is going to cost, in a line."""
    from cloudlet.metering import load_prices

    parts = []
    for kind, count in instances:
        usd = hourly(operation, kind)
        price = "price unknown here" if usd is None else f"{usd:.3f} USD an hour each"
        parts.append(f"{count} × {kind}, {price}")
    table = load_prices()
    listed = f"list price of {table.region}, {table.as_of}"
    return f"{'; '.join(parts)} ({listed})" if parts else "its price depends on use"
