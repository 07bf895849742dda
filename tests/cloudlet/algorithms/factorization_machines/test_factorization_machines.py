import json

import numpy as np
import pytest
from built_in import CSV_LABELLED, RECORDS, answers, csv, measured, records, requests
from planted import NOISE, USERS, WIDTH, ratings
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, Ridge

from cloudlet.algorithms import artefact
from cloudlet.algorithms.factorization_machines import METRICS
from cloudlet.algorithms.factorization_machines.serve import load
from cloudlet.algorithms.factorization_machines.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

ROWS, RATINGS = ratings()
LIKED = (RATINGS > 3).astype(np.float32)
CLASSES = {"predictor_type": "binary_classifier"}
LEARN = {
    "epochs": "30",
    "mini_batch_size": "200",
    "num_factors": "4",
    "linear_lr": "0.01",
    "factors_lr": "0.01",
    "factors_init_sigma": "0.1",
}


def job(make, labels=RATINGS[:500], rows=ROWS[:500], test=None, content=None, **more):
    content_type = more.pop("content_type", RECORDS)
    given = {
        "feature_dim": str(WIDTH),
        "num_factors": "2",
        "predictor_type": "regressor",
    }
    content = records(rows, labels.tolist()) if content is None else content
    channels = {"train": {"a": content}}
    if test is not None:
        channels["test"] = {"a": test}
    return make(given | more, channels, content_type)


def trained(make, *args, **more):
    container = job(make, *args, **more)
    train(container)
    return container


def told(container, rows):
    answer = load(container.model).predict(records(rows), RECORDS, "application/json")
    return answers(*answer, key="predictions")


def test_a_regressor_beats_a_linear_model_by_far(make_container, capsys):
    test = records(ROWS[4000:], RATINGS[4000:].tolist())
    trained(make_container, RATINGS[:4000], ROWS[:4000], test=test, **LEARN)
    found = measured(capsys.readouterr().out, METRICS)
    linear = Ridge(1.0).fit(ROWS[:4000], RATINGS[:4000]).predict(ROWS[4000:])
    baseline = np.sqrt(((linear - RATINGS[4000:]) ** 2).mean())
    (rmse,) = found["test:rmse"]
    assert baseline > 1.3
    assert NOISE * 0.9 < rmse < 1.5 * NOISE < 0.25 * baseline
    epochs = {"train:rmse:epoch", "train:mse:epoch", "train:absolute_loss:epoch"}
    assert found.keys() == {"test:rmse", *epochs}
    assert len(found["train:rmse:epoch"]) == 30
    assert found["train:rmse:epoch"][-1] < 0.2 * found["train:rmse:epoch"][0]


def test_a_classifier_beats_a_linear_model_by_far(make_container, capsys):
    test = records(ROWS[4000:], LIKED[4000:].tolist())
    more = LEARN | CLASSES
    container = trained(make_container, LIKED[:4000], ROWS[:4000], test=test, **more)
    found = measured(capsys.readouterr().out, METRICS)
    linear = LogisticRegression(max_iter=500).fit(ROWS[:4000], LIKED[:4000])
    baseline = linear.score(ROWS[4000:], LIKED[4000:])
    (accuracy,) = found["test:binary_classification_accuracy"]
    assert accuracy > 0.92 > baseline + 0.15
    (entropy,) = found["test:binary_classification_cross_entropy"]
    (f_beta,) = found["test:binary_f_beta"]
    assert entropy < 0.25
    assert f_beta > 0.9
    assert "train:binary_classification_accuracy:epoch" in found
    right = [r["predicted_label"] for r in told(container, ROWS[4000:])] == LIKED[4000:]
    assert right.mean() == pytest.approx(accuracy)


def test_the_same_data_give_the_same_bytes(make_container):
    models = [trained(make_container).model / artefact.NAME for _ in range(2)]
    assert models[0].read_bytes() == models[1].read_bytes()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (records(ROWS[:500], RATINGS[:500].tolist()), None),
        (records(ROWS[:500].toarray(), RATINGS[:500].tolist()), RECORDS),
    ],
)
def test_every_format_gives_the_same_model(make_container, content, content_type):
    more = {"epochs": "10", "factors_lr": "0.01"}
    scores = [
        [record["score"] for record in told(container, ROWS[:50])]
        for container in (
            trained(make_container, **more),
            trained(make_container, content=content, content_type=content_type, **more),
        )
    ]
    # Every feature occurs in every batch, so a dense step and a sparse one are alike.
    np.testing.assert_allclose(*scores, rtol=1e-3)
    assert np.std(scores[0]) > 0.01


def test_a_feature_written_twice_counts_as_its_sum(make_container):
    row = csr_matrix((np.float32([1, 2, 1]), [3, 3, 50], [0, 3]), shape=(1, WIDTH))
    summed = csr_matrix((np.float32([3, 1]), [3, 50], [0, 2]), shape=(1, WIDTH))
    container = trained(make_container, factors_init_sigma="1")
    assert told(container, row) == told(container, summed)


@pytest.mark.parametrize("kind", ["regressor", "binary_classifier"])
@pytest.mark.parametrize(
    "accept", ["application/json", "application/jsonlines", RECORDS]
)
def test_every_request_gets_its_score(make_container, accept, kind):
    labels = RATINGS[:500] if kind == "regressor" else LIKED[:500]
    container = trained(make_container, labels, predictor_type=kind, bias_lr="0")
    _, arrays = artefact.read(container.model)
    rows = ROWS[:5].toarray()
    sums = rows @ arrays["factors"]
    pairs = (sums**2 - rows**2 @ arrays["factors"] ** 2).sum(axis=1) / 2
    expected = arrays["bias"] + rows @ arrays["linear"] + pairs
    if kind == "binary_classifier":
        expected = 1 / (1 + np.exp(-expected))
    sparse = [
        {"keys": row.indices.tolist(), "values": row.data.tolist(), "shape": [WIDTH]}
        for row in ROWS[:5]
    ]
    instances = [{"data": {"features": tensor}} for tensor in sparse]
    bodies = requests(rows) | {
        "": records(ROWS[:5]),
        "application/json ": json.dumps({"instances": instances}).encode(),
        "application/jsonlines ": "\n".join(map(json.dumps, instances)).encode(),
    }
    del bodies["text/csv"]
    for content_type, body in bodies.items():
        answer = load(container.model).predict(body, content_type, accept)
        found = answers(*answer, key="predictions")
        scores = [record["score"] for record in found]
        np.testing.assert_allclose(scores, expected, rtol=1e-4)
        if kind == "regressor":
            assert [set(record) for record in found] == [{"score"}] * 5
            continue
        labels = [record["predicted_label"] for record in found]
        assert labels == [score >= 0.5 for score in scores]


def test_both_labels_are_predicted(make_container):
    container = trained(make_container, LIKED, ROWS, **LEARN, **CLASSES)
    assert {r["predicted_label"] for r in told(container, ROWS[:50])} == {0, 1}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"num_factors": "0"}, "0 is less than the minimum of 1"),
        ({"num_factors": "few"}, "'few' is not of type 'integer'"),
        ({"feature_dim": "71"}, "'train' has 70 features, and the hyperparameter"),
        ({"predictor_type": "classifier"}, "'classifier' is not one of"),
        ({"linear_lr": "-0.1"}, "-0.1 is less than the minimum of 0"),
        ({"factors_wd": "nan"}, "(hyperparameter factors_wd)"),
        ({"bias_init_method": "zeros"}, "'zeros' is not one of"),
        (
            {"linear_init_method": "uniform"},
            "'linear_init_scale' is required when linear_init_method is uniform",
        ),
        (
            {"factors_init_method": "constant", "factors_init_scale": "1"},
            "'factors_init_value' is required when factors_init_method is constant",
        ),
        ({"learning_rate": "1"}, "('learning_rate' was unexpected)"),
        (
            {"factors_lr": "1e20", "factors_init_sigma": "1", "epochs": "3"},
            "Training diverged in epoch",
        ),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, **change))
    assert says in str(error.value)


@pytest.mark.parametrize("missing", ["feature_dim", "num_factors", "predictor_type"])
def test_a_missing_hyperparameter_is_required(make_container, missing):
    given = job(make_container).hyperparameters()
    del given[missing]
    with pytest.raises(ClientError, match=f"'{missing}' is a required property"):
        train(make_container(given, {"train": {"a": records(ROWS[:9])}}, RECORDS))


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        (b"", RECORDS, "its files hold no row"),
        (records(ROWS[:9]), RECORDS, "The channel 'train' has no labels"),
        (records(ROWS[:2], [1, np.nan]), RECORDS, "whose label is missing or NaN"),
        (records(ROWS[:2] * np.inf, [1, 2]), RECORDS, "missing, NaN or infinite"),
        (b"not recordIO", RECORDS, "no RecordIO header at byte 0"),
        (records(ROWS[:9])[:-10], RECORDS, "ends within the record"),
        (
            csv(ROWS[:9].toarray(), RATINGS[:9]),
            CSV_LABELLED,
            "The content type text/csv of channel 'train' is not supported:"
            " Factorization Machines is trained on application/x-recordio-protobuf",
        ),
    ],
)
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content=content, content_type=content_type))
    assert says in str(error.value)


def test_labels_of_a_classifier_are_0_and_1(make_container):
    with pytest.raises(ClientError, match="'train' has a label 2: with predictor_type"):
        train(job(make_container, LIKED[:500] + 1, **CLASSES))
    test = records(ROWS[:2], [0, -1])
    with pytest.raises(ClientError, match="'test' has a label -1"):
        train(job(make_container, LIKED[:500], test=test, **CLASSES))


def test_constant_factors_are_warned_of(make_container, capsys):
    alike = {"factors_init_method": "constant", "factors_init_value": "0.1"}
    container = trained(make_container, epochs="3", **alike)
    assert "so the machine has one factor in effect" in capsys.readouterr().out
    factors = artefact.read(container.model)[1]["factors"]
    np.testing.assert_array_equal(factors[:, 0], factors[:, 1])
    trained(make_container)
    assert "one factor in effect" not in capsys.readouterr().out


def instance(**tensor):
    return json.dumps({"instances": [{"data": {"features": tensor}}]}).encode()


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        (records(ROWS[:1, :USERS]), RECORDS, 400, "have 40 features, the model was"),
        (csv(ROWS[:2].toarray()), "text/csv", 415, "text/csv is not supported"),
        (b"1", "image/png", 415, "image/png is not supported"),
        (b"{}", "application/json", 400, "cannot be read as application/json"),
        (records(ROWS[:1] * np.nan), RECORDS, 400, "missing, NaN"),
        (
            instance(keys=[WIDTH], values=[1.0], shape=[WIDTH]),
            "application/json",
            400,
            "unable to evaluate payload provided",
        ),
        (
            instance(keys=[-1], values=[1.0], shape=[WIDTH]),
            "application/json",
            400,
            "unable to evaluate payload provided",
        ),
    ],
)
def test_bad_requests_are_refused(make_container, body, content_type, status, says):
    predictor = load(trained(make_container).model)
    with pytest.raises(PayloadError) as error:
        predictor.predict(body, content_type, "")
    assert error.value.status == status
    assert says in str(error.value)


def test_an_artefact_of_something_else_is_refused(make_container, tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    container = trained(make_container)
    artefact.write(container, {}, centers=np.ones((2, 3)))
    with pytest.raises(ModelLoadError, match="has no bias, factors, linear"):
        load(container.model)
    one = np.ones((1, 1), np.float32)
    artefact.write(container, {}, bias=one[0], linear=one[0], factors=one)
    with pytest.raises(ModelLoadError, match="has the predictor_type None"):
        load(container.model)
