"""Cloud time, and the feed of changes that clients wait for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from cloudlet.clock import ChangeFeed, Clock


def test_the_clock_is_the_machines_until_it_is_moved():
    clock = Clock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    before = clock.now()
    assert clock.advance(timedelta(hours=1)) >= before + timedelta(hours=1)
    assert clock.offset == timedelta(hours=1)
    clock.reset()
    assert clock.offset == timedelta(0)


def test_the_clock_never_goes_back():
    clock = Clock()
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    assert clock.offset == timedelta(0)


def test_listeners_hear_of_a_move_in_order_before_it_returns():
    clock, heard = Clock(), []
    clock.on_advance(lambda now: heard.append(("first", now)))
    clock.on_advance(lambda now: heard.append(("second", now)))
    now = clock.advance(timedelta(days=1))
    assert heard == [("first", now), ("second", now)]


def test_nobody_waits_while_nothing_is_under_way():
    feed = ChangeFeed()
    assert feed.wait(seen=0, seconds=3600) == 0


def test_a_waiter_hears_of_the_next_change():
    feed, heard = ChangeFeed(), []
    with feed.work():
        waiter = threading.Thread(target=lambda: heard.append(feed.wait(0, 60)))
        waiter.start()
        feed.announce()
        waiter.join(60)
    assert heard == [1]


def test_a_change_before_the_wait_is_not_missed():
    feed = ChangeFeed()
    with feed.work():
        feed.announce()
        assert feed.wait(seen=0, seconds=60) == 1


def test_waiting_has_an_end():
    feed = ChangeFeed()
    with feed.work():
        assert feed.wait(seen=0, seconds=0.01) == 0


def test_the_end_of_the_last_work_ends_the_wait():
    feed, heard = ChangeFeed(), []
    under_way = feed.work()
    under_way.__enter__()
    waiter = threading.Thread(target=lambda: heard.append(feed.wait(0, 60)))
    waiter.start()
    under_way.__exit__(None, None, None)
    waiter.join(60)
    assert heard == [0]


def test_all_services_see_cloud_time(fresh_cloud, fresh_clients):
    """moto's services too, whose times come from their own clock."""
    fresh_cloud.advance(days=40)
    now = fresh_cloud.now()
    s3, dynamodb = fresh_clients("s3"), fresh_clients("dynamodb")
    s3.create_bucket(Bucket="later")
    s3.put_object(Bucket="later", Key="a", Body=b"x")
    dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    seen = [
        s3.head_object(Bucket="later", Key="a")["LastModified"],
        s3.list_buckets()["Buckets"][0]["CreationDate"],
        dynamodb.describe_table(TableName="t")["Table"]["CreationDateTime"],
    ]
    for moment in seen:
        assert abs(moment.astimezone(UTC) - now) < timedelta(minutes=5)


def test_the_cloud_refuses_to_go_back(cloud):
    with pytest.raises(ValueError, match="forward"):
        cloud.advance(seconds=-1)
