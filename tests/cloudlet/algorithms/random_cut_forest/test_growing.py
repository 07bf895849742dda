"""The forest against its definition, and its scores against what they stand for."""

import time

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.stats import kstest
from sklearn.datasets import (
    load_digits,
    make_blobs,
    make_moons,
    make_swiss_roll,
)
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from cloudlet.algorithms.random_cut_forest import growing
from cloudlet.algorithms.random_cut_forest.forest import Forest
from cloudlet.algorithms.random_cut_forest.growing import LEAF


def forest_of(rows, trees=100, size=256, seed=0):
    random = np.random.default_rng(seed)
    points, places = growing.sample(rows, trees, size, random)
    return Forest.of(growing.grow(points, places, random), trees, points)


def below(nodes, node):
    """The nodes of a subtree, by walking it."""
    first = nodes.first_child[node]
    if first == LEAF:
        return [node]
    return [node, *below(nodes, first), *below(nodes, first + 1)]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_every_node_holds_its_rows_and_their_box():
    rows = normal(90, 3)
    forest = forest_of(rows, trees=7, size=64)
    nodes = forest.nodes
    points, places = growing.sample(rows, 7, 64, np.random.default_rng(0))
    for root in range(7):
        subtree = below(nodes, root)
        leaves = [n for n in subtree if nodes.first_child[n] == LEAF]
        assert sorted(nodes.point[leaves]) == sorted(places[root])
        assert nodes.mass[root] == 64
        for node in subtree:
            inside = points[
                [
                    nodes.point[n]
                    for n in below(nodes, node)
                    if nodes.first_child[n] == LEAF
                ]
            ]
            assert nodes.mass[node] == len(inside)
            assert forest.low[node].tolist() == inside.min(axis=0).tolist()
            assert forest.high[node].tolist() == inside.max(axis=0).tolist()


def test_cuts_divide_what_they_say():
    rows = normal(100, 4)
    forest = forest_of(rows, trees=50)
    nodes = forest.nodes
    inner = np.flatnonzero(nodes.first_child != LEAF)
    left, dimension = nodes.first_child[inner], nodes.dimension[inner]
    assert (forest.high[left, dimension] <= nodes.cut[inner]).all()
    assert (forest.low[left + 1, dimension] > nodes.cut[inner]).all()


def test_a_cuts_dimension_is_in_proportion_to_the_sides_and_its_place_uniform():
    rows = np.array([[0, 0, 5], [6, 3, 5], [3, 1, 5]], np.float32)
    places = np.tile(np.arange(3), (20_000, 1))
    nodes = growing.grow(rows, places, np.random.default_rng(1))
    dimension, cut = nodes.dimension[:20_000], nodes.cut[:20_000]
    share = np.bincount(dimension, minlength=3) / 20_000
    np.testing.assert_allclose(share, [6 / 9, 3 / 9, 0], atol=0.015)
    assert kstest(cut[dimension == 0] / 6, "uniform").pvalue > 0.01
    assert kstest(cut[dimension == 1] / 3, "uniform").pvalue > 0.01


@pytest.mark.parametrize("row", [[0.1, -0.2], [1.5, 1.5], [6, 0], [30, -30]])
def test_a_score_is_the_inverse_depth_in_trees_that_have_the_row(row):
    """Insertion gives the trees of the larger sample: theorem 2 of the paper."""
    rows = normal(40, 2, seed=4)
    asked = np.array([row], np.float32)
    told = forest_of(rows, trees=3000, size=40).score(asked)[0] / np.log2(41)
    both = np.vstack([asked, rows])
    places = np.tile(np.arange(41), (3000, 1))
    nodes = growing.grow(both, places, np.random.default_rng(5))
    node, depth = np.arange(3000), np.zeros(3000)
    while (nodes.first_child[node] != LEAF).any():
        inner = nodes.first_child[node] != LEAF
        depth += inner
        side = both[0, nodes.dimension[node]] > nodes.cut[node]
        node = np.where(inner, nodes.first_child[node] + side, node)
    inverse = 1 / depth
    error = inverse.std() / np.sqrt(3000)
    assert told == pytest.approx(inverse.mean(), abs=4 * error + 1e-9)


def test_equal_rows_are_one_leaf_and_score_less_the_more_there_are():
    rows = np.repeat(np.array([[0, 0], [9, 9]], np.float32), [60, 4], axis=0)
    forest = forest_of(rows, trees=50, size=64)
    assert sorted(np.unique(forest.nodes.mass)) == [4, 60, 64]
    # Depth 1, in trees of 64 rows.
    expected = [
        (1 - mass / 128) / (1 + np.log2(mass + 1)) * np.log2(65) for mass in (60, 4)
    ]
    np.testing.assert_allclose(forest.score(rows[[0, -1]]), expected)


def test_rows_that_are_all_equal():
    forest = forest_of(np.ones((300, 2), np.float32))
    same, other = forest.score(np.array([[1, 1], [1, 2]], np.float32))
    assert same == pytest.approx(0.5)
    assert other == pytest.approx(np.log2(257))


def test_the_farthest_float_still_has_a_score():
    most = np.finfo(np.float32).max
    rows = np.vstack([normal(200, 2), np.full((1, 2), most, np.float32)])
    forest = forest_of(rows, size=201)
    told = forest.score(np.array([[-most, -most], [0, 0]], np.float32))
    assert np.isfinite(told).all()
    assert told[0] > told[1]


def test_a_rows_score_does_not_hang_on_its_companions():
    rows = normal(2500, 5)
    forest = forest_of(rows, trees=50)
    alone = [forest.score(rows[at : at + 1])[0] for at in (0, 1024, 2499)]
    np.testing.assert_allclose(forest.score(rows)[[0, 1024, 2499]], alone, rtol=1e-6)


def test_sparse_rows_are_scored_as_dense_ones():
    rows = np.where(normal(150, 40, seed=1) > 1, normal(150, 40), 0)
    sparse = csr_matrix(rows)
    told = forest_of(sparse, trees=50).score(sparse[:50])
    np.testing.assert_array_equal(told, forest_of(rows, trees=50).score(rows[:50]))


def test_samples_are_uniform_and_without_repetition():
    rows = np.arange(500, dtype=np.float32)[:, None]
    points, places = growing.sample(rows, 1000, 50, np.random.default_rng(2))
    drawn = points[places][:, :, 0].astype(int)
    assert all(len(set(tree)) == 50 for tree in drawn)
    often = np.bincount(drawn.ravel(), minlength=500)
    # Binomial(1000, 0.1): five standard deviations.
    assert abs(often - 100).max() < 5 * np.sqrt(90)


def planted():
    """Sets of rows and of planted anomalies."""
    random = np.random.default_rng(1)
    moons = make_moons(1000, noise=0.05, random_state=1)[0]
    mixed = random.normal(size=(1000, 5)) @ random.normal(size=(5, 5))
    around = random.normal(size=(40, 3))
    around *= 4 / np.linalg.norm(around, axis=1, keepdims=True)
    digits, digit = load_digits(return_X_y=True)
    return {
        "2 features": (
            make_blobs(1000, 2, centers=3, random_state=2)[0],
            random.uniform(-15, 15, (40, 2)),
        ),
        "8 features": (
            make_blobs(1000, 8, centers=4, random_state=2)[0],
            random.uniform(-8, 8, (40, 8)),
        ),
        "30 features": (
            random.normal(size=(1000, 30)),
            random.normal(size=(40, 30)) * 1.5,
        ),
        "moons": (moons, random.uniform(-2, 3, (40, 2))),
        "heavier tails": (
            random.normal(size=(1000, 6)),
            random.normal(size=(30, 6)) * 3,
        ),
        "correlated": (mixed, random.normal(size=(40, 5)) * mixed.std(axis=0) * 2.5),
        "a shell": (random.normal(size=(1000, 3)), around),
        "a roll": (
            make_swiss_roll(1000, noise=0.5, random_state=1)[0],
            random.uniform(-25, 25, (40, 3)),
        ),
        "ones among zeros": (digits[digit == 0], digits[digit == 1][:10]),
    }


@pytest.mark.parametrize("name", planted())
def test_planted_anomalies_rank_as_high_as_with_an_isolation_forest(name):
    usual, odd = planted()[name]
    rows = np.vstack([usual, odd]).astype(np.float32)
    is_odd = np.repeat([0, 1], [len(usual), len(odd)])
    own = roc_auc_score(is_odd, forest_of(rows).score(rows))
    other = IsolationForest(random_state=0).fit(rows).score_samples(rows)
    assert own > roc_auc_score(is_odd, -other) - 0.02


def test_more_trees_make_less_noise():
    rows = normal(600, 3)
    spread = [
        np.std(
            [forest_of(rows, trees, 64, seed=s).score(rows[:20]) for s in range(6)], 0
        )
        for trees in (50, 400)
    ]
    # √8 less.
    assert spread[1].mean() < 0.5 * spread[0].mean()


@pytest.mark.parametrize(("shingle", "sigmas_suffice"), [(12, 1), (48, 0)])
def test_five_events_in_a_shingled_series_of_10000_points(shingle, sigmas_suffice):
    hours = np.arange(10_000)
    day, week = 2 * np.pi * hours / 48, 2 * np.pi * hours / 336
    noise = np.random.default_rng(shingle).normal(0, 0.5, len(hours))
    series = 10 + 5 * np.sin(day) + 2 * np.sin(week) + noise
    series[1500] += 12
    series[3200] -= 12
    series[5100:5124] = 0  # a sensor that is dead
    series[7000:7012] += 8  # a shift
    series[8800:8848] = 20 - series[8800:8848]  # night and day exchanged
    events = [(1500, 1), (3200, 1), (5100, 24), (7000, 12), (8800, 48)]
    rows = np.lib.stride_tricks.sliding_window_view(series, shingle).astype(np.float32)
    scores = forest_of(rows).score(rows)
    begin = np.arange(len(rows))
    events_at = [(begin > at - shingle) & (begin < at + n) for at, n in events]
    quiet = scores[~np.any(events_at, axis=0)]
    assert min(scores[event].max() for event in events_at) > quiet.max()
    # In a long shingle one point weighs little beside events of many points, which
    # widen the deviation too: the order is right, three deviations are too many.
    found = scores > scores.mean() + 3 * scores.std()
    assert all(found[event].any() for event in events_at) == bool(sigmas_suffice)
    assert (quiet <= scores.mean() + 3 * scores.std()).all()


def test_a_thousand_rows_take_well_under_a_second():
    rows = normal(20_000, 20)
    forest = forest_of(rows)
    begin = time.process_time()  # of all threads, whoever else uses the machine
    forest.score(rows[:1000])
    assert time.process_time() - begin < 1
