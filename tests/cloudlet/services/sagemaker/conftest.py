"""Models and an endpoint of the test's own."""

import pytest


@pytest.fixture
def model(bench, artifact, name) -> str:
    return bench.model(name("model"), artifact)


@pytest.fixture
def broken_model(bench, name) -> str:
    """A model whose artefact is no archive."""
    return bench.model(name("broken"), bench.put("broken/model.tar.gz", b"no archive"))


@pytest.fixture
def endpoint(bench, model, name) -> str:
    """An endpoint of the test's own with the variant AllTraffic."""
    endpoint = name("endpoint")
    description = bench.deploy(endpoint, bench.variant(model))
    assert description["EndpointStatus"] == "InService", description
    return endpoint
