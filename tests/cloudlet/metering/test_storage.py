from datetime import UTC, datetime, timedelta

import pytest

from cloudlet.metering import Meter, StoredObject, load_prices, make_bill, storage_usage

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONTH = timedelta(hours=730)
GB = 2**30


def stored(storage_class: str, size: int, bucket: str = "lake") -> StoredObject:
    return StoredObject(bucket, storage_class, size, NOW - MONTH)


def cost(*objects: StoredObject) -> float:
    prices = load_prices()
    usage = storage_usage(objects, prices, NOW)
    return make_bill(Meter(), prices, NOW, usage).total


def test_a_gigabyte_for_a_month_costs_its_list_price() -> None:
    assert cost(stored("STANDARD", GB)) == pytest.approx(0.023)
    assert cost(stored("STANDARD_IA", GB)) == pytest.approx(0.0125)


def test_many_objects_are_one_line_for_each_bucket_and_class() -> None:
    objects = [stored("STANDARD", GB) for _ in range(50)]
    objects += [stored("STANDARD_IA", GB), stored("STANDARD", GB, "other")]
    usage = storage_usage(objects, load_prices(), NOW, {"lake": {"lab": "101"}})
    assert [(u.resource, u.usage_type, round(u.held), u.tags) for u in usage] == [
        ("lake", "STANDARD", 50, {"lab": "101"}),
        ("lake", "STANDARD_IA", 1, {"lab": "101"}),
        ("other", "STANDARD", 1, {}),
    ]


def test_for_tiny_objects_the_cold_class_is_dearer() -> None:
    tiny = [1024] * 100
    standard = cost(*(stored("STANDARD", size) for size in tiny))
    infrequent = cost(*(stored("STANDARD_IA", size) for size in tiny))
    archived = cost(*(stored("GLACIER", size) for size in tiny))
    assert standard < archived < infrequent


def test_archived_objects_pay_their_metadata_at_the_standard_rate() -> None:
    usage = storage_usage([stored("DEEP_ARCHIVE", GB)], load_prices(), NOW)
    held = {u.usage_type: u.held * 2**20 for u in usage}
    assert held == {
        "DEEP_ARCHIVE": pytest.approx(2**20 + 32),
        "STANDARD": pytest.approx(8),
    }


def test_intelligent_tiering_monitors_each_large_object() -> None:
    large, small = 128 * 1024, 1024
    objects = [stored("INTELLIGENT_TIERING", size) for size in (large, large, small)]
    monitored = [
        u
        for u in storage_usage(objects, load_prices(), NOW)
        if u.component == "monitoring"
    ]
    assert [u.units(NOW) for u in monitored] == [pytest.approx(2)]


def test_an_unknown_class_is_counted_and_not_priced() -> None:
    prices = load_prices()
    usage = storage_usage([stored("EXPRESS_ONEZONE", GB)], prices, NOW)
    bill = make_bill(Meter(), prices, NOW, usage)
    assert bill.total == 0
    assert [line.quantity for line in bill.unknown] == [pytest.approx(1)]


def test_stored_objects_go_on_costing() -> None:
    prices = load_prices()
    usage = storage_usage([stored("STANDARD", 10 * GB)], prices, NOW)
    month = make_bill(Meter(), prices, NOW, usage).forecast(730)
    assert month.total == pytest.approx(0.23)
