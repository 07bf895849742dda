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
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_blobs

from cloudlet.algorithms.kmeans import METRICS
from cloudlet.algorithms.kmeans.serve import load
from cloudlet.algorithms.kmeans.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

BLOBS = make_blobs(1500, 6, centers=8, cluster_std=2.0, random_state=3)[0]
BLOBS = BLOBS.astype(np.float32)
IRIS = load_iris(return_X_y=True)[0].astype(np.float32)


def job(make, rows=BLOBS, k=8, content=None, content_type=CSV, test=None, **more):
    given = {"k": str(k), "feature_dim": str(rows.shape[1]), **more}
    channels = {"train": {"a": csv(rows) if content is None else content}}
    if test is not None:
        channels["test"] = {"a": csv(test)}
    return make(given, channels, content_type)


@pytest.mark.parametrize("init", ["random", "kmeans++"])
@pytest.mark.parametrize(("rows", "k"), [(BLOBS, 8), (IRIS, 3), (BLOBS, 20)])
def test_the_sum_of_squares_is_scikit_learns(make_container, capsys, rows, k, init):
    train(job(make_container, rows, k, init_method=init))
    best = min(KMeans(k, n_init=10, random_state=s).fit(rows).inertia_ for s in (0, 1))
    (ssd,) = measured(capsys.readouterr().out, METRICS)["train:ssd"]
    assert ssd <= 1.02 * best


def ordered(rows):
    return rows[np.argsort(rows[:, 0])]


@pytest.mark.parametrize("change", [ordered, lambda rows: rows + 1000])
@pytest.mark.parametrize("epochs", ["1", "3"])
def test_neither_their_order_nor_their_place_matters(
    make_container, capsys, change, epochs
):
    rows = change(BLOBS)
    train(job(make_container, rows, 8, mini_batch_size="100", epochs=epochs))
    (ssd,) = measured(capsys.readouterr().out, METRICS)["train:ssd"]
    best = KMeans(8, n_init=10, random_state=0).fit(BLOBS.astype(float)).inertia_
    assert ssd <= 1.02 * best


def test_a_centre_is_the_mean_of_its_rows_by_their_age(make_container):
    settings = {"half_life_time_size": "200", "mini_batch_size": "100"}
    container = job(make_container, k=1, extra_center_factor="1", **settings)
    train(container)
    with np.load(container.model / "model_algo-1") as model:
        (center,) = model["centers"]
    batches_since = np.arange(len(BLOBS))[::-1] // 100
    wanted = np.average(BLOBS, 0, weights=0.5 ** (batches_since / 2))
    np.testing.assert_allclose(center, wanted, rtol=1e-4, atol=1e-4)


def test_metrics_of_both_channels(make_container, capsys):
    train(job(make_container, BLOBS[:1000], test=BLOBS[1000:]))
    found = measured(capsys.readouterr().out, METRICS)
    assert found.keys() == {"train:msd", "train:ssd", "test:msd", "test:ssd"}
    assert found["test:ssd"][0] == pytest.approx(500 * found["test:msd"][0])


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (csv(BLOBS), CSV),
        (csv(BLOBS, np.arange(len(BLOBS))), CSV_LABELLED),
        (records(BLOBS), RECORDS),
        (records(BLOBS), None),
    ],
)
def test_every_format_gives_the_same_model(make_container, content, content_type):
    models = []
    for each, kind in ((csv(BLOBS), CSV), (content, content_type)):
        container = job(make_container, content=each, content_type=kind)
        train(container)
        models.append(load(container.model).predict(csv(BLOBS[:50]), "", ""))
    assert models[0] == models[1]


@pytest.mark.parametrize(
    "accept", ["application/json", "application/jsonlines", RECORDS]
)
def test_every_request_gets_the_closest_centre(make_container, accept):
    container = job(make_container)
    train(container)
    with np.load(container.model / "model_algo-1") as model:
        centers = model["centers"]
    far = np.linalg.norm(BLOBS[:5, None] - centers[None], axis=2)
    for content_type, body in requests(BLOBS[:5]).items():
        answer = load(container.model).predict(body, content_type, accept)
        told = answers(*answer, key="predictions")
        assert [r["closest_cluster"] for r in told] == far.argmin(1).tolist()
        distances = [record["distance_to_cluster"] for record in told]
        np.testing.assert_allclose(distances, far.min(1), rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"k": "2000"}, "k is 2000, and the training data have 1500 rows"),
        ({"k": "0"}, "0 is less than the minimum of 1"),
        ({"feature_dim": "7"}, "'train' has 6 features, and the hyperparameter"),
        ({"init_method": "best"}, "'best' is not one of"),
        ({"epochs": "many"}, "'many' is not of type 'integer'"),
        ({"learning_rate": "1"}, "('learning_rate' was unexpected)"),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, **change))
    assert says in str(error.value)


@pytest.mark.parametrize(("content", "content_type", "says"), bad_rows(BLOBS))
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content=content, content_type=content_type))
    assert says in str(error.value)


def test_a_missing_hyperparameter_is_required(make_container):
    with pytest.raises(ClientError, match="'k' is a required property"):
        train(make_container({"feature_dim": "6"}, {"train": {"a": csv(BLOBS)}}, CSV))


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"), bad_requests(BLOBS.shape[1])
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
