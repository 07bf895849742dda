import json

import pytest

from cloudlet.algorithms import serving

OFFERED = {
    "application/json": serving.json_scores,
    "text/csv": serving.csv_lines,
}


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("", "text/csv"),
        ("*/*", "text/csv"),
        ("Application/JSON; verbose=True", "application/json"),
    ],
)
def test_the_answer_is_in_what_the_client_accepts(accept, answer):
    assert serving.accepted(accept, OFFERED, default="text/csv") == answer


def test_an_accept_type_that_is_not_offered_is_406():
    with pytest.raises(serving.PayloadError) as caught:
        serving.accepted("text/html", OFFERED, default="text/csv")
    assert caught.value.status == 406
    assert caught.value.message == (
        "Accept type text/html is not supported. "
        "Please use supported accept types: ['application/json', 'text/csv']."
    )


def test_numbers_are_written_a_line_each():
    assert serving.csv_lines([0.25, 3.0]) == b"0.25\n3.0\n"
    assert serving.jsonlines_scores([0.25, 3.0]) == (
        b'{"score": 0.25}\n{"score": 3.0}\n'
    )
    assert json.loads(serving.json_scores([0.25, 3.0])) == {
        "predictions": [{"score": 0.25}, {"score": 3.0}]
    }


def test_several_numbers_of_one_row_stay_together():
    rows = [[0.25, 0.75], [0.5, 0.5]]
    assert serving.csv_lines(rows) == b"0.25,0.75\n0.5,0.5\n"
    assert json.loads(serving.json_scores(rows)) == {
        "predictions": [{"score": [0.25, 0.75]}, {"score": [0.5, 0.5]}]
    }
    assert serving.jsonlines_scores(rows).splitlines()[1] == b'{"score": [0.5, 0.5]}'
