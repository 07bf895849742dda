import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_iris

from cloudlet.algorithms.serving import ModelLoadError, PayloadError
from cloudlet.algorithms.xgboost.serve import load

CSV = "text/csv; charset=utf-8"


@cache
def _trained(objective: str, booster: str = "gbtree"):
    multi = objective.startswith("multi:")
    features, labels = (load_iris if multi else load_breast_cancer)(return_X_y=True)
    features = features.astype(np.float32)
    params = {"objective": objective, "booster": booster, "rate_drop": 0.5}
    if multi:
        params["num_class"] = 3
    model = xgboost.train(params, xgboost.DMatrix(features, label=labels), 5)
    return model, features


@pytest.fixture
def serve(tmp_path):
    def serve(objective, booster="gbtree"):
        model, features = _trained(objective, booster)
        (tmp_path / "xgboost-model").write_bytes(model.save_raw("ubj"))
        return load(tmp_path), features, model.predict(xgboost.DMatrix(features))

    return serve


def _csv(features) -> bytes:
    return "\n".join(",".join(f"{v:.9g}" for v in row) for row in features).encode()


def _libsvm(features, label="") -> bytes:
    return "\n".join(
        label + " ".join(f"{i}:{v:.9g}" for i, v in enumerate(row)) for row in features
    ).encode()


def _numbers(answer: bytes) -> np.ndarray:
    lines = answer.decode().splitlines()
    rows = [[float(value) for value in line.split(",")] for line in lines]
    return np.array(rows, dtype=np.float32).squeeze()


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
@pytest.mark.parametrize(
    "objective",
    [
        "binary:logistic",
        "binary:logitraw",
        "binary:hinge",
        "reg:squarederror",
        "multi:softmax",
        "multi:softprob",
    ],
)
def test_answers_are_what_plain_xgboost_predicts(serve, objective, booster):
    predictor, features, expected = serve(objective, booster)
    for content_type, body in (
        ("text/csv", _csv(features)),
        ("", _csv(features)),
        ("text/csv; charset=utf-8", _csv(features) + b"\n"),
        ("text/libsvm", _libsvm(features)),
        ("text/x-libsvm", _libsvm(features, label="1 ")),
    ):
        answer, media_type = predictor.predict(body, content_type, "")
        np.testing.assert_array_equal(_numbers(answer), expected)
        assert media_type == CSV


def test_csv_out_is_a_line_for_each_row(serve):
    predictor, features, expected = serve("multi:softprob")
    answer, _ = predictor.predict(_csv(features[:2]), "text/csv", "*/*")
    lines = [",".join(map(repr, row)) for row in expected[:2].tolist()]
    assert answer.decode() == "\n".join(lines) + "\n"


@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob"])
def test_json_out_has_a_score_for_each_row(serve, objective):
    predictor, features, expected = serve(objective)
    records = [{"score": score} for score in expected[:2].tolist()]
    body = _csv(features[:2])
    answer = predictor.predict(body, "text/csv", "application/json")
    assert (json.loads(answer[0]), answer[1]) == (
        {"predictions": records},
        "application/json",
    )
    lines, media_type = predictor.predict(body, "text/csv", "application/jsonlines")
    assert [json.loads(line) for line in lines.splitlines()] == records
    assert media_type == "application/jsonlines"


def test_an_empty_field_and_an_absent_index_are_missing_values(serve):
    predictor, features, _ = serve("binary:logistic")
    row = features[:1].copy()
    row[0, 3] = np.nan
    expected = _trained("binary:logistic")[0].predict(xgboost.DMatrix(row))
    csv = _csv(row).replace(b"nan", b"")
    libsvm = b" ".join(pair for pair in _libsvm(row).split() if b"nan" not in pair)
    for body, content_type in ((csv, "text/csv"), (libsvm, "text/libsvm")):
        answer, _ = predictor.predict(body, content_type, "")
        assert _numbers(answer) == expected[0]


def test_an_empty_body_has_an_empty_answer(serve):
    assert serve("binary:logistic")[0].predict(b"", "text/csv", "") == (b"", CSV)


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "message"),
    [
        (
            b"1,2,3",
            "text/csv",
            "",
            400,
            "Unable to evaluate payload provided: Feature size of csv inference data "
            "3 is not consistent with feature size of trained model 30.",
        ),
        (
            b"0:1 30:2",
            "text/libsvm",
            "",
            400,
            "Unable to evaluate payload provided: Feature size of libsvm inference "
            "data 31 is larger than feature size of trained model 30.",
        ),
        (
            b",".join([b"inf"] * 30),
            "text/csv",
            "",
            400,
            "Unable to evaluate payload provided: Input data contains `inf` or a "
            "value too large",
        ),
        (
            b"29:1e99",
            "text/libsvm",
            "",
            400,
            "Unable to evaluate payload provided: Input data contains `inf` or a "
            "value too large",
        ),
        (
            b"1,red",
            "text/csv",
            "",
            415,
            "Loading csv data failed with Exception, please ensure data is in csv "
            "format:\n <class 'ValueError'>\n could not convert string to float: 'red'",
        ),
        (
            b"0:red",
            "text/libsvm",
            "",
            415,
            "Loading libsvm data failed with Exception, please ensure data is in "
            "libsvm format:\n <class 'ValueError'>\n could not convert string to "
            "float: 'red'",
        ),
        (
            b"1,2\n3",
            "text/csv",
            "",
            415,
            "Loading csv data failed with Exception, please ensure data is in csv "
            "format:\n <class 'ValueError'>\n line 2 has 1 values, the first line "
            "has 2",
        ),
        (
            b'{"instances": [[1, 2]]}',
            "application/json",
            "",
            415,
            "application/json is not an accepted ContentType: csv, libsvm, parquet, "
            "recordio-protobuf, text/csv, text/libsvm, text/x-libsvm, "
            "application/x-parquet, application/x-recordio-protobuf.",
        ),
        (
            b"PAR1",
            "application/x-parquet",
            "",
            415,
            "Content-type application/x-parquet is not supported.",
        ),
        (
            b",".join([b"1"] * 30),
            "text/csv",
            "text/html",
            406,
            "Accept type text/html is not supported. Please use supported accept "
            "types: ['application/json', 'application/jsonlines', 'text/csv'].",
        ),
    ],
)
def test_each_bad_request_has_its_status_and_message(
    serve, body, content_type, accept, status, message
):
    predictor, _, _ = serve("binary:logistic")
    with pytest.raises(PayloadError) as caught:
        predictor.predict(body, content_type, accept)
    assert (caught.value.status, caught.value.message) == (status, message)


def test_bytes_that_are_no_text_are_415(serve):
    with pytest.raises(PayloadError, match="Loading csv data failed") as caught:
        serve("binary:logistic")[0].predict(b"\xff\xfe", "text/csv", "")
    assert caught.value.status == 415


@pytest.mark.parametrize("booster", ["gbtree", "gblinear"])
def test_many_threads_get_each_their_own_answer(serve, booster):
    predictor, features, expected = serve("binary:logistic", booster)
    bodies = [_csv(row[None]) for row in features] * 3
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda body: predictor.predict(body, "", "")[0], bodies)
    scores = np.array([_numbers(answer) for answer in answers])
    np.testing.assert_array_equal(scores, np.tile(expected, 3))


def test_rounds_after_the_best_one_are_not_used(tmp_path):
    model, features = _trained("binary:logistic")
    copy = model.copy()
    copy.set_attr(best_iteration="1")
    (tmp_path / "xgboost-model").write_bytes(copy.save_raw("ubj"))
    answer, _ = load(tmp_path).predict(_csv(features), "", "")
    expected = model.predict(xgboost.DMatrix(features), iteration_range=(0, 2))
    np.testing.assert_array_equal(_numbers(answer), expected)


def test_a_model_written_as_json_is_read_too(tmp_path):
    model, features = _trained("binary:logistic")
    (tmp_path / "xgboost-model").write_bytes(model.save_raw("json"))
    answer, _ = load(tmp_path).predict(_csv(features), "", "")
    expected = model.predict(xgboost.DMatrix(features))
    np.testing.assert_array_equal(_numbers(answer), expected)


@pytest.mark.parametrize("content", [None, b"", b"not a model", b"\x80\x04pickle"])
def test_an_artefact_without_a_model_does_not_load(tmp_path, content):
    if content is not None:
        (tmp_path / "xgboost-model").write_bytes(content)
    with pytest.raises(ModelLoadError, match="Model at xgboost-model cannot be loaded"):
        load(tmp_path)
