import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.stats import beta

from cloudlet.algorithms.lda import moments, variational
from cloudlet.algorithms.lda.moments import whitened
from cloudlet.algorithms.lda.tensor import decompose

RANDOM = np.random.default_rng(4)
TOPICS = RANDOM.dirichlet(np.full(15, 0.3), 4)


def exact_documents():
    """All documents of three words, each as often as LDA with these topics has it."""
    alpha = np.full(4, 0.25)
    first = np.diag(alpha)
    pairs = (first + np.outer(alpha, alpha)) / 2
    triples = np.einsum("ij,l->ijl", first, alpha)
    triples = triples + triples.transpose(0, 2, 1) + triples.transpose(2, 1, 0)
    triples += np.einsum("i,j,l->ijl", alpha, alpha, alpha)
    for n in range(4):
        triples[n, n, n] += 2 * alpha[n]
    triples /= 6
    assert np.allclose(triples.sum(axis=2), pairs)
    return np.einsum("ijl,ia,jb,lc->abc", triples, TOPICS, TOPICS, TOPICS)


def test_orthogonal_cubes_are_found():
    basis = np.linalg.qr(RANDOM.normal(size=(5, 5)))[0]
    tensor = np.einsum("r,ir,jr,lr->ijl", np.arange(1.0, 6), basis, basis, basis)
    found = decompose(tensor, np.random.default_rng(0), 1000, 1e-12)
    assert found.error < 1e-6
    cosines = np.abs(basis.T @ found.components)
    np.testing.assert_allclose(np.sort(cosines.max(axis=1)), 1, atol=1e-5)


def test_iterations_and_tolerance_end_it():
    tensor = RANDOM.normal(size=(6, 6, 6))
    tensor = sum(tensor.transpose(p) for p in ((0, 1, 2), (1, 2, 0), (2, 0, 1)))
    tensor = tensor + tensor.transpose(1, 0, 2)
    short = decompose(tensor, np.random.default_rng(0), 3, 1e-12)
    loose = decompose(tensor, np.random.default_rng(0), 1000, 0.5)
    long = decompose(tensor, np.random.default_rng(0), 1000, 1e-8)
    assert short.iterations == 3
    assert loose.iterations < long.iterations
    assert long.error <= loose.error


def test_exact_moments_give_the_topics_themselves():
    cube = exact_documents()
    triples = np.argwhere(cube > 0)
    counts = np.zeros((len(triples), 15))
    for column in triples.T:
        counts[np.arange(len(triples)), column] += 1
    weights = cube[tuple(triples.T)] * len(triples)
    made = whitened(*_repeated(counts, weights), 4, 1.0)
    components = decompose(made.tensor, np.random.default_rng(0), 1000, 1e-12)
    found = made.topics(components.components)
    distance = np.abs(TOPICS[:, None] - found[None]).sum(axis=2)
    assert distance.min(axis=1).max() < 0.15


def _repeated(counts, weights):
    number = np.random.default_rng(1).multinomial(100_000, weights / weights.sum())
    return (np.repeat(counts, number, axis=0).astype(np.float32),)


def test_a_large_vocabulary_has_the_same_moments(monkeypatch):
    counts = RANDOM.multinomial(30, TOPICS[RANDOM.integers(0, 4, 300)]).astype(float)
    small = whitened(counts, 3, 1.0)
    monkeypatch.setattr(moments, "_SMALL_VOCABULARY", 1)
    large = whitened(csr_matrix(counts), 3, 1.0)
    for made in (small, large):
        assert made.tensor.shape == (3, 3, 3)
    assert np.linalg.norm(small.tensor) == pytest.approx(np.linalg.norm(large.tensor))
    np.testing.assert_allclose(
        small.unwhiten @ small.unwhiten.T, large.unwhiten @ large.unwhiten.T, atol=1e-8
    )


def test_learning_never_makes_documents_less_likely():
    counts = RANDOM.multinomial(30, TOPICS[RANDOM.integers(0, 4, 300)]).astype(float)
    model = variational.Model(np.full(4, 0.25), RANDOM.dirichlet(np.ones(15), 4))
    bounds = [variational.learn(counts, model, n, -np.inf)[1] for n in range(1, 12)]
    assert (np.diff(bounds) > -1e-6).all()
    assert bounds[-1] > bounds[0] + 0.1


@pytest.mark.parametrize("alpha", [[0.3, 0.3], [0.5, 1.5]])
def test_the_bound_is_just_below_the_likelihood(alpha):
    """For two topics the likelihood of a document is an integral over one number."""
    alpha, topics = np.array(alpha), TOPICS[:2] + 1e-6
    counts = RANDOM.multinomial(6, topics[0] / topics[0].sum(), 30).astype(float)
    share = beta(*alpha)

    def likelihood(document):
        words = np.repeat(np.arange(15), document.astype(int))
        return share.expect(
            lambda t: np.prod(t * topics[0, words] + (1 - t) * topics[1, words])
        )

    exact = np.mean([np.log(likelihood(document)) for document in counts]) / 6
    model = variational.Model(alpha, topics)
    told = variational.per_word(counts, variational.infer(counts, model), model)
    assert exact - 0.05 < told < exact


def test_learning_tells_the_bound_of_its_topics():
    counts = RANDOM.multinomial(30, TOPICS[RANDOM.integers(0, 4, 300)]).astype(float)
    start = variational.Model(np.full(4, 0.25), variational.smoothed(TOPICS, 0.01))
    model, bound = variational.learn(counts, start, 100, 1e-7)
    again = variational.per_word(counts, variational.infer(counts, model), model)
    assert bound == pytest.approx(again, abs=2e-3)


def test_a_documents_mixture_does_not_depend_on_its_neighbours():
    counts = RANDOM.multinomial(30, TOPICS[RANDOM.integers(0, 4, 50)]).astype(float)
    model = variational.Model(np.full(4, 0.25), TOPICS + 1e-6)
    together = variational.infer(counts, model)
    alone = np.concatenate([variational.infer(row[None], model) for row in counts])
    np.testing.assert_allclose(together, alone, rtol=1e-9)
    np.testing.assert_allclose(
        together, variational.infer(csr_matrix(counts), model), rtol=1e-9
    )
