import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from built_in import CSV, csv, records

from cloudlet.algorithms import hosts
from cloudlet.runner.container import RENDEZVOUS, ClientError

ROWS = np.arange(24, dtype=np.float32).reshape(8, 3)


@pytest.fixture(autouse=True)
def rendezvous(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv(RENDEZVOUS, f"127.0.0.1:{port}")


def job(make, shares, content_type=CSV, distribution="ShardedByS3Key"):
    """One container for each host, with its share."""
    made = []
    for number, share in enumerate(shares, 1):
        files = {"a": share} if share is not None else {}
        container = make({}, {"train": files}, content_type, hosts=len(shares))
        for name, change in (
            ("resourceconfig", {"current_host": f"algo-{number}"}),
            ("inputdataconfig", {}),
        ):
            path = container.config / f"{name}.json"
            content = json.loads(path.read_text()) | change
            if name == "inputdataconfig":
                content["train"]["S3DistributionType"] = distribution
            path.write_text(json.dumps(content))
        made.append(container)
    return made


def loaded(containers):
    with ThreadPoolExecutor() as pool:
        work = [
            pool.submit(hosts.load, container, "train", labelled=False)
            for container in containers
        ]
        return [each.result(30) for each in work]


@pytest.mark.parametrize("pack", [csv, records])
def test_the_first_host_gets_the_rows_of_all_in_their_order(make_container, pack):
    kind = CSV if pack is csv else None
    shares = [pack(ROWS[:3]), pack(ROWS[3:5]), pack(ROWS[5:])]
    first, *others = loaded(job(make_container, shares, kind))
    np.testing.assert_array_equal(first.features, ROWS)
    assert others == [None, None]


def test_a_host_without_a_share_is_passed_over(make_container):
    first, _ = loaded(job(make_container, [csv(ROWS), None]))
    np.testing.assert_array_equal(first.features, ROWS)


def test_copies_are_not_added_up(make_container):
    copies = [csv(ROWS), csv(ROWS)]
    first, second = loaded(job(make_container, copies, distribution="FullyReplicated"))
    np.testing.assert_array_equal(first.features, ROWS)
    assert second is None


def test_no_row_anywhere_is_an_error(make_container):
    with pytest.raises(ClientError, match="its files hold no row"):
        loaded(job(make_container, [None, None]))


def test_channels_are_not_mixed_up(make_container):
    containers = job(make_container, [csv(ROWS)] * 3)
    for container in containers:
        path = container.config / "inputdataconfig.json"
        content = json.loads(path.read_text())
        path.write_text(json.dumps({**content, "test": content["train"]}))

    def both(number):
        if number == 2:
            time.sleep(0.3)  # host 1 is at its second channel by then
        return [
            hosts.gather(
                containers[number], name, lambda n=name: f"{n}{number}".encode()
            )
            for name in ("train", "test")
        ]

    with ThreadPoolExecutor() as pool:
        first, *others = pool.map(both, range(3))
    assert first == [[b"train0", b"train1", b"train2"], [b"test0", b"test1", b"test2"]]
    assert others == [[None, None]] * 2


def test_anything_can_be_gathered(make_container):
    containers = job(make_container, [csv(ROWS), csv(ROWS), csv(ROWS)])
    with ThreadPoolExecutor() as pool:
        work = [
            pool.submit(hosts.gather, container, "train", lambda n=n: bytes([n]) * n)
            for n, container in enumerate(containers)
        ]
        assert [w.result(30) for w in work] == [[b"", b"\1", b"\2\2"], None, None]
