"""The indexes and the reductions against exact search, over the whole model."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics.pairwise import cosine_distances, euclidean_distances

from cloudlet.algorithms.knn import indexes
from cloudlet.algorithms.knn.hyperparameters import TABLE
from cloudlet.algorithms.knn.model import Model, Preparation
from cloudlet.algorithms.knn.projection import Projection
from cloudlet.algorithms.knn.quantisation import Quantiser

DIGITS, DIGIT = (part.astype(np.float32) for part in load_digits(return_X_y=True))
KNOWN, ASKED = DIGITS[:1200], DIGITS[1200:]
IVF, PQ = "faiss.IVFFlat", "faiss.IVFPQ"


def fit(rows=KNOWN, labels=DIGIT[:1200], **more):
    given = {
        "feature_dim": str(rows.shape[1]),
        "k": "5",
        "predictor_type": "classifier",
        "sample_size": str(len(rows)),
    } | more
    return Model.fit(rows, labels, TABLE.validate(given))


def accuracy(**more):
    model = fit(**more)
    predicted = model.predict(model.neighbours(ASKED)[1])
    return (predicted == DIGIT[1200:]).mean()


def exact(metric, queries=ASKED, rows=KNOWN):
    return {
        "L2": lambda: euclidean_distances(queries, rows),
        "COSINE": lambda: cosine_distances(queries, rows),
        "INNER_PRODUCT": lambda: 1 - queries.astype(float) @ rows.T.astype(float),
    }[metric]()


@pytest.mark.parametrize("metric", ["L2", "COSINE", "INNER_PRODUCT"])
def test_flat_is_exact(metric):
    distances, _ = fit(index_metric=metric).neighbours(ASKED)
    expected = np.sort(exact(metric), axis=1)[:, :5]
    np.testing.assert_allclose(distances, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("metric", ["L2", "COSINE", "INNER_PRODUCT"])
def test_inverted_lists_that_are_all_probed_are_exact(metric):
    model = fit(index_type=IVF, faiss_index_ivf_nlists="5", index_metric=metric)
    distances, labels = model.neighbours(ASKED)
    everything = exact(metric)
    expected = np.sort(everything, axis=1)[:, :5]
    np.testing.assert_allclose(distances, expected, rtol=1e-5, atol=1e-5)
    # The labels have moved with the rows: one with the first label is that near.
    has_label = DIGIT[:1200] == labels[:, :1]
    nearest = np.where(has_label, everything, np.inf).min(axis=1)
    np.testing.assert_allclose(nearest, expected[:, 0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("metric", ["L2", "COSINE", "INNER_PRODUCT"])
def test_inverted_lists_find_most_neighbours(metric):
    model = fit(index_type=IVF, index_metric=metric)
    assert len(model.index.centers) == 34  # the root of 1200
    distances = model.neighbours(ASKED)[0]
    expected = np.sort(exact(metric), axis=1)[:, :5]
    assert (np.abs(distances - expected) < 1e-3).mean() > 0.75
    assert (distances > expected - 1e-3 * np.abs(expected)).all()


def test_lists_with_too_few_rows_are_not_the_end():
    model = fit(index_type=IVF, faiss_index_ivf_nlists="300", k="100")
    distances = model.neighbours(ASKED[:50])[0]
    expected = np.sort(exact("L2", ASKED[:50]), axis=1)[:, :100]
    np.testing.assert_allclose(distances, expected, rtol=1e-6)


@pytest.mark.parametrize("index", [IVF, PQ])
def test_one_query_is_answered_as_among_many(index):
    model = fit(index_type=index, faiss_index_pq_m="8")
    together = model.neighbours(ASKED[:40])
    alone = [model.neighbours(row[None]) for row in ASKED[:40]]
    for part in (0, 1):
        found = np.concatenate([answer[part] for answer in alone])
        np.testing.assert_allclose(found, together[part], rtol=1e-9)


def test_product_quantisation_predicts_nearly_as_well_from_a_tenth_of_the_bytes():
    flat = accuracy()
    coded = accuracy(index_type=PQ, faiss_index_pq_m="16")
    assert flat - 0.03 < coded <= flat + 0.01
    stored = fit(index_type=PQ, faiss_index_pq_m="16").index.stored
    assert (stored.dtype, stored.shape) == (np.uint8, (1200, 16))


def test_more_parts_code_more_closely():
    errors = []
    for parts in (1, 4, 16):
        quantiser = Quantiser.fit(KNOWN, parts)
        decoded = quantiser.decode(quantiser.encode(KNOWN))
        errors.append(((decoded - KNOWN) ** 2).mean() / KNOWN.var())
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_a_width_that_parts_do_not_divide_is_filled_up():
    model = fit(index_type=PQ, faiss_index_pq_m="12")
    assert model.preparation.index_dim == 72
    assert model.index.quantiser.codebooks.shape == (12, 256, 6)


@pytest.mark.parametrize(("parts", "target"), [("12", 60), ("32", 64), ("56", 112)])
def test_a_target_that_parts_do_not_divide_is_raised(parts, target):
    reduced = {"dimension_reduction_type": "fjlt", "dimension_reduction_target": "60"}
    required = {"feature_dim": "64", "k": "5", "predictor_type": "classifier"}
    required |= {"sample_size": "9", "index_type": PQ, "faiss_index_pq_m": parts}
    preparation = Preparation.asked(TABLE.validate(required | reduced))
    assert preparation.projection.target_dim == target
    reduced_rows = preparation.apply(DIGITS[:20])
    assert reduced_rows.shape == (20, target)
    if target >= 64:
        # Nothing is lost: the transform keeps all of a row.
        before = euclidean_distances(DIGITS[:20])
        np.testing.assert_allclose(
            euclidean_distances(reduced_rows), before, rtol=1e-4, atol=1e-3
        )


@pytest.mark.parametrize("kind", ["sign", "fjlt"])
@pytest.mark.parametrize("target", [16, 300])
def test_projections_keep_squared_lengths_and_products(kind, target):
    random = np.random.default_rng(0)
    # Rows with all their length in one feature: a mere draw of features would lose it.
    rows = np.eye(400, dtype=np.float32)[:200] * random.uniform(1, 2, (200, 1))
    projected = Projection(kind, 3, target, 400).apply(rows.astype(np.float32))
    assert (projected.dtype, projected.shape) == (np.float32, (200, target))
    lengths = (projected**2).sum(axis=1) / (rows**2).sum(axis=1)
    assert lengths.mean() == pytest.approx(1, abs=0.1)
    assert lengths.std() < 2.5 / np.sqrt(target)
    products = projected @ projected.T / np.sqrt(np.outer(*[(rows**2).sum(1)] * 2))
    assert np.abs(products[np.triu_indices(200, 1)]).mean() < 1.5 / np.sqrt(target)


@pytest.mark.parametrize("kind", ["sign", "fjlt"])
def test_reduced_rows_are_still_told_apart(kind):
    reduced = accuracy(dimension_reduction_type=kind, dimension_reduction_target="32")
    assert 0.88 < reduced < accuracy() + 0.01


@pytest.mark.parametrize("kind", ["sign", "fjlt"])
def test_projections_come_from_their_seed_whatever_the_chunk(kind):
    rows = DIGITS[:100]
    whole = Projection(kind, 3, 10, 64).apply(rows)
    parts = [Projection(kind, 3, 10, 64).apply(rows[n : n + 7]) for n in (0, 7, 14)]
    np.testing.assert_allclose(whole[:21], np.concatenate(parts), rtol=1e-4, atol=1e-4)
    assert not np.allclose(whole, Projection(kind, 4, 10, 64).apply(rows))


@pytest.mark.parametrize("index", ["faiss.Flat", IVF, PQ])
def test_an_index_is_restored_from_its_arrays(index):
    model = fit(index_type=index, faiss_index_pq_m="8")
    again = indexes.restored(model.index.arrays(), "L2")
    for mine, theirs in zip(
        model.index.search(ASKED[:30], 5), again.search(ASKED[:30], 5), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_rows_of_zeros_have_no_direction():
    rows = np.vstack([np.zeros((5, 4)), np.eye(4)]).astype(np.float32)
    model = fit(rows, np.arange(9, dtype=np.float32), index_metric="COSINE", k="1")
    distances, labels = model.neighbours(np.float32([[0, 0, 3, 0], [0, 0, 0, 0]]))
    assert (distances[0, 0], labels[0, 0]) == (0, 7)
    assert distances[1, 0] == 1


@pytest.mark.parametrize("index", [IVF, PQ])
def test_equal_rows_do_not_break_an_index(index):
    rows = np.repeat(np.float32([[1, 2], [3, 4]]), 40, axis=0)
    labels = np.repeat(np.float32([0, 1]), 40)
    model = fit(rows, labels, index_type=index, faiss_index_pq_m="2")
    distances, found = model.neighbours(rows[[0, 79]])
    np.testing.assert_allclose(distances, 0, atol=1e-6)
    assert found.tolist() == [[0] * 5, [1] * 5]
