import json

import numpy as np
import pytest
from built_in import (
    CSV,
    CSV_LABELLED,
    RECORDS,
    answers,
    csv,
    measured,
    records,
    requests,
)
from scipy.sparse import csr_matrix
from sklearn.datasets import load_diabetes, load_digits
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from cloudlet.algorithms import artefact
from cloudlet.algorithms.knn import METRICS
from cloudlet.algorithms.knn.model import most_frequent
from cloudlet.algorithms.knn.serve import load
from cloudlet.algorithms.knn.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

DIGITS, DIGIT = (part.astype(np.float32) for part in load_digits(return_X_y=True))
PEOPLE, COURSE = (part.astype(np.float32) for part in load_diabetes(return_X_y=True))
PARITY = DIGIT % 2
ODD = DIGITS[:300]


def job(make, rows=DIGITS, labels=DIGIT, test=None, content=None, **more):
    content_type = more.pop("content_type", CSV_LABELLED)
    given = {
        "feature_dim": str(rows.shape[1]),
        "k": "5",
        "predictor_type": "classifier",
        "sample_size": str(len(rows)),
    } | more
    channels = {"train": {"a": csv(rows, labels) if content is None else content}}
    if test is not None:
        channels["test"] = {"a": csv(*test)}
    return make(given, channels, content_type)


def trained(make, *args, **more):
    container = job(make, *args, **more)
    train(container)
    return container


def told(container, rows, accept="application/json"):
    answer = load(container.model).predict(csv(rows), "text/csv", accept)
    return answers(*answer, key="predictions")


def labels_told(container, rows):
    return [record["predicted_label"] for record in told(container, rows)]


@pytest.mark.parametrize("k", [1, 4, 5, 30])
def test_a_classifier_is_scikit_learns(make_container, capsys, k):
    rest = (DIGITS[1200:], DIGIT[1200:])
    container = trained(
        make_container, DIGITS[:1200], DIGIT[:1200], test=rest, k=str(k)
    )
    theirs = KNeighborsClassifier(k).fit(DIGITS[:1200], DIGIT[:1200])
    assert labels_told(container, rest[0]) == theirs.predict(rest[0]).tolist()
    log = capsys.readouterr().out
    assert measured(log, METRICS) == {
        "test:accuracy": [pytest.approx(theirs.score(*rest))]
    }
    assert "#test_score (algo-1) : ('accuracy', 0.9" in log


@pytest.mark.parametrize("k", [1, 7, 300])
def test_a_regressor_is_scikit_learns(make_container, capsys, k):
    rest = (PEOPLE[300:], COURSE[300:])
    container = trained(
        make_container,
        *(PEOPLE[:300], COURSE[:300]),
        test=rest,
        k=str(k),
        predictor_type="regressor",
    )
    theirs = KNeighborsRegressor(k).fit(PEOPLE[:300], COURSE[:300]).predict(rest[0])
    np.testing.assert_allclose(labels_told(container, rest[0]), theirs, rtol=1e-5)
    (mse,) = measured(capsys.readouterr().out, METRICS)["test:mse"]
    assert mse == pytest.approx(((theirs - rest[1]) ** 2).mean())


@pytest.mark.parametrize("accept", ["application/json", RECORDS])
def test_verbose_answers_show_the_neighbours(make_container, accept):
    container = trained(make_container, ODD, DIGIT[:300], k="3")
    rows = DIGITS[500:510]
    far, near = KNeighborsClassifier(3).fit(ODD, DIGIT[:300]).kneighbors(rows)
    for record, distances, numbers in zip(
        told(container, rows, f"{accept}; verbose=true"), far, near, strict=True
    ):
        assert set(record) == {"predicted_label", "distances", "labels"}
        np.testing.assert_allclose(record["distances"], distances, rtol=1e-6)
        assert record["labels"] == DIGIT[numbers].tolist()
    plain = told(container, rows, accept)
    assert all(set(record) == {"predicted_label"} for record in plain)


@pytest.mark.parametrize(
    "content_type_and_content",
    [
        (CSV_LABELLED, csv(ODD, DIGIT[:300])),
        ("text/csv;label_size=1", csv(ODD, DIGIT[:300])),
        (RECORDS, records(ODD, DIGIT[:300].tolist())),
        (RECORDS, records(csr_matrix(ODD), DIGIT[:300].tolist())),
        (None, records(ODD, DIGIT[:300].tolist())),
    ],
)
def test_every_format_gives_the_same_model(make_container, content_type_and_content):
    content_type, content = content_type_and_content
    models = []
    for more in ({}, {"content_type": content_type, "content": content}):
        folder = trained(make_container, ODD, DIGIT[:300], **more).model
        models.append({file.name: file.read_bytes() for file in folder.iterdir()})
    with_json = {artefact.NAME, "model_algo-1.labels", "model_algo-1.json"}
    assert models[0].keys() == with_json
    assert models[0] == models[1]


@pytest.mark.parametrize(
    "accept", ["application/json", "application/jsonlines", RECORDS]
)
def test_every_request_gets_its_label(make_container, accept):
    container = trained(make_container, ODD, DIGIT[:300])
    expected = KNeighborsClassifier(5).fit(ODD, DIGIT[:300]).predict(DIGITS[300:305])
    for content_type, body in requests(DIGITS[300:305]).items():
        answer = load(container.model).predict(body, content_type, accept)
        found = [r["predicted_label"] for r in answers(*answer, key="predictions")]
        assert found == expected.tolist()


def test_the_most_frequent_label_is_the_smallest_of_several():
    lines = [[3, 3, 1, 1, 2], [5, 4, 3, 2, 1], [9, 9, 9, 9, 9], [0, 2, 2, 7, 7]]
    assert most_frequent(np.array(lines, float)).tolist() == [1, 1, 9, 2]
    drawn = np.random.default_rng(0).integers(0, 4, (500, 9))
    counts = np.stack([(drawn == label).sum(axis=1) for label in range(4)])
    assert most_frequent(drawn).tolist() == counts.argmax(axis=0).tolist()


def test_the_sample_has_its_size_and_is_drawn_alike(make_container):
    containers = [trained(make_container, sample_size="256") for _ in range(2)]
    indexes = [artefact.read(container.model)[1]["rows"] for container in containers]
    assert indexes[0].shape == (256, 64)
    assert len(np.unique(indexes[0], axis=0)) == 256
    np.testing.assert_array_equal(*indexes)
    assert not np.array_equal(indexes[0], DIGITS[:256])
    right = labels_told(containers[0], DIGITS) == DIGIT
    assert 0.85 < right.mean() < 0.98


def test_the_metadata_may_be_edited(make_container):
    container = trained(make_container, ODD, PARITY[:300])
    path = container.model / "model_algo-1.json"
    metadata = json.loads(path.read_text())
    assert metadata == {
        "k": 5,
        "predictor_type": "classifier",
        "dimension_reduction": None,
        "normalize": False,
        "version": "1.0",
    }
    path.write_text(json.dumps(metadata | {"k": 9, "predictor_type": "regressor"}))
    theirs = KNeighborsRegressor(9).fit(ODD, PARITY[:300]).predict(DIGITS[400:420])
    np.testing.assert_allclose(labels_told(container, DIGITS[400:420]), theirs)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"k": "301"}, "k is 301, and the sample of the training data has 300 rows"),
        ({"k": "9", "sample_size": "8"}, "the sample of the training data has 8 rows"),
        ({"k": "0"}, "0 is less than the minimum of 1"),
        ({"k": "three"}, "'three' is not of type 'integer'"),
        ({"feature_dim": "65"}, "'train' has 64 features, and the hyperparameter"),
        ({"predictor_type": "ranker"}, "'ranker' is not one of"),
        ({"index_type": "faiss.HNSW"}, "'faiss.HNSW' is not one of"),
        ({"dimension_reduction_type": "pca"}, "'pca' is not one of"),
        (
            {"dimension_reduction_type": "sign"},
            "'dimension_reduction_target' is required when dimension_reduction_type",
        ),
        (
            {"dimension_reduction_target": "8"},
            "'dimension_reduction_type' is required when dimension_reduction_target",
        ),
        (
            {"dimension_reduction_type": "fjlt", "dimension_reduction_target": "64"},
            "dimension_reduction_target is 64: it has to be less than feature_dim",
        ),
        ({"index_type": "faiss.IVFPQ"}, "'faiss_index_pq_m' is required"),
        ({"faiss_index_pq_m": "5"}, "5 is not one of [1, 2, 3, 4, 8,"),
        (
            {
                "index_type": "faiss.IVFPQ",
                "faiss_index_pq_m": "8",
                "index_metric": "COSINE",
            },
            "index_metric COSINE is not supported with index_type faiss.IVFPQ",
        ),
        (
            {"index_type": "faiss.IVFFlat", "faiss_index_ivf_nlists": "301"},
            "faiss_index_ivf_nlists is 301, and the sample has 300 rows",
        ),
        ({"epochs": "2"}, "('epochs' was unexpected)"),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, ODD, DIGIT[:300], **change))
    assert says in str(error.value)


@pytest.mark.parametrize(
    "missing", ["feature_dim", "k", "predictor_type", "sample_size"]
)
def test_a_missing_hyperparameter_is_required(make_container, missing):
    container = job(make_container, ODD, DIGIT[:300])
    given = container.hyperparameters()
    del given[missing]
    again = make_container(given, {"train": {"a": csv(ODD, DIGIT[:300])}})
    with pytest.raises(ClientError, match=f"'{missing}' is a required property"):
        train(again)


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        (b"", CSV_LABELLED, "its files hold no row"),
        (csv(ODD), CSV, "The channel 'train' has no labels"),
        (b"1,2\n3,nan\n", CSV_LABELLED, "missing, NaN or infinite"),
        (b",2\n3,4\n", CSV_LABELLED, "rows whose label is missing or NaN"),
        (b"1,2\n3\n", CSV_LABELLED, "Failed to load csv data"),
        (records(ODD), RECORDS, "The channel 'train' has no labels"),
        (b"not recordIO", RECORDS, "no RecordIO header at byte 0"),
        (b"1,2", "application/json", "of channel 'train' is not supported"),
    ],
)
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content=content, content_type=content_type))
    assert says in str(error.value)


def test_bad_channels_are_named(make_container):
    container = job(make_container, ODD, DIGIT[:300], test=(ODD[:, :60], DIGIT[:300]))
    with pytest.raises(ClientError, match="'test' has 60 features"):
        train(container)
    with pytest.raises(ClientError, match="Missing required channel: train"):
        train(make_container(container.hyperparameters(), {"test": {"a": b"1,2"}}))


def test_fractions_as_classes_are_warned_of(make_container, capsys):
    trained(make_container, ODD, DIGIT[:300])
    assert "WARNING" not in capsys.readouterr().out
    trained(make_container, ODD, DIGIT[:300] / 4)
    assert "predictor_type is classifier, and some labels" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        (b"1,2,3", "text/csv", 400, "have 3 features, the model was trained on 64"),
        (csv(ODD), "text/csv;label_size=1", 415, "label_size has to be 0"),
        (b"{}", "application/json", 400, "cannot be read as application/json"),
        (b"1", "image/png", 415, "image/png is not supported"),
        (csv(ODD[:1] * np.nan), "text/csv", 400, "missing, NaN"),
    ],
)
def test_bad_requests_are_refused(make_container, body, content_type, status, says):
    container = trained(make_container, ODD, DIGIT[:300])
    with pytest.raises(PayloadError) as error:
        load(container.model).predict(body, content_type, "")
    assert error.value.status == status
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"k": 301}, "k is 301 in model_algo-1.json; it has to be between 1 and"),
        ({"k": 0}, "k is 0 in model_algo-1.json"),
        ({"predictor_type": "ranker"}, "predictor_type is 'ranker'"),
        (
            {
                "dimension_reduction": {
                    "type": "sign",
                    "seed": 0,
                    "target_dim": 8,
                    "input_dim": 64,
                }
            },
            "its parts do not fit together",
        ),
    ],
)
def test_wrong_metadata_are_refused(make_container, change, says):
    container = trained(make_container, ODD, DIGIT[:300])
    path = container.model / "model_algo-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelLoadError, match=says):
        load(container.model)


def test_an_artefact_of_something_else_is_refused(make_container, tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    container = trained(make_container, ODD, DIGIT[:300])
    (container.model / "model_algo-1.labels").write_bytes(b"\0" * 8)
    with pytest.raises(ModelLoadError, match="has 2 labels, the index 300 rows"):
        load(container.model)
    artefact.write(container, {}, weights=np.ones(3))
    with pytest.raises(ModelLoadError, match="of another algorithm"):
        load(container.model)
    (container.model / "model_algo-1.json").unlink()
    with pytest.raises(ModelLoadError, match=r"model_algo-1\.json is missing"):
        load(container.model)
