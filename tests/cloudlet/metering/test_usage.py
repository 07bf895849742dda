from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from cloudlet.metering import Ledger, Meter, Usage

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def start(meter: Meter, resource: str = "job", count: float = 1) -> str:
    return meter.start(
        "AmazonSageMaker", "training", resource, "ml.m5.xlarge", at=NOON, count=count
    )


def put(meter: Meter, bucket: str, quantity: float = 1) -> None:
    meter.add("AmazonS3", "put", bucket, "STANDARD", quantity, "Requests")


def test_an_interval_runs_until_it_is_stopped() -> None:
    meter = Meter()
    usage_id = start(meter, count=2)
    (usage,) = meter.usages()
    assert usage.running
    assert usage.units(NOON + timedelta(hours=3)) == 6
    meter.stop(usage_id, NOON + timedelta(minutes=30))
    (usage,) = meter.usages()
    assert not usage.running
    assert usage.units(NOON + timedelta(hours=3)) == 1


def test_a_part_of_a_second_counts_whole() -> None:
    meter = Meter()
    meter.stop(start(meter), NOON + timedelta(milliseconds=1200))
    assert meter.usages()[0].seconds(NOON) == 2


def test_a_second_stop_changes_nothing() -> None:
    meter = Meter()
    usage_id = start(meter)
    meter.stop(usage_id, NOON + timedelta(hours=1))
    meter.stop(usage_id, NOON + timedelta(hours=9))
    assert meter.usages()[0].units(NOON + timedelta(hours=9)) == 1


def test_spot_is_billed_for_its_billable_seconds() -> None:
    meter = Meter()
    usage_id = start(meter, count=2)
    meter.stop(usage_id, NOON + timedelta(seconds=500), billable_seconds=100)
    (usage,) = meter.usages()
    assert usage.units(NOON) == pytest.approx(2 * 100 / 3600)
    assert usage.saved_units(NOON) == pytest.approx(2 * 400 / 3600)


def test_a_million_requests_are_one_line() -> None:
    meter = Meter()
    for _ in range(1000):
        put(meter, "lake", 1000)
    put(meter, "other")
    assert [(u.resource, u.quantity) for u in meter.usages()] == [
        ("lake", 1_000_000),
        ("other", 1),
    ]


def test_a_line_has_the_latest_tags() -> None:
    meter = Meter()
    args = ("AmazonS3", "put", "lake", "STANDARD", 1, "Requests")
    meter.add(*args, tags={"lab": "101"})
    meter.add(*args)
    assert meter.usages()[0].tags == {"lab": "101"}


def test_nothing_is_lost_between_threads() -> None:
    meter = Meter()
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: start(meter, f"job-{n}"), range(200)))
        list(pool.map(lambda _: put(meter, "lake"), range(2000)))
    assert len(set(ids)) == 200
    counted = [u for u in meter.usages() if u.component == "put"]
    assert [u.quantity for u in counted] == [2000]


def test_what_is_read_is_a_copy() -> None:
    meter = Meter()
    put(meter, "lake")
    meter.usages()[0].quantity = 99
    assert meter.usages()[0].quantity == 1


def test_a_ledger_is_plain_values_and_goes_on_where_it_was() -> None:
    ledger = Ledger()
    first = Meter(ledger)
    usage_id = start(first)
    put(first, "lake")
    stored = asdict(ledger)
    usages = {key: Usage(**usage) for key, usage in stored["usages"].items()}
    second = Meter(Ledger(usages, stored["last_id"]))
    second.stop(usage_id, NOON + timedelta(hours=1))
    put(second, "lake")
    assert start(second) != usage_id
    assert [u.units(NOON) for u in second.usages()] == [1, 2, 0]


def test_clear_forgets_all_and_gives_no_id_twice() -> None:
    meter = Meter()
    usage_id = start(meter)
    meter.clear()
    assert meter.usages() == []
    with pytest.raises(KeyError):
        meter.stop(usage_id, NOON)
    assert start(meter) != usage_id


def test_an_empty_ledger_is_kept_and_not_replaced() -> None:
    ledger = Ledger()
    put(Meter(ledger), "lake")
    assert len(ledger.usages) == 1


def test_what_makes_no_sense_is_refused() -> None:
    meter = Meter()
    usage_id = start(meter)
    with pytest.raises(ValueError, match="before it started"):
        meter.stop(usage_id, NOON - timedelta(seconds=1))
    with pytest.raises(ValueError, match="zone"):
        meter.stop(usage_id, datetime(2026, 11, 23))
    with pytest.raises(ValueError, match="negative"):
        put(meter, "lake", -1)
    with pytest.raises(ValueError, match="positive"):
        start(meter, count=0)
