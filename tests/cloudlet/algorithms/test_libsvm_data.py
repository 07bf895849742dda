import numpy as np
import pytest

from cloudlet.algorithms.libsvm_data import parse_rows, read
from cloudlet.runner.container import ClientError


@pytest.fixture
def write(tmp_path):
    def write(*contents):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"part{number}")
            files[-1].write_text(content)
        return files

    return write


def test_indices_count_from_zero_and_files_are_joined(write):
    data = read(write("1 0:1.5 2:3 # note\n", "\n0 1:2\n"))
    assert data.features.toarray().tolist() == [[1.5, 0, 3], [0, 2, 0]]
    assert data.features.dtype == np.float32
    assert data.labels.tolist() == [1, 0]
    assert data.weights is None
    assert data.query_ids is None


def test_explicit_zeros_are_kept_as_they_are_not_missing(write):
    assert read(write("1 0:0 1:2\n")).features.nnz == 2


def test_weights_follow_the_label(write):
    data = read(write("1:0.5 0:1\n0:2 0:3\n\n1 0:4\n"))
    assert data.weights is not None
    assert data.weights.tolist() == [0.5, 2, 1]
    assert data.labels.tolist() == [1, 0, 1]


def test_query_ids_group_rows(write):
    data = read(write("1 qid:1 0:1\n0 qid:1 0:2\n0 qid:2 0:3\n"))
    assert data.query_ids is not None
    assert data.query_ids.tolist() == [1, 1, 2]


@pytest.mark.parametrize("line", ["1,2,3", "red 0:1", "1 0:1 2", "1 a:2", "1 0:red"])
def test_another_format_is_named_with_its_first_line(write, line):
    with pytest.raises(ClientError) as caught:
        read(write(f"{line}\n"))
    assert str(caught.value) == (
        f"First line '{line}...' of file 'part0' is not 'LIBSVM' format. "
        "Please ensure the file is in 'LIBSVM' format."
    )


@pytest.mark.parametrize("content", ["1 0:1\n0 red\n", "1:1 0:1\n0:red 0:1\n"])
def test_a_bad_later_line_is_a_client_error(write, content):
    with pytest.raises(ClientError, match="Failed to load libsvm data with exception"):
        read(write(content))


def test_a_payload_may_have_labels_or_not():
    for text in ("0:1 2:3\n1:2\n", "1 0:1 2:3\n0 1:2\n", "1 qid:7 0:1 2:3\n0 1:2"):
        rows, width = parse_rows(text)
        assert width == 3
        assert rows.toarray().tolist() == [[1, 0, 3], [0, 2, 0]]


def test_a_payload_line_without_features_is_a_row():
    rows, width = parse_rows("1\n0 0:2\n")
    assert (rows.shape, width) == ((2, 1), 1)


@pytest.mark.parametrize("text", ["a:1", "0:red", "0:1:2", "-1:2"])
def test_an_unreadable_payload_is_a_value_error(text):
    with pytest.raises(ValueError):
        parse_rows(text)
