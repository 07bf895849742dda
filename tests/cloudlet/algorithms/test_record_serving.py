import json

import numpy as np
import pytest
from built_in import RECORDS, answers, csv, records, requests
from scipy.sparse import csr_matrix

from cloudlet.algorithms.record_serving import RecordPredictor
from cloudlet.algorithms.serving import PayloadError

ROWS = np.array([[1, 2.5], [0, -3]], np.float32)


def sums(rows):
    return [
        {"score": float(row.sum()), "parts": [float(v) for v in row]} for row in rows
    ]


@pytest.fixture
def predictor():
    return RecordPredictor(2, "predictions", sums)


@pytest.mark.parametrize("content_type", list(requests(ROWS)))
@pytest.mark.parametrize("accept", ["", "*/*", "application/jsonlines", RECORDS])
def test_rows_in_any_format_give_records_in_any(predictor, content_type, accept):
    answer = predictor.predict(requests(ROWS)[content_type], content_type, accept)
    assert answers(*answer, key="predictions") == sums(ROWS)


def test_csv_has_a_line_for_each_row(predictor):
    answer, kind = predictor.predict(csv(ROWS), "text/csv", "text/csv")
    assert (answer, kind) == (b"3.5,1.0,2.5\n-3.0,0.0,-3.0\n", "text/csv")


def test_instances_may_name_their_data_and_be_sparse():
    instance = {
        "data": {"features": {"keys": [1], "shape": [2], "values": [2.5]}},
    }
    body = json.dumps({"instances": [instance]}).encode()
    seen = []
    sparse = RecordPredictor(
        2, "p", lambda rows: seen.append(rows) or [{}], sparse=True
    )
    sparse.predict(body, "application/json", "")
    dense = RecordPredictor(2, "p", lambda rows: seen.append(rows) or [{}])
    dense.predict(records(csr_matrix(ROWS[:1])), RECORDS, "")
    assert not isinstance(seen[0], np.ndarray)
    assert seen[0].toarray().tolist() == [[0, 2.5]]
    assert seen[1].tolist() == [[1, 2.5]]


@pytest.mark.parametrize(
    ("keys", "values", "says"),
    [
        ([7], [1.0], "keys from 7 to 7, its shape is 2"),
        ([-1], [1.0], "keys from -1"),
        ([0, 1], [1.0], "2 keys, 1 values"),
    ],
)
def test_sparse_rows_stay_within_their_shape(predictor, keys, values, says):
    tensor = {"keys": keys, "shape": [2], "values": values}
    body = json.dumps({"instances": [{"data": {"features": tensor}}]}).encode()
    with pytest.raises(PayloadError, match=says):
        predictor.predict(body, "application/json", "")


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "says"),
    [
        (b"1,2", "text/html", "", 415, "Content-type text/html is not supported"),
        (b"1,2", "text/csv", "image/png", 406, "Accept type image/png"),
        (b"1,2\n3", "text/csv", "", 400, "line 2 has 1 values"),
        (b"[1, 2]", "application/json", "", 400, "cannot be read as application/json"),
        (b'{"features": [1, "x"]}', "application/jsonlines", "", 400, "cannot be read"),
        (b'{"instances": []}', "application/json", "", 400, "it has no row"),
        (b"nonsense", RECORDS, "", 400, "no RecordIO header"),
    ],
)
def test_what_cannot_be_answered_is_said(
    predictor, body, content_type, accept, status, says
):
    with pytest.raises(PayloadError) as error:
        predictor.predict(body, content_type, accept)
    assert error.value.status == status
    assert says in str(error.value)
