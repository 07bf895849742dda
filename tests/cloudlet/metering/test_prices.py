from datetime import date
from pathlib import Path

import pytest

from cloudlet.metering import Prices, PriceTableError, UnknownPrice, load_prices

HEAD = """
[table]
region = "us-east-1"
currency = "USD"

[sources.a]
title = "A"
address = "https://a.example/"
date = 2026-01-02

[sources.b]
title = "B"
address = "https://b.example/"
"""


def read(tmp_path: Path, text: str) -> Prices:
    path = tmp_path / "table.toml"
    path.write_text(text)
    return load_prices(path)


@pytest.fixture
def prices() -> Prices:
    return load_prices()


def test_the_prices_of_the_xgboost_lab(prices: Prices) -> None:
    assert prices.instance_hour("training", "ml.m5.xlarge").usd == 0.23
    assert prices.instance_hour("hosting", "ml.m5.xlarge").usd == 0.23
    assert prices.instance_hour("hosting", "ml.m5.large").usd == 0.115
    assert prices.instance_hour("hosting", "ml.t2.medium").usd == 0.056


def test_the_prices_of_the_storage_class_lab(prices: Prices) -> None:
    assert {
        name: prices.storage_month(name).usd for name in prices.storage_classes
    } == {
        "STANDARD": 0.023,
        "INTELLIGENT_TIERING": 0.023,
        "STANDARD_IA": 0.0125,
        "ONEZONE_IA": 0.01,
        "GLACIER_IR": 0.004,
        "GLACIER": 0.0036,
        "DEEP_ARCHIVE": 0.00099,
    }


def test_the_colder_the_class_the_longer_it_binds(prices: Prices) -> None:
    assert {
        name: entry.minimum_days for name, entry in prices.storage_classes.items()
    } == {
        "STANDARD": 0,
        "INTELLIGENT_TIERING": 0,
        "STANDARD_IA": 30,
        "ONEZONE_IA": 30,
        "GLACIER_IR": 90,
        "GLACIER": 90,
        "DEEP_ARCHIVE": 180,
    }


def test_requests_are_priced_by_the_thousand(prices: Prices) -> None:
    put = prices.requests("put")
    assert (put.unit, put.per) == ("Requests", 1000)
    assert put.cost(2_000) == pytest.approx(0.01)
    assert prices.requests("get", "GLACIER_IR").usd == 0.01


def test_every_price_has_two_sources_and_every_rule_one(prices: Prices) -> None:
    tables = [*prices.instances.values()]
    tables += [entry.prices for entry in prices.storage_classes.values()]
    for table in tables:
        for name, price in table.items():
            assert len(set(price.sources)) >= 2, name
    for entry in prices.storage_classes.values():
        if entry.minimum_days or entry.overhead_kb or entry.monitored_from_kb:
            assert entry.rules, entry.name


def test_an_unlisted_price_is_unknown_and_no_guess(prices: Prices) -> None:
    with pytest.raises(UnknownPrice, match=r"hosting price for ml\.x9\.large"):
        prices.instance_hour("hosting", "ml.x9.large")
    with pytest.raises(UnknownPrice):
        prices.storage_month("REDUCED_REDUNDANCY")
    with pytest.raises(UnknownPrice):
        prices.storage_class("REDUCED_REDUNDANCY")
    with pytest.raises(UnknownPrice):
        prices.of("training-volume", "gp2")


def test_small_objects_are_billed_as_large_ones(prices: Prices) -> None:
    kb = 1024 / 2**30
    assert prices.storage_class("STANDARD").billable_gb(1024) == pytest.approx(kb)
    infrequent = prices.storage_class("STANDARD_IA")
    assert infrequent.billable_gb(1024) == pytest.approx(128 * kb)
    assert infrequent.billable_gb(200 * 1024) == pytest.approx(200 * kb)
    archive = prices.storage_class("GLACIER")
    assert archive.billable_gb(1024) == pytest.approx(33 * kb)
    assert archive.standard_gb() == pytest.approx(8 * kb)


def test_only_large_objects_are_monitored(prices: Prices) -> None:
    tiered = prices.storage_class("INTELLIGENT_TIERING")
    assert tiered.is_monitored(128 * 1024)
    assert not tiered.is_monitored(128 * 1024 - 1)
    assert not prices.storage_class("STANDARD").is_monitored(2**30)


def test_the_date_is_the_newest_that_a_source_gives(tmp_path: Path) -> None:
    prices = read(
        tmp_path,
        HEAD
        + """
[training]
"ml.old" = { usd = 1, sources = ["b"] }
"ml.new" = { usd = 2, sources = ["a", "b"] }
""",
    )
    assert prices.instance_hour("training", "ml.old").checked is None
    assert prices.instance_hour("training", "ml.new").checked == date(2026, 1, 2)
    assert prices.as_of == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[training]\n"ml.a" = { sources = ["a"] }', r"\[training\.ml\.a\] usd"),
        ('[training]\n"ml.a" = { usd = -1, sources = ["a"] }', "usd is not a positive"),
        ('[training]\n"ml.a" = { usd = true, sources = ["a"] }', "usd is not a posit"),
        ('[training]\n"ml.a" = 3', r"\[training\.ml\.a\] usd is missing"),
        ('[training]\n"ml.a" = { usd = 1 }', "sources names no source"),
        ('[training]\n"ml.a" = { usd = 1, sources = ["z"] }', "unknown source 'z'"),
        ("[trainig]\n", r"\[trainig\] trainig is no part"),
        ("[s3.X]\nstorrage = 1", r"\[s3\.X\] storrage is no price"),
        ('[s3.X]\nminimum_kb = 1.5\nrules = ["a"]', "minimum_kb is not a whole"),
        ("[s3.X]\nminimum_kb = 1", r"\[s3\.X\] rules names no source"),
        ('[sources.c]\ntitle = "C"', r"\[sources\.c\] address is not a text"),
        (
            '[sources.c]\ntitle = "C"\naddress = "c"\ndate = "yesterday"',
            r"\[sources\.c\] date is not a date",
        ),
        ("[training", "table.toml"),
    ],
)
def test_a_bad_table_names_file_entry_and_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(PriceTableError, match=complaint) as caught:
        read(tmp_path, HEAD + text)
    assert str(caught.value).startswith("table.toml: ")


def test_a_table_without_a_heading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PriceTableError, match=r"\[table\] table is not a table"):
        read(tmp_path, "[sources]\n")
