"""Stores hold plain values: what real calls leave in them can be written and read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from cloudlet.engine import Engine
from cloudlet.gateway.app import Gateway
from cloudlet.metering.usage import Ledger
from cloudlet.server import Server
from cloudlet.services.sagemaker.state import SageMakerStore
from cloudlet.stores import Scope, Store, Stores

HERE = Scope("123456789012", "us-east-1")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine in this process, so that its stores can be looked at."""
    engine = Engine()
    server = Server("127.0.0.1", 0, Gateway(engine))
    engine.url = f"http://127.0.0.1:{server.listen()}"
    threading.Thread(target=server.serve, daemon=True).start()
    yield engine
    server.stop()
    engine.close()


@pytest.fixture(scope="module")
def filled(engine: Engine, bench_at: Any) -> Engine:
    """Jobs that ended in several ways, a model, a configuration, an endpoint."""
    bench = bench_at(engine.url)
    tags = [{"Key": "lab", "Value": "302"}]
    job = bench.run(bench.request("good", Tags=tags))
    bench.run(bench.request("bad", HyperParameters={"num_round": "none"}))
    model = bench.model("model", job["ModelArtifacts"]["S3ModelArtifacts"])
    bench.deploy("endpoint", bench.variant(model))
    return engine


def round_trip(value: Any) -> Any:
    adapter = TypeAdapter(type(value))
    return adapter.validate_json(adapter.dump_json(value))


def test_a_filled_store_reads_back_as_it_was(filled):
    store = filled.stores.of(SageMakerStore, HERE)
    assert set(store.training_jobs) == {"good", "bad"}
    assert store.training_jobs["good"].metrics
    assert store.training_jobs["bad"].failure_reason
    assert store.endpoints["endpoint"].variants[0].usage_id
    assert round_trip(store) == store


def test_the_ledger_reads_back_as_it_was(filled):
    ledger = Ledger({str(n): usage for n, usage in enumerate(filled.meter.usages())})
    assert {usage.component for usage in ledger.usages.values()} >= {
        "training",
        "hosting",
        "put",
    }
    assert round_trip(ledger) == ledger


def test_every_kind_of_store_has_been_tried_here(filled):
    kinds = {kind for kind in Store.__subclasses__() if kind.__module__ != __name__}
    assert kinds == {SageMakerStore}


class Notes(Store):
    pass


def test_one_store_of_each_kind_per_account_and_region():
    stores = Stores()
    there = Scope("123456789012", "eu-west-1")
    assert stores.of(Notes, HERE) is stores.of(Notes, HERE)
    assert stores.of(Notes, HERE) is not stores.of(Notes, there)
    assert [scope for scope, _ in stores.all(Notes)] == [HERE, there]
    assert stores.all(SageMakerStore) == []
    stores.clear()
    assert stores.all(Notes) == []
