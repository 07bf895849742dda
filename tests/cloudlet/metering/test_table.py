from datetime import UTC, datetime, timedelta

import pytest

from cloudlet.metering import Meter, load_prices, make_bill
from cloudlet.metering.table import usd

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def table(meter: Meter, hours: float = 1) -> str:
    return make_bill(meter, load_prices(), NOON + timedelta(hours=hours)).table()


@pytest.fixture
def meter() -> Meter:
    meter = Meter()
    meter.start("AmazonSageMaker", "hosting", "live", "ml.m5.xlarge", at=NOON)
    meter.add("AmazonS3", "put", "a-bucket-with-a-name", "STANDARD", 2500, "Requests")
    return meter


def test_columns_are_aligned(meter: Meter) -> None:
    lines = table(meter, hours=2).splitlines()
    heading, rule, *rows = lines[: lines.index("")]
    assert heading.startswith("Resource")
    assert set(rule) == {"-"}
    end = len(heading)
    assert [row[end - 7 : end] for row in rows if row != rule] == [
        "$0.0125",
        "$0.4600",
        "$0.4725",
    ]


def test_a_row_shows_quantity_and_price(meter: Meter) -> None:
    text = table(meter, hours=2)
    assert "2,500 Requests  $0.005 / 1,000" in text
    assert "hosting (running)" in text
    assert "2 Hrs" in text


def test_it_says_in_one_line_that_nothing_was_billed(meter: Meter) -> None:
    said = [line for line in table(meter).splitlines() if "nothing was really" in line]
    assert said == [
        "List prices of us-east-1 as of 2026-09-28 in USD; "
        "this is a local cloud: nothing was really billed."
    ]


def test_it_warns_of_what_still_runs(meter: Meter) -> None:
    assert "Forgotten for a month, what still runs would add $167.9000." in table(meter)


def test_it_does_not_warn_when_nothing_runs() -> None:
    assert "Forgotten" not in table(Meter())


def test_unknown_prices_are_said_to_be_missing(meter: Meter) -> None:
    meter.start("AmazonSageMaker", "hosting", "odd", "ml.x9.large", at=NOON)
    text = table(meter)
    assert "not in the total: 1 of 3 lines" in text
    assert "$167.9000 and what has no sourced price." in text
    (row,) = [line for line in text.splitlines() if line.startswith("odd")]
    assert row.split()[-2:] == ["unknown", "unknown"]


def test_spot_savings_are_shown() -> None:
    meter = Meter()
    job = meter.start("AmazonSageMaker", "training", "spot", "ml.m5.xlarge", at=NOON)
    meter.stop(job, NOON + timedelta(hours=5), billable_seconds=3600)
    assert "Managed Spot Training spared $0.9200 of spot (80%)." in table(meter, 6)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0.0000"),
        (0.00001, "<$0.0001"),
        (0.00575, "$0.0057"),
        (1234.5, "$1,234.5000"),
    ],
)
def test_dollars(amount: float, shown: str) -> None:
    assert usd(amount) == shown
