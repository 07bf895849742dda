"""Make the generated files of this folder: `python data/make_data.py`.

One function for each file. Each takes its own seed, so that a file does not change
when another one is added.
"""

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
CUSTOMERS = 2000
EXPORTED = date(2026, 6, 30)
CHECKOUT_LIMIT = 1000
"""USD: the shop takes no dearer basket."""

_REGIONS = {
    "NA": ("NA", "NA", "NA", "North America", "na", "N. America"),
    "EU": ("EU", "EU", "EU", "Europe", "europe ", "eu"),
    "APAC": ("APAC", "APAC", "APAC", "Asia Pacific", "apac", "asia-pacific"),
}


def customers(seed: int = 202) -> str:
    """Customers of an online shop (lab 202), as CSV text; dirty in known ways.

    `next_year_spend` is what the customer spends in the year after the export. High
    incomes are withheld more often than low ones, so `income` is missing not at random.
    """
    rng = np.random.default_rng(seed)
    true = _true_customers(rng)
    rows = [_written(rng, row) for row in true]
    usual = [
        i for i, row in enumerate(true) if row["annual_spend"] > 15 * row["orders"]
    ]
    for index in rng.choice(usual, 16, replace=False):  # cents taken for dollars
        rows[index]["annual_spend"] = f"{true[index]['annual_spend'] * 100:.2f}"
    rows += [_older(rng, true[i]) for i in rng.choice(len(true), 120, replace=False)]
    copied = rng.choice(len(rows), 240, replace=False)
    rows += [dict(rows[index]) for index in copied[:160]]
    rows += [_other_case(rows[index]) for index in copied[160:]]
    order = rng.permutation(len(rows))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[index] for index in order)
    return text.getvalue()


def _true_customers(rng: np.random.Generator) -> list[dict]:
    n = CUSTOMERS
    income = np.exp(rng.normal(np.log(42_000), 0.6, n))
    age = np.clip(rng.normal(44, 14, n), 18, 88).round().astype(int)
    orders = 1 + rng.poisson(np.exp(rng.normal(1.2, 0.8, n)))
    basket = np.exp(rng.normal(np.log(38), 0.6, n)) * (income / 42_000) ** 0.5
    basket = np.minimum(basket, CHECKOUT_LIMIT)
    spend = orders * basket
    region = rng.choice(list(_REGIONS), n, p=(0.4, 0.35, 0.25))
    growth = np.select([region == "NA", region == "EU"], [1.05, 0.9], 0.75)
    loyal = 0.7 * np.maximum(spend - 500, 0)  # who buys much comes back for more
    following = growth * (0.5 * spend + loyal + 0.005 * income)
    following *= np.exp(rng.normal(0, 0.25, n))
    rank = np.argsort(np.argsort(income)) / n
    withheld = rng.random(n) < 0.05 + 0.6 * rank**2
    return [
        {
            "id": 10_000 + i,
            "age": int(age[i]),
            "age_known": rng.random() > 0.08,
            "region": str(region[i]),
            "signed_up": EXPORTED - timedelta(days=int(rng.integers(30, 2200))),
            "income": None if withheld[i] else float(income[i]),
            "orders": int(orders[i]),
            "annual_spend": float(spend[i]),
            "updated_at": EXPORTED - timedelta(days=int(rng.integers(0, 28))),
            "next_year_spend": float(following[i]),
        }
        for i in range(n)
    ]


def _written(rng: np.random.Generator, row: dict) -> dict[str, str]:
    """A row as two systems and some hasty people have written it."""
    old_system = rng.random() < 0.45
    signed_up = row["signed_up"]
    spend = row["annual_spend"]
    money = (f"${spend:,.2f}", f"{spend:.2f}", f"USD {spend:,.2f}")[rng.integers(3)]
    if rng.random() < 0.02:
        money = str(rng.choice(["n/a", "-"]))
    age = str(row["age"]) if row["age_known"] else str(rng.choice(["", "unknown"]))
    if rng.random() < 0.03:
        age = str(rng.choice(["999", "-1", "0"]))
    income = "" if row["income"] is None else f"{row['income']:.0f}"
    if income and rng.random() < 0.3:
        income = f"{row['income']:,.0f}"
    return {
        "customer_id": f"c{row['id']} " if rng.random() < 0.1 else f"C{row['id']}",
        "age": age,
        "region": str(rng.choice(_REGIONS[row["region"]])),
        "signed_up": f"{signed_up:%d/%m/%Y}" if old_system else f"{signed_up:%Y-%m-%d}",
        "income": income,
        "orders": str(row["orders"]),
        "annual_spend": money,
        "updated_at": f"{row['updated_at']:%Y-%m-%d}",
        "next_year_spend": f"{row['next_year_spend']:.2f}",
    }


def _older(rng: np.random.Generator, row: dict) -> dict[str, str]:
    """A record of the same customer from before, with other values."""
    before = {
        **row,
        "region": str(rng.choice(list(_REGIONS))),
        "orders": max(1, row["orders"] - int(rng.integers(1, 4))),
        "annual_spend": row["annual_spend"] * rng.uniform(0.4, 0.9),
        "updated_at": row["updated_at"] - timedelta(days=int(rng.integers(60, 400))),
    }
    return _written(rng, before)


def _other_case(row: dict[str, str]) -> dict[str, str]:
    """The same record, its id written with the other capital and a space."""
    name = row["customer_id"].strip()
    return {**row, "customer_id": f" {name.swapcase()}"}


def main() -> None:
    """Write all files."""
    (HERE / "customers.csv").write_text(customers(), encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
