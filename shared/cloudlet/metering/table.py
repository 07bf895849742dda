"""The bill as aligned plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudlet.metering.prices import HOURS_PER_MONTH

if TYPE_CHECKING:
    from cloudlet.metering.bill import Bill, Line

_HEADINGS = ("Resource", "Component", "Type", "Quantity", "Price", "Cost")
_RIGHT = (False, False, False, True, True, True)


def bill_table(bill: Bill) -> str:
    """One row for each line, the total, and what has to be known about it."""
    rows = [_HEADINGS, *(_row(line) for line in bill.lines)]
    rows.append(("Total", "", "", "", "", usd(bill.total)))
    text = _aligned(rows)
    rule = "-" * max(len(line) for line in text)
    return "\n".join([text[0], rule, *text[1:-1], rule, text[-1], "", *_remarks(bill)])


def usd(amount: float) -> str:
    """Four decimals, as a lab costs fractions of a cent."""
    if 0 < amount < 0.00005:
        return "<$0.0001"
    return f"${amount:,.4f}"


def _row(line: Line) -> tuple[str, ...]:
    return (
        line.resource,
        line.component + (" (running)" if line.running else ""),
        line.usage_type,
        f"{_number(line.quantity)} {line.unit}",
        "unknown" if line.price is None else _price(line.price, line.per),
        "unknown" if line.cost is None else usd(line.cost),
    )


def _number(quantity: float) -> str:
    if quantity == int(quantity):
        return f"{int(quantity):,}"
    return f"{quantity:,.4f}" if quantity >= 0.0001 else f"{quantity:.1e}"


def _price(price: float, per: float) -> str:
    return f"${price:g}" + (f" / {per:,.0f}" if per != 1 else "")


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, _RIGHT, strict=True)
        ).rstrip()
        for row in rows
    ]


def _remarks(bill: Bill) -> list[str]:
    remarks = [
        f"List prices of {bill.region} as of {bill.as_of} in {bill.currency}; "
        "this is a local cloud: nothing was really billed."
    ]
    if bill.unknown:
        remarks.append(
            f"Without a sourced price, and not in the total: {len(bill.unknown)} of "
            f"{len(bill.lines)} lines."
        )
    for line in bill.lines:
        if line.saved_fraction:
            remarks.append(
                f"Managed Spot Training spared {usd(line.saved)} of {line.resource} "
                f"({line.saved_fraction:.0%})."
            )
    month = bill.forecast(HOURS_PER_MONTH)
    if month.lines:
        remarks.append(
            f"Forgotten for a month, what still runs would add {usd(month.total)}"
            + (" and what has no sourced price." if month.unknown else ".")
        )
    return remarks
