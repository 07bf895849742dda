"""What Linear Learner has to show: as good as scikit-learn, and AWS's outside."""

import json

import numpy as np
import pytest
from built_in import CSV_LABELLED, RECORDS, answers, csv, measured, records, requests
from scipy.sparse import csr_matrix
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import recall_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cloudlet.algorithms import artefact, record_protobuf
from cloudlet.algorithms.linear_learner import METRICS
from cloudlet.algorithms.linear_learner.serve import load
from cloudlet.algorithms.linear_learner.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

CANCER, DIGITS, DIABETES = load_breast_cancer, load_digits, load_diabetes
BINARY = {"predictor_type": "binary_classifier"}
MANY = {"predictor_type": "multiclass_classifier", "num_classes": "10"}
REGRESSOR = {"predictor_type": "regressor"}
SLOW_AND_SURE = {"epochs": "50", "mini_batch_size": "32", "num_models": "4"}


def split(loader, seed=0):
    """Train and test features, train and test labels; features as jobs read them."""
    features, labels = loader(return_X_y=True)
    return train_test_split(features.astype(np.float32), labels, random_state=seed)


X, X_TEST, Y, Y_TEST = split(CANCER)


def job(make, given, rows=(X, Y), content_type=CSV_LABELLED, content=None, **channels):
    write = records if content_type in (RECORDS, None) else csv
    files = {"train": {"a": write(*rows) if content is None else content}}
    for name, part in channels.items():
        files[name] = {"a": write(*part)}
    return make(given, files, content_type)


def shown(make, capsys, given, rows, **channels):
    """The container of a finished job, and the metrics in its log."""
    container = job(make, given, rows, **channels)
    capsys.readouterr()
    train(container)
    return container, measured(capsys.readouterr().out, METRICS)


def predictions(container, rows):
    body, _ = load(container.model).predict(csv(rows), "text/csv", "")
    return json.loads(body)["predictions"]


@pytest.mark.parametrize("seed", range(3))
def test_breast_cancers_auc_is_logistic_regressions(make_container, capsys, seed):
    rows, test_rows, labels, test_labels = split(CANCER, seed)
    container, found = shown(
        make_container,
        capsys,
        BINARY | SLOW_AND_SURE,
        (rows, labels),
        test=(test_rows, test_labels),
    )
    best = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    expected = roc_auc_score(test_labels, best.decision_function(test_rows))
    scores = [record["score"] for record in predictions(container, test_rows)]
    assert found["test:roc_auc_score"][-1] == pytest.approx(expected, abs=0.005)
    assert roc_auc_score(test_labels, scores) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("seed", range(2))
def test_digits_accuracy_is_logistic_regressions(make_container, capsys, seed):
    rows, test_rows, labels, test_labels = split(DIGITS, seed)
    _, found = shown(
        make_container,
        capsys,
        MANY | SLOW_AND_SURE | {"epochs": "20"},
        (rows, labels),
        test=(test_rows, test_labels),
    )
    best = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)
    expected = best.score(test_rows, test_labels)
    assert found["test:multiclass_accuracy"][-1] >= expected - 0.02


@pytest.mark.parametrize("seed", range(3))
def test_diabetes_r2_is_ridges(make_container, capsys, seed):
    rows, test_rows, labels, test_labels = split(DIABETES, seed)
    _, found = shown(
        make_container,
        capsys,
        REGRESSOR | SLOW_AND_SURE,
        (rows, labels),
        test=(test_rows, test_labels),
    )
    best = make_pipeline(StandardScaler(), Ridge()).fit(rows, labels)
    r2 = 1 - found["test:mse"][-1] / test_labels.var()
    assert r2 == pytest.approx(best.score(test_rows, test_labels), abs=0.02)


@pytest.mark.parametrize("target", [0.8, 0.95, 0.99])
def test_target_recall_is_met(make_container, capsys, target):
    """On overlapping classes, where it costs precision."""
    random = np.random.default_rng(1)
    labels = (random.random(3000) < 0.2).astype(np.float32)
    rows = random.normal(size=(3000, 4)).astype(np.float32)
    rows[:, 0] += labels
    given = BINARY | {
        "binary_classifier_model_selection_criteria": "precision_at_target_recall",
        "target_recall": str(target),
        "num_models": "4",
    }
    container, found = shown(
        make_container,
        capsys,
        given,
        (rows[:1500], labels[:1500]),
        validation=(rows[1500:], labels[1500:]),
    )
    told = [record["predicted_label"] for record in predictions(container, rows[1500:])]
    recall = recall_score(labels[1500:], told)
    assert target <= recall < target + 0.01
    assert found["validation:recall"][-1] == pytest.approx(recall, abs=1e-9)
    assert found["validation:precision"][-1] > 0.2


def test_metrics_of_a_binary_classifier(make_container, capsys):
    _, found = shown(
        make_container,
        capsys,
        BINARY | {"epochs": "3"},
        (X[:300], Y[:300]),
        validation=(X[300:], Y[300:]),
        test=(X_TEST, Y_TEST),
    )
    names = ("objective_loss", "binary_classification_accuracy", "binary_f_beta")
    names += ("precision", "recall", "roc_auc_score")
    wanted = {f"{c}:{n}" for c in ("validation", "test") for n in names}
    assert found.keys() == {"train:objective_loss", *wanted}
    assert len(found["validation:objective_loss"]) == 4  # three epochs and the end
    precision, recall = found["test:precision"][0], found["test:recall"][0]
    f_1 = 2 * precision * recall / (precision + recall)
    assert found["test:binary_f_beta"][0] == pytest.approx(f_1)


def test_metrics_of_a_regressor_are_in_the_labels_units(make_container, capsys):
    rows, test_rows, labels, test_labels = split(DIABETES)
    container, found = shown(
        make_container, capsys, REGRESSOR, (rows, labels), test=(test_rows, test_labels)
    )
    told = predictions(container, test_rows)
    assert [list(record) for record in told] == [["score"]] * len(told)
    error = np.array([record["score"] for record in told]) - test_labels
    assert found["test:mse"][0] == pytest.approx((error**2).mean(), rel=1e-4)
    assert found["test:objective_loss"][0] == pytest.approx(found["test:mse"][0])
    assert found["test:absolute_loss"][0] == pytest.approx(abs(error).mean(), rel=1e-4)


def test_metrics_of_many_classes(make_container, capsys):
    rows, test_rows, labels, test_labels = split(DIGITS)
    container, found = shown(
        make_container,
        capsys,
        MANY | {"num_models": "1", "accuracy_top_k": "10"},
        (rows, labels),
        test=(test_rows, test_labels),
    )
    told = predictions(container, test_rows)
    scores = np.array([record["score"] for record in told])
    called = [record["predicted_label"] for record in told]
    rank = (scores > scores[np.arange(len(scores)), test_labels][:, None]).sum(1)
    np.testing.assert_allclose(scores.sum(1), 1, rtol=1e-5)
    assert called == scores.argmax(1).tolist()
    assert found["test:multiclass_accuracy"][0] == (called == test_labels).mean()
    assert found["test:multiclass_top_k_accuracy"] == [1.0]
    assert found["test:dcg"][0] == pytest.approx((1 / np.log2(rank + 2)).mean())
    recalls = recall_score(test_labels, called, average="macro")
    assert found["test:macro_recall"][0] == pytest.approx(recalls)
    assert {"test:macro_precision", "test:macro_f_beta"} <= found.keys()


def sparse_cancer():
    """Rows of which most values are zero, as features and as a sparse matrix."""
    thin = np.where(np.random.default_rng(0).random(X.shape) < 0.7, 0, X)
    return thin.astype(np.float32), csr_matrix(thin.astype(np.float32))


@pytest.mark.parametrize("content_type", [RECORDS, None])
def test_dense_records_give_csvs_model(make_container, content_type):
    models = []
    for kind in (CSV_LABELLED, content_type):
        container = job(make_container, BINARY, content_type=kind)
        train(container)
        models.append((container.model / artefact.NAME).read_bytes())
    assert models[0] == models[1]


def test_sparse_records_give_the_dense_model(make_container):
    dense, sparse = sparse_cancer()
    scores = []
    for rows in (dense, sparse):
        container = job(make_container, BINARY, (rows, Y), content_type=RECORDS)
        train(container)
        body = record_protobuf.write(sparse[:50])
        for request, kind in ((body, RECORDS), (csv(dense[:50]), "text/csv")):
            answer, _ = load(container.model).predict(request, kind, "")
            told = json.loads(answer)["predictions"]
            scores.append([record["score"] for record in told])
    for each in scores[1:]:
        np.testing.assert_allclose(each, scores[0], atol=1e-4)


@pytest.mark.parametrize(
    "accept", ["application/json", "application/jsonlines", RECORDS]
)
@pytest.mark.parametrize("given", [BINARY, MANY])
def test_every_request_gets_the_same_answer(make_container, accept, given):
    rows, _, labels, _ = split(CANCER if given is BINARY else DIGITS)
    container = job(make_container, given | {"num_models": "1"}, (rows, labels))
    train(container)
    expected = predictions(container, rows[:5])
    for content_type, body in requests(rows[:5]).items():
        answer = load(container.model).predict(body, content_type, accept)
        told = answers(*answer, key="predictions")
        for record, wanted in zip(told, expected, strict=True):
            assert record.keys() == {"score", "predicted_label"}
            assert record["predicted_label"] == wanted["predicted_label"]
            np.testing.assert_allclose(record["score"], wanted["score"], rtol=1e-4)


def test_an_answer_as_csv_is_score_and_label(make_container):
    container = job(make_container, BINARY | {"epochs": "2"})
    train(container)
    body, kind = load(container.model).predict(csv(X[:3]), "text/csv", "text/csv")
    wanted = predictions(container, X[:3])
    lines = [f"{r['score']},{r['predicted_label']}" for r in wanted]
    assert (body.decode().splitlines(), kind) == (lines, "text/csv")


def test_the_same_data_give_the_same_bytes(make_container):
    models = []
    for _ in range(2):
        container = job(make_container, MANY, split(DIGITS)[::2])
        train(container)
        models.append((container.model / artefact.NAME).read_bytes())
    assert models[0] == models[1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"predictor_type": "tree"}, "'tree' is not one of"),
        ({"predictor_type": "multiclass_classifier"}, "at least 3"),
        ({"loss": "squared_loss"}, "'squared_loss' is not for predictor_type 'binary"),
        ({"feature_dim": "7"}, "'train' has 30 features, and the hyperparameter"),
        ({"mini_batch_size": "5000"}, "5000, and the training data have 426 rows"),
        ({"target_recall": "1"}, "1.0 is greater than or equal to the maximum"),
        ({"wd": "-1"}, "-1.0 is less than the minimum of 0"),
        ({"epochs": "auto"}, "'auto' is not of type 'integer'"),
        ({"use_bias": "perhaps"}, "'perhaps' is not one of"),
        ({"positive_example_weight_mult": "0"}, "0.0 is less than or equal"),
        ({"optimizer": "ftrl"}, "'ftrl' is not one of"),
        ({"k": "1"}, "('k' was unexpected)"),
        (
            {
                "optimizer": "sgd",
                "learning_rate": "1e30",
                "num_models": "1",
                "normalize_data": "false",
            },
            "The loss is not a finite number after epoch 0",
        ),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, BINARY | change))
    assert says in str(error.value)


def test_the_predictor_type_is_required(make_container):
    with pytest.raises(ClientError, match="'predictor_type' is a required property"):
        train(job(make_container, {"feature_dim": "30"}))


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        (b"", CSV_LABELLED, "its files hold no row"),
        (b"1,2\n0,nan\n", CSV_LABELLED, "missing, NaN or infinite"),
        (b"1,2\n,3\n", CSV_LABELLED, "label is missing or NaN"),
        (b"1,2\n0\n", CSV_LABELLED, "Failed to load csv data"),
        (b"1,2\n2,3\n", CSV_LABELLED, "'train' has the label 2."),
        (b"1,2\n0.5,3\n", CSV_LABELLED, "a label has to be 0 or 1."),
        (b"1,2\n0,3\n", "text/csv;label_size=0", "'train' has no labels"),
        (b"not recordIO", RECORDS, "no RecordIO header at byte 0"),
        (records(X)[:-30], RECORDS, "ends within the record"),
        (records(X), RECORDS, "'train' has no labels"),
        (b"1,2", "text/libsvm", "text/libsvm of channel 'train' is not supported"),
    ],
)
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, BINARY, content=content, content_type=content_type))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("given", "labels", "says"),
    [
        (MANY, Y + 9, "a whole number below 10 (num_classes)"),
        (BINARY, Y - 1, "'validation' has the label -1"),
    ],
)
def test_labels_of_other_channels_are_checked(make_container, given, labels, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, given, validation=(X, labels)))
    assert says in str(error.value)


def test_other_channels_are_as_wide(make_container):
    with pytest.raises(ClientError, match="'test' has 29 features"):
        train(job(make_container, BINARY | {"epochs": "1"}, test=(X[:, 1:], Y)))


def test_nothing_can_be_balanced_with_one_class(make_container):
    given = BINARY | {"positive_example_weight_mult": "balanced"}
    with pytest.raises(ClientError, match="there is nothing to balance"):
        train(job(make_container, given, (X, 0 * Y)))


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        (b"1,2,3", "text/csv", 400, "have 3 features, the model was trained on 30"),
        (b"{}", "application/json", 400, "cannot be read as application/json"),
        (b"1", "image/png", 415, "image/png is not supported"),
        (csv(X[:1])[:-1] + b"nan", "text/csv", 400, "unable to evaluate"),
    ],
)
def test_bad_requests_are_refused(make_container, body, content_type, status, says):
    container = job(make_container, BINARY | {"epochs": "1", "num_models": "1"})
    train(container)
    with pytest.raises(PayloadError) as error:
        load(container.model).predict(body, content_type, "")
    assert error.value.status == status
    assert says in str(error.value)


def test_an_artefact_of_something_else_is_refused(make_container, tmp_path):
    with pytest.raises(ModelLoadError, match="model_algo-1 is missing"):
        load(tmp_path)
    other = make_container({}, {})
    artefact.write(other, {}, centers=X)
    with pytest.raises(ModelLoadError, match="it is of another algorithm"):
        load(other.model)
    artefact.write(other, {}, means=X, weights=X, bias=X)
    with pytest.raises(ModelLoadError, match="is of another algorithm"):
        load(other.model)
