import json

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
from scipy.sparse import csr_matrix
from sklearn.metrics import f1_score, precision_score, recall_score

from cloudlet.algorithms.random_cut_forest import METRICS
from cloudlet.algorithms.random_cut_forest.hyperparameters import TABLE
from cloudlet.algorithms.random_cut_forest.serve import load
from cloudlet.algorithms.random_cut_forest.train import train
from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.runner.container import ClientError

RANDOM = np.random.default_rng(7)
ROWS = RANDOM.normal(size=(800, 4)).astype(np.float32)
LABELS = np.repeat([0, 1], [990, 10])
TEST = RANDOM.normal(size=(1000, 4)).astype(np.float32)
TEST[-8:] += 9
TEST[0] -= 9
NAMES = {"test:f1", "test:accuracy", "test:precision", "test:recall"}


def job(make, rows=ROWS, content=None, content_type=CSV, **more):
    width = str(rows.shape[1])
    given = {"feature_dim": width, "num_trees": "50", "num_samples_per_tree": "64"}
    content = csv(rows) if content is None else content
    return make(given | more, {"train": {"a": content}}, content_type)


def with_test(make, content, content_type=CSV_LABELLED, **more):
    """A job whose channels are both of the content type."""
    train_content = records(ROWS) if content_type == RECORDS else csv(ROWS, ROWS[:, 0])
    given = {"feature_dim": "4", "num_trees": "50", **more}
    channels = {"train": {"a": train_content}, "test": {"a": content}}
    return make(given, channels, content_type)


def scores(container, rows):
    body, kind = load(container.model).predict(csv(rows), "text/csv", "")
    return np.array([record["score"] for record in answers(body, kind, "scores")])


def test_labels_are_held_against_three_standard_deviations(make_container, capsys):
    container = with_test(make_container, csv(TEST, LABELS))
    train(container)
    log = capsys.readouterr().out
    told = {name: value for name, (value,) in measured(log, METRICS).items()}
    own = scores(container, TEST)
    found = own > own.mean() + 3 * own.std()
    assert found[-8:].all()
    assert found[0]
    assert told == {
        "test:accuracy": pytest.approx((found == LABELS).mean()),
        "test:precision": pytest.approx(precision_score(LABELS, found)),
        "test:recall": pytest.approx(recall_score(LABELS, found)),
        "test:f1": pytest.approx(f1_score(LABELS, found)),
    }
    assert 0.5 < told["test:f1"] < 1
    assert "f1 of the normal rows: 0.99" in log


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({}, NAMES),
        ({"eval_metrics": '["accuracy"]'}, {"test:accuracy"}),
        ({"eval_metrics": '["precision_recall_fscore"]'}, NAMES - {"test:accuracy"}),
        (
            {"eval_metrics": '["accuracy"]', "_tuning_objective_metric": "test:f1"},
            NAMES,
        ),
    ],
)
def test_eval_metrics_are_those_asked_for(make_container, capsys, more, names):
    train(with_test(make_container, csv(TEST, LABELS), **more))
    assert measured(capsys.readouterr().out, METRICS).keys() == names


def test_without_anomalies_f1_is_zero(make_container, capsys):
    train(with_test(make_container, csv(TEST, 0 * LABELS)))
    found = measured(capsys.readouterr().out, METRICS)
    assert (found["test:f1"], found["test:recall"]) == ([0.0], [0.0])


def test_test_labels_of_records(make_container, capsys):
    told = []
    for content, kind in (
        (csv(TEST, LABELS), CSV_LABELLED),
        (records(TEST, LABELS), RECORDS),
        (records(csr_matrix(TEST), LABELS), RECORDS),
    ):
        train(with_test(make_container, content, kind))
        told.append(measured(capsys.readouterr().out, METRICS))
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (csv(ROWS), CSV),
        (csv(ROWS, np.arange(len(ROWS))), CSV_LABELLED),
        (records(ROWS), RECORDS),
        (records(ROWS), None),
        (records(csr_matrix(ROWS)), RECORDS),
    ],
)
def test_every_format_gives_the_same_artefact(make_container, content, content_type):
    made = []
    for each, kind in ((csv(ROWS), CSV), (content, content_type)):
        container = job(make_container, content=each, content_type=kind)
        train(container)
        made.append((container.model / "model_algo-1").read_bytes())
    assert made[0] == made[1]


def test_files_in_the_order_of_their_names_are_one_channel(make_container):
    parts = {"b": csv(ROWS[300:]), "a": csv(ROWS[:300])}
    hyperparameters = {"feature_dim": "4"}
    made = []
    for files in (parts, {"a": csv(ROWS)}):
        container = make_container(hyperparameters, {"train": files}, CSV)
        train(container)
        made.append(scores(container, TEST[:20]))
    assert made[0].tolist() == made[1].tolist()


def test_hyperparameters_shape_the_forest(make_container):
    container = job(make_container, num_trees="60", num_samples_per_tree="32")
    train(container)
    with np.load(container.model / "model_algo-1") as model:
        assert model["mass"][:60].tolist() == [32] * 60
        assert model["mass"][60] < 32
        assert model["points"].shape[1] == 4


def test_fewer_rows_than_samples_are_all_in_every_tree(make_container):
    container = job(make_container, ROWS[:10])
    train(container)
    with np.load(container.model / "model_algo-1") as model:
        assert model["mass"][:50].tolist() == [10] * 50


def test_one_sample_per_tree(make_container):
    container = job(make_container, num_samples_per_tree="1")
    train(container)
    assert scores(container, TEST[:3]).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "accept",
    ["application/json", "application/jsonlines", RECORDS, "text/csv", "", "*/*"],
)
def test_every_request_gets_a_score_for_each_row(make_container, accept):
    container = job(make_container)
    train(container)
    expected = scores(container, TEST[-10:])
    assert expected[2:].min() > 2 * expected[:2].max()
    sparse = {RECORDS + ";sparse": records(csr_matrix(TEST[-10:]))}
    for content_type, body in (requests(TEST[-10:]) | sparse).items():
        answer, kind = load(container.model).predict(body, content_type, accept)
        if accept == "text/csv":
            told = [float(line) for line in answer.decode().splitlines()]
        else:
            told = [record["score"] for record in answers(answer, kind, "scores")]
        np.testing.assert_allclose(told, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"feature_dim": "7"}, "'train' has 4 features, and the hyperparameter"),
        ({"feature_dim": "10001"}, "10001 is greater than the maximum of 10000"),
        ({"num_trees": "49"}, "49 is less than the minimum of 50"),
        ({"num_trees": "1001"}, "1001 is greater than the maximum of 1000"),
        ({"num_samples_per_tree": "0"}, "0 is less than the minimum of 1"),
        ({"num_samples_per_tree": "2049"}, "2049 is greater than the maximum of 2048"),
        ({"num_trees": "many"}, "'many' is not of type 'integer'"),
        ({"eval_metrics": "accuracy"}, "'accuracy' is not of type 'array'"),
        ({"eval_metrics": '"accuracy"'}, "is not of type 'array'"),
        ({"eval_metrics": '["auc"]'}, "['auc'] is not one of ['accuracy', 'precision"),
        ({"eval_metrics": '[["accuracy"]]'}, "is not one of ['accuracy', 'precision"),
        ({"_tuning_objective_metric": "test:auc"}, "'test:auc' is not one of"),
        ({"shingle_size": "4"}, "('shingle_size' was unexpected)"),
    ],
)
def test_bad_hyperparameters_are_named(make_container, change, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, **change))
    assert says in str(error.value)


def test_feature_dim_is_required(make_container):
    with pytest.raises(ClientError, match="'feature_dim' is a required property"):
        train(make_container({}, {"train": {"a": csv(ROWS)}}, CSV))


def test_what_the_sdk_sends_is_known():
    given = {"feature_dim": "4", "mini_batch_size": "1000", "num_trees": "100"}
    values = TABLE.validate(given | {"eval_metrics": '["accuracy"]'})
    assert (values["num_samples_per_tree"], values["eval_metrics"]) == (
        256,
        ["accuracy"],
    )


@pytest.mark.parametrize(("content", "content_type", "says"), bad_rows(ROWS))
def test_bad_data_are_named(make_container, content, content_type, says):
    with pytest.raises(ClientError) as error:
        train(job(make_container, content=content, content_type=content_type))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        (csv(TEST, LABELS + 1), CSV_LABELLED, "The channel 'test' has the label 2"),
        (csv(TEST[:, :3], LABELS), CSV_LABELLED, "'test' has 3 features"),
        (records(TEST), RECORDS, "The channel 'test' has no labels"),
        (b"", CSV_LABELLED, "No data was found in channel 'test'"),
    ],
)
def test_bad_test_data_are_named(make_container, content, content_type, says):
    container = with_test(make_container, content, content_type)
    with pytest.raises(ClientError) as error:
        train(container)
    assert says in str(error.value)
    assert not container.model.exists()


def test_channels_are_train_and_test_in_file_mode(make_container):
    given, content = {"feature_dim": "4"}, {"a": csv(ROWS)}
    with pytest.raises(ClientError, match="Extraneous channel found: validation"):
        train(make_container(given, {"train": content, "validation": content}, CSV))
    with pytest.raises(ClientError, match="Missing required channel: train"):
        train(make_container(given, {"test": content}, CSV_LABELLED))


@pytest.mark.parametrize(
    ("channel", "asked", "says"),
    [
        ("train", "FullyReplicated", r"not one of \['ShardedByS3Key'\].*'train'"),
        ("train", "ShardedByS3Key", None),
        ("test", "ShardedByS3Key", r"not one of \['FullyReplicated'\].*'test'"),
        ("test", "FullyReplicated", None),
    ],
)
def test_each_channel_has_its_distribution(make_container, channel, asked, says):
    container = with_test(make_container, csv(TEST, LABELS))
    config = container.input_data_config()
    config[channel] = config[channel] | {"S3DistributionType": asked}
    (container.config / "inputdataconfig.json").write_text(json.dumps(config))
    if says is None:
        train(container)
        assert container.model.exists()
        return
    with pytest.raises(ClientError, match=says):
        train(container)


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"), bad_requests(ROWS.shape[1])
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
    about = np.frombuffer(b"{}", np.uint8)
    with (tmp_path / "model_algo-1").open("wb") as file:
        np.savez(file, about=about, centers=np.ones((2, 2)))
    with pytest.raises(ModelLoadError, match=r"has no cut, .*points"):
        load(tmp_path)
