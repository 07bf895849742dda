"""The network's parts against what they stand for: slopes, Adam, prefixes, hashes."""

import ipaddress

import numpy as np
import pyarrow as pa
import pytest

from cloudlet.algorithms.ip_insights import learning, pairs
from cloudlet.algorithms.ip_insights.learning import Batch, How, find_slopes
from cloudlet.algorithms.ip_insights.network import Network
from cloudlet.algorithms.ip_insights.prefixes import LENGTHS, Prefixes
from cloudlet.algorithms.ip_insights.table import Adam, Table, Uses

RNG = np.random.default_rng(5)
SLOTS = RNG.integers(0, 6, 40).astype(np.uint32)
ADDRESSES = (RNG.integers(0, 4, 40) << 28 | RNG.integers(0, 30, 40)).astype(np.uint32)


def in_doubles(layers: int) -> tuple[Network, Batch]:
    """A small network of float64, for differences to be exact."""
    network = Network.start(SLOTS, ADDRESSES, 5, layers, np.random.default_rng(1))
    made = {
        name: array.astype(np.float64) if array.dtype == np.float32 else array
        for name, array in network.arrays().items()
    }
    network = Network.of(made)
    return network, Batch.of(network, SLOTS, ADDRESSES)


@pytest.mark.parametrize("layers", [0, 1, 3])
@pytest.mark.parametrize("rates", [(2, 3), (0, 1), (5, 0)])
def test_slopes_are_differences_of_the_loss(monkeypatch, layers, rates):
    monkeypatch.setattr(learning, "_AT_ONCE", 2 * len(SLOTS))  # 5 rates in 3 parts
    network, batch = in_doubles(layers)
    how = How(0.1, 0.0, *rates)

    def loss() -> float:
        found = find_slopes(network, batch, how, np.random.default_rng(2))
        network.table.gathered()
        network.encoder.table.gathered()
        return found

    find_slopes(network, batch, how, np.random.default_rng(2))
    slopes = {
        "bit_weights": network.encoder.bits.gradient.copy(),
        "layer_weights": network.encoder.layers.gradient.copy(),
    }
    for name, table in {
        "entity_vectors": network.table,
        "prefix_vectors": network.encoder.table,
    }.items():
        slopes[name] = np.zeros_like(table.vectors)
        touched, gradient = table.gathered()
        slopes[name][touched] = gradient
    for name, slope in slopes.items():
        array = network.arrays()[name]
        for place in RNG.integers(0, array.size, 5) if array.size else ():
            at = np.unravel_index(place, array.shape)
            kept, step = array[at], 1e-5
            array[at] = kept + step
            above = loss()
            array[at] = kept - step
            below = loss()
            array[at] = kept
            expected = (above - below) / (2 * step)
            assert slope[at] == pytest.approx(expected, rel=1e-3, abs=1e-7), name


def test_weight_decay_counts_uses():
    table = Table(np.ones((4, 3), np.float32))
    uses = Uses.of(np.array([[1], [3], [1]]))
    table.back(uses, np.zeros((3, 3), np.float32), 0.5)
    touched, gradient = table.gathered()
    assert touched.tolist() == [1, 3]
    assert gradient[:, 0].tolist() == [1.0, 0.5]


def test_adam_is_adam():
    """Both forms against the algorithm as its paper writes it."""
    dense = Adam(np.zeros((2, 3), np.float32))
    table = Table(np.zeros((4, 3), np.float32))
    every = Uses.of(np.array([[1], [2]]))
    theta, first, second = np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 3))
    for time in range(1, 30):
        slope = RNG.normal(0, 1, (2, 3)).astype(np.float32)
        dense.gradient += slope
        dense.update(0.05, 0)
        table.back(every, slope, 0)
        table.update(0.05)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        step = first / (1 - 0.9**time) / (np.sqrt(second / (1 - 0.999**time)) + 1e-8)
        theta = theta - 0.05 * step
    np.testing.assert_allclose(dense.weights, theta, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(table.vectors[1:3], theta, rtol=1e-3, atol=1e-5)
    assert not table.vectors[[0, 3]].any()


def test_a_vector_that_comes_late_moves_as_far_as_an_early_one():
    table = Table(np.zeros((300, 1), np.float32))
    for vector in range(300):
        table.back(Uses.of(np.array([[vector]])), np.ones((1, 1), np.float32), 0)
        table.update(0.1)
    np.testing.assert_allclose(table.vectors, -0.1, rtol=1e-5)


def test_prefixes_are_known_from_the_second_time():
    texts = ["10.1.2.3", "10.1.2.3", "10.1.77.1", "99.0.0.1"]
    addresses = np.array([int(ipaddress.ip_address(t)) for t in texts], np.uint32)
    prefixes = Prefixes.seen(addresses)
    asked = [*texts, "10.1.2.4", "10.200.0.0", "0.0.0.0", "255.255.255.255"]
    numbers = prefixes.numbers(
        np.array([int(ipaddress.ip_address(text)) for text in asked], np.uint32)
    )
    depth = (numbers >= len(LENGTHS)).sum(axis=1)
    # 10.1.2.3 in full; 10.1.77.1 to /16; 10.1.2.4 to /28; 10.200 to /8
    assert depth.tolist() == [7, 7, 3, 0, 6, 1, 0, 0]
    unknown = np.where(numbers < len(LENGTHS), numbers, np.arange(len(LENGTHS)))
    assert (unknown == np.arange(len(LENGTHS))).all()
    assert (numbers[0] == numbers[1]).all()
    assert (numbers[0, :3] == numbers[2, :3]).all()
    assert numbers.max() < len(prefixes)


def test_addresses_are_the_standard_librarys():
    numbers = [0, 2**32 - 1, *RNG.integers(0, 2**32, 200).tolist()]
    texts = [str(ipaddress.ip_address(number)) for number in numbers]
    chunks = pa.chunked_array([texts[:50], texts[50:]])
    found = pairs.numbers(chunks, chunks)
    assert found[1].tolist() == numbers
    assert len(set(found[0].tolist())) == len(set(texts))


def test_hashes_stay_what_they_were():
    """Artefacts hold slots: a hash that changes would make them worthless."""
    entities = pa.chunked_array([["user_1", "Zoë", "user_1"]])
    addresses = pa.chunked_array([["1.2.3.4"] * 3])
    found = pairs.slots(pairs.numbers(entities, addresses)[0], 1000)
    assert found.tolist() == [149, 618, 149]
