import json
from datetime import UTC, datetime, timedelta

import pytest

from cloudlet.metering import Bill, Meter, load_prices, make_bill

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAGEMAKER = "AmazonSageMaker"


def bill_of(meter: Meter, hours: float = 1) -> Bill:
    return make_bill(meter, load_prices(), NOON + timedelta(hours=hours))


@pytest.fixture
def meter() -> Meter:
    """A training job of 90 s, a running endpoint of two instances, some requests."""
    meter = Meter()
    tags = {"lab": "302"}
    job = meter.start(
        SAGEMAKER, "training", "churn", "ml.m5.xlarge", at=NOON, tags=tags
    )
    meter.stop(job, NOON + timedelta(seconds=90))
    meter.start(
        SAGEMAKER, "hosting", "live", "ml.m5.large", at=NOON, count=2, tags=tags
    )
    meter.add("AmazonS3", "put", "lake", "STANDARD", 2000, "Requests")
    return meter


def test_instances_are_billed_by_the_second(meter: Meter) -> None:
    costs = {line.resource: line.cost for line in bill_of(meter).lines}
    assert costs == {
        "churn": pytest.approx(0.23 * 90 / 3600),
        "live": pytest.approx(2 * 0.115),
        "lake": pytest.approx(0.01),
    }


def test_the_total_is_the_sum_of_the_lines(meter: Meter) -> None:
    assert bill_of(meter).total == pytest.approx(0.00575 + 0.23 + 0.01)


def test_costs_are_summed_by_field_or_tag(meter: Meter) -> None:
    bill = bill_of(meter)
    assert bill.by("service") == {
        SAGEMAKER: pytest.approx(0.23575),
        "AmazonS3": pytest.approx(0.01),
    }
    assert bill.by("resource")["live"] == pytest.approx(0.23)
    assert bill.by("lab") == {
        "302": pytest.approx(0.23575),
        "(untagged)": pytest.approx(0.01),
    }


def test_a_forgotten_endpoint_is_what_a_month_costs(meter: Meter) -> None:
    month = bill_of(meter).forecast(730)
    assert [line.resource for line, _ in month.lines] == ["live"]
    assert month.total == pytest.approx(730 * 2 * 0.115)
    with pytest.raises(ValueError, match="forward"):
        bill_of(meter).forecast(-1)


def test_a_forecast_is_what_the_bill_then_says(meter: Meter) -> None:
    now = bill_of(meter, hours=1)
    later = bill_of(meter, hours=25)
    assert later.total == pytest.approx(now.total + now.forecast(24).total)


def test_an_unknown_price_shows_usage_without_cost() -> None:
    meter = Meter()
    meter.start(SAGEMAKER, "hosting", "odd", "ml.x9.large", at=NOON)
    bill = bill_of(meter, hours=2)
    (line,) = bill.unknown
    assert (line.quantity, line.price, line.cost) == (2, None, None)
    assert bill.total == 0
    month = bill.forecast(730)
    assert month.total == 0
    assert month.unknown == (line,)


def test_another_unit_than_the_price_has_is_not_multiplied() -> None:
    meter = Meter()
    meter.add("AmazonS3", "put", "lake", "STANDARD", 5, "GB")
    assert len(bill_of(meter).unknown) == 1


def test_spot_shows_what_it_spared() -> None:
    meter = Meter()
    job = meter.start(SAGEMAKER, "training", "spot", "ml.m5.xlarge", at=NOON)
    meter.stop(job, NOON + timedelta(seconds=500), billable_seconds=100)
    bill = bill_of(meter)
    assert bill.total == pytest.approx(0.23 * 100 / 3600)
    assert bill.saved == pytest.approx(0.23 * 400 / 3600)
    assert bill.lines[0].saved_fraction == pytest.approx(0.8)


def test_a_bill_survives_json(meter: Meter) -> None:
    bill = bill_of(meter)
    again = Bill.from_dict(json.loads(json.dumps(bill.to_dict())))
    assert again == bill
    assert again.table() == bill.table()
    assert again.forecast(1).total == bill.forecast(1).total


def test_an_empty_bill_costs_nothing() -> None:
    bill = bill_of(Meter())
    assert (bill.total, bill.lines, bill.forecast(730).total) == (0, (), 0)
