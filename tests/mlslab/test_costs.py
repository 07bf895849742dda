from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from cloudlet.metering import Bill, Line, load_prices
from mlslab.costs import (
    hourly,
    lab_bill,
    month_in_account,
    month_in_cloud,
    price_words,
)
from mlslab.ledger import Record
from mlslab.watch import TAG

ENDPOINT = Record("endpoint", "mine", "us-east-1", (("ml.m5.xlarge", 2),))


def line(resource: str, **tags: str) -> Line:
    return Line(
        service="sagemaker",
        component="hosting",
        resource=resource,
        usage_type="ml.m5.large",
        unit="Hrs",
        quantity=1.0,
        price=0.115,
        per=1,
        cost=0.115,
        running=True,
        hourly=0.115,
        tags=tags,
    )


@pytest.fixture
def bill() -> Bill:
    lines = (
        line("mine"),
        line("tagged", **{TAG: "101"}),
        line("other", **{TAG: "102"}),
        replace(line("stopped", **{TAG: "101"}), running=False),
    )
    prices = load_prices()
    return Bill("us-east-1", "USD", prices.as_of, datetime.now(UTC), lines)


def test_of_a_shared_cloud_only_the_lab_s_lines(bill):
    cloud = SimpleNamespace(bill=lambda: bill)
    kept = lab_bill(cloud, "101", [ENDPOINT])
    assert [row.resource for row in kept.lines] == ["mine", "tagged", "stopped"]
    assert lab_bill(cloud, "101", None) == bill


def test_a_month_of_what_runs(bill):
    assert month_in_cloud(bill) == pytest.approx(3 * 0.115 * 730)


def test_a_month_in_the_account():
    job = Record("training-job", "j", "us-east-1", (("ml.m5.xlarge", 9),))
    price = hourly("CreateEndpoint", "ml.m5.xlarge")
    assert price is not None
    assert month_in_account([ENDPOINT, job]) == pytest.approx(2 * price * 730)


def test_prices_that_are_not_known():
    assert hourly("CreateEndpoint", "ml.none.large") is None
    assert hourly("CreateTransformJob", "ml.m5.large") is None
    words = price_words("CreateEndpoint", [("ml.none.large", 1)])
    assert words.startswith("1 × ml.none.large, price unknown here (list price of us-")
    assert price_words("CreateEndpoint", []) == "its price depends on use"
