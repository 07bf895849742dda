import numpy as np
import pytest
from built_in import (
    CSV,
    CSV_LABELLED,
    RECORDS,
    answers,
    bad_requests,
    bad_rows,
    csv,
    measured,
    records,
    requests,
)
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from sklearn.decomposition import LatentDirichletAllocation

from cloudlet.algorithms.lda import METRICS
from cloudlet.algorithms.lda.hyperparameters import TABLE
from cloudlet.algorithms.lda.serve import load
from cloudlet.algorithms.lda.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError


def bars():
    """Griffiths and Steyvers's ten topics: the rows and columns of five by five."""
    lines = [np.eye(5)[n][:, None] * np.full(5, 0.2) for n in range(5)]
    return np.array([each.ravel() for line in lines for each in (line, line.T)])


def corpus(topics, number=600, length=80, alpha=0.1, seed=0):
    """Counts, shape (number, words), and mixtures, of documents as LDA has them."""
    random = np.random.default_rng(seed)
    mixtures = random.dirichlet(np.full(len(topics), alpha), number)
    words = mixtures @ topics
    words /= words.sum(axis=1, keepdims=True)
    sizes = random.poisson(length, number) + 3
    return random.multinomial(sizes, words).astype(np.float32), mixtures


BARS = bars()
RANDOM = np.random.default_rng(8).dirichlet(np.full(120, 0.1), 6)
#: Rare words are rare in every topic.
ZIPF = np.random.default_rng(9).dirichlet(12 / np.arange(1, 401), 5)
FEW = np.kron(np.eye(3), np.full(4, 0.25))
COUNTS = corpus(FEW, 200, 30, 0.2)[0]


def job(make, counts=COUNTS, k=3, content=None, content_type=CSV, test=None, **more):
    given = {
        "num_topics": str(k),
        "feature_dim": str(counts.shape[1]),
        "mini_batch_size": str(len(counts)),
        **more,
    }
    channels = {"train": {"a": csv(counts) if content is None else content}}
    if test is not None:
        channels["test"] = {"a": csv(test)}
    return make(given, channels, content_type)


def model(container):
    with np.load(container.model / "model_algo-1") as archive:
        return archive["alpha"], archive["beta"]


def matched(planted, found):
    """The cosine of each planted topic with its own found one, and which that is."""
    unit = [t / np.linalg.norm(t, axis=1, keepdims=True) for t in (planted, found)]
    cosines = unit[0] @ unit[1].T
    rows, columns = linear_sum_assignment(-cosines)
    return cosines[rows, columns], columns


@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize(
    ("topics", "alpha"), [(BARS, 0.1), (BARS, 0.3), (RANDOM, 0.2), (ZIPF, 0.2)]
)
def test_planted_topics_are_found(make_container, topics, alpha, seed):
    counts, mixtures = corpus(topics, alpha=alpha, seed=seed)
    container = job(make_container, counts, len(topics))
    train(container)
    cosines, order = matched(topics, model(container)[1])
    assert cosines.min() >= 0.9
    body, _ = load(container.model).predict(csv(counts[:100]), "text/csv", "")
    told = answers(body, "application/json", "predictions")
    given = np.array([record["topic_mixture"] for record in told])[:, order]
    assert np.abs(given - mixtures[:100]).mean() < 0.06


def test_pwll_is_as_good_as_that_of_the_planted_topics(make_container, capsys):
    counts, _ = corpus(BARS, 700, alpha=0.1, seed=5)
    train(job(make_container, counts[:600], 10, test=counts[600:]))
    (told,) = measured(capsys.readouterr().out, METRICS)["test:pwll"]
    true = LatentDirichletAllocation(10, doc_topic_prior=0.1, max_iter=1)
    true.fit(counts[600:])
    true.components_ = 1e9 * (BARS + 1e-9)
    true.exp_dirichlet_component_ = BARS + 1e-9
    mixtures = true.transform(counts[600:])
    likelihood = (counts[600:] * np.log(mixtures @ BARS + 1e-12)).sum()
    upper = likelihood / counts[600:].sum()
    assert upper - 0.2 < told < upper


def test_pwll_prefers_the_right_number_of_topics(make_container, capsys):
    counts, _ = corpus(FEW, 400, 40, 0.2, seed=2)
    for k in (2, 3):
        given = {"test": counts[300:], "max_restarts": "2"}
        train(job(make_container, counts[:300], k, **given))
    two, three = measured(capsys.readouterr().out, METRICS)["test:pwll"]
    assert three > two + 0.1


@pytest.mark.parametrize("alpha0", ["0.3", "1.0", "6"])
def test_the_prior_sums_to_alpha0_and_the_topics_to_one(make_container, alpha0):
    container = job(make_container, alpha0=alpha0)
    train(container)
    alpha, beta = model(container)
    assert alpha.shape == (3,)
    assert alpha.sum() == pytest.approx(float(alpha0), rel=1e-4)
    assert (np.diff(alpha) <= 0).all()
    np.testing.assert_allclose(beta.sum(axis=1), 1, rtol=1e-5)
    assert beta.min() > 0


def test_a_small_alpha0_makes_sparser_mixtures(make_container):
    sure = []
    for alpha0 in ("0.1", "10"):
        container = job(make_container, alpha0=alpha0)
        train(container)
        body, _ = load(container.model).predict(
            csv(COUNTS[:, ::2].repeat(2, 1)), "", ""
        )
        told = answers(body, "application/json", "predictions")
        sure.append(np.mean([max(record["topic_mixture"]) for record in told]))
    assert sure[0] > sure[1] + 0.05


@pytest.mark.parametrize("k", ["1", "12"])
def test_one_topic_and_as_many_as_words(make_container, k):
    few = {"max_restarts": "2", "max_iterations": "100"}
    container = job(make_container, k=k, **few)
    train(container)
    alpha, beta = model(container)
    assert beta.shape == (int(k), 12)
    assert np.isfinite(alpha).all()
    if k == "1":
        np.testing.assert_allclose(beta[0], COUNTS.sum(0) / COUNTS.sum(), atol=1e-3)


def test_fewer_kinds_of_documents_than_topics(make_container):
    counts = np.tile(np.float32([[5, 5, 0, 0], [0, 0, 5, 5]]), (20, 1))
    container = job(make_container, counts, 4)
    train(container)
    cosines, _ = matched(counts[:2], model(container)[1])
    assert cosines.min() > 0.9


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (csv(COUNTS), CSV),
        (csv(COUNTS, np.arange(len(COUNTS))), CSV_LABELLED),
        (records(COUNTS), RECORDS),
        (records(COUNTS), None),
        (records(csr_matrix(COUNTS)), RECORDS),
    ],
)
def test_every_format_gives_the_same_model(make_container, content, content_type):
    models = []
    for each, kind in ((csv(COUNTS), CSV), (content, content_type)):
        container = job(make_container, content=each, content_type=kind)
        train(container)
        models.append(model(container))
    for first, second in zip(*models, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-5)


def test_the_same_data_give_the_same_bytes(make_container):
    made = [job(make_container) for _ in range(2)]
    for container in made:
        train(container)
    first, second = ((c.model / "model_algo-1").read_bytes() for c in made)
    assert first == second


@pytest.mark.parametrize(
    "accept", ["application/json", "application/jsonlines", RECORDS]
)
def test_every_request_gets_its_mixtures(make_container, accept):
    container = job(make_container)
    train(container)
    predictor = load(container.model)
    alone = [
        answers(*predictor.predict(csv(row[None]), "", ""), key="predictions")[0]
        for row in COUNTS[:5]
    ]
    expected = [record["topic_mixture"] for record in alone]
    np.testing.assert_allclose(np.sum(expected, axis=1), 1, atol=1e-6)
    sent = requests(COUNTS[:5]).items()
    for content_type, body in [*sent, (RECORDS, records(csr_matrix(COUNTS[:5])))]:
        answer = predictor.predict(body, content_type, accept)
        told = answers(*answer, key="predictions")
        given = [record["topic_mixture"] for record in told]
        np.testing.assert_allclose(given, expected, atol=1e-6)


def test_sparse_json_and_a_document_without_words(make_container):
    container = job(make_container)
    train(container)
    sparse = b'{"keys": [0, 3], "shape": [12], "values": [20, 20]}'
    body = b'{"instances": [{"data": {"features": %s}}]}' % sparse
    predictor = load(container.model)
    answer = predictor.predict(body, "application/json", "")
    (record,) = answers(*answer, key="predictions")
    assert max(record["topic_mixture"]) > 0.9
    answer = predictor.predict(b",".join([b"0"] * 12), "text/csv", "")
    (record,) = answers(*answer, key="predictions")
    alpha, _ = model(container)
    np.testing.assert_allclose(record["topic_mixture"], alpha / alpha.sum(), rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"k": "13"}, "num_topics is 13, and feature_dim is 12"),
        ({"k": "0"}, "0 is less than the minimum of 1"),
        ({"feature_dim": "7"}, "'train' has 12 features, and the hyperparameter"),
        ({"mini_batch_size": "201"}, "mini_batch_size is 201, and the channel 'train'"),
        ({"alpha0": "0"}, "0.0 is less than or equal to the minimum of 0"),
        ({"max_restarts": "0"}, "0 is less than the minimum of 1"),
        ({"max_iterations": "x"}, "'x' is not of type 'integer'"),
        ({"tol": "-1"}, "-1.0 is less than or equal to the minimum of 0"),
        ({"epochs": "1"}, "('epochs' was unexpected)"),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, **change))
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["num_topics", "feature_dim", "mini_batch_size"])
def test_a_missing_hyperparameter_is_required(make_container, name):
    given = {"num_topics": "3", "feature_dim": "12", "mini_batch_size": "200"}
    del given[name]
    with pytest.raises(ClientError, match=f"'{name}' is a required property"):
        train(make_container(given, {"train": {"a": csv(COUNTS)}}, CSV))


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        *bad_rows(COUNTS),
        (csv(-COUNTS), CSV, "'train' has negative values"),
        (csv(COUNTS > 9e9), CSV, "No document in channel 'train' has 3 words"),
    ],
)
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content=content, content_type=content_type))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (COUNTS[:, :5], "'test' has 5 features"),
        (-COUNTS, "'test' has negative values"),
        (COUNTS * 0, "The channel 'test' has no document with a word"),
    ],
)
def test_a_bad_test_channel_is_named(make_container, test, says):
    with pytest.raises(ClientError, match=says):
        train(job(make_container, test=test))


def test_several_instances_are_refused(make_container):
    given = {"num_topics": "3", "feature_dim": "12", "mini_batch_size": "200"}
    container = make_container(given, {"train": {"a": csv(COUNTS)}}, CSV, hosts=2)
    with pytest.raises(ClientError, match="single instance, and InstanceCount is 2"):
        train(container)


def test_a_mini_batch_size_below_the_documents_is_told(make_container, capsys):
    train(job(make_container, mini_batch_size="10"))
    assert "all 200 documents are used together" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        *bad_requests(COUNTS.shape[1]),
        (b"1,2,3,-1,0,0,0,0,0,0,0,0", "text/csv", 400, "a count of words is negative"),
    ],
)
def test_bad_requests_are_refused(make_container, body, content_type, status, says):
    container = job(make_container)
    train(container)
    with pytest.raises(PayloadError) as error:
        load(container.model).predict(body, content_type, "")
    assert error.value.status == status
    assert says in str(error.value)


def test_an_artefact_of_something_else_is_refused(tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    np.savez(tmp_path / "model.npz", about=np.frombuffer(b"{}", np.uint8), centers=1)
    (tmp_path / "model.npz").rename(tmp_path / "model_algo-1")
    with pytest.raises(ModelLoadError, match="has no alpha, beta; it is of another"):
        load(tmp_path)


def test_the_documented_defaults_and_tunable_ranges():
    required = {"num_topics": "1", "feature_dim": "1", "mini_batch_size": "1"}
    values = TABLE.validate(required)
    names = ("alpha0", "max_restarts", "max_iterations", "tol")
    assert [values[name] for name in names] == [1.0, 10, 1000, 1e-8]
    tunable = {r.name: (r.tunable.low, r.tunable.high) for r in TABLE if r.tunable}
    assert tunable == {"alpha0": (0.1, 10), "num_topics": (1, 150)}
