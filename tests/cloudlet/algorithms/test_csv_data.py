import numpy as np
import pytest

from cloudlet.algorithms import csv_pieces
from cloudlet.algorithms.csv_data import parse_rows, read
from cloudlet.runner.container import ClientError


@pytest.fixture
def write(tmp_path):
    def write(*contents):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"part{number}.csv")
            files[-1].write_text(content, encoding="utf-8")
        return files

    return write


def _same(files, wanted):
    labels, features = read(files, "XGBoost", 1)
    assert labels.dtype == features.dtype == np.float32
    np.testing.assert_array_equal(np.column_stack([labels, features]), wanted)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_the_delimiter_is_found(write, delimiter, capsys):
    files = write("1,2.5,3\n4,5,6\n".replace(",", delimiter))
    _same(files, [[1, 2.5, 3], [4, 5, 6]])
    said = f"Determined delimiter of CSV input is '{delimiter}'"
    assert said in capsys.readouterr().out


def test_files_are_joined_and_empty_fields_are_null(write):
    files = write("1,,3\n", "\ufeff4,5,\r\n\r\n")
    _same(files, [[1, np.nan, 3], [4, 5, np.nan]])


@pytest.mark.parametrize("size", [1, 7, 64])
def test_pieces_of_any_size_give_the_same_rows(write, monkeypatch, size):
    monkeypatch.setattr(csv_pieces, "PIECE", size)
    first = "".join(f"{row},-{row}.5\n" for row in range(100))
    files = write("100000,1e10\r\n" + first, "7,8", "\ufeff9,\n\n\n,10\n")
    wanted = [[row, -row - 0.5] for row in range(100)]
    rest = [[7, 8], [9, np.nan], [np.nan, 10]]
    wanted[0] = [0, -0.5]
    _same(files, [[100000, 1e10], *wanted, *rest])


def test_a_bad_row_beyond_the_first_piece_has_its_number(write, monkeypatch):
    monkeypatch.setattr(csv_pieces, "PIECE", 64)
    files = write("1,2\n" * 1000 + "1,2,3\n" + "1,2\n" * 1000)
    with pytest.raises(ClientError, match=r"Row #1001: Expected 2 columns, got 3"):
        read(files, "XGBoost", 1)


def test_no_column_is_left_for_features(write):
    with pytest.raises(ValueError, match=r"no features: the data have 2 column\(s\)"):
        read(write("1,2\n"), "XGBoost", 2)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (
            ["label,age,height\n1,2,3\n"],
            "Non-numeric value 'label' found in the header line 'label,age,height...' "
            "of file 'part0.csv'. CSV format require no header line in it. If header "
            "line is already removed, XGBoost does not accept non-numeric value in "
            "the data.",
        ),
        (
            ["1,2\n", "label,age\n"],
            "Non-numeric value 'label' found in the header line 'label,age...' of "
            "file 'part1.csv'.",
        ),
        (
            ["1 0:0.5 1:2\n"],
            "First line '1 0:0.5 1:2...' of file 'part0.csv' is not 'CSV' format. "
            "Please ensure the file is in 'CSV' format.",
        ),
        (["1\n2\n"], "Could not determine delimiter on line 1:"),
        (["\n1,2\n"], "Could not determine delimiter on line :"),
        (["1,2,3\n4,5\n"], "Failed to load csv data with exception:"),
        (["1,2,3\n4,5,red\n"], "Failed to load csv data with exception:"),
        (["1,2\n", "1,2,3\n"], "files have different numbers of columns: [2, 3]"),
    ],
)
def test_each_fault_has_its_message(write, contents, message):
    with pytest.raises(ClientError) as caught:
        read(write(*contents), "XGBoost", 1)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("1,2,3\n4,5\n", ("Expected 3 columns, got 2", "part0.csv")),
        ("1,2,3\n4,5,red\n", ("red", "part0.csv")),
    ],
)
def test_a_bad_row_is_shown_with_its_file(write, content, parts):
    with pytest.raises(ClientError) as caught:
        read(write(content), "XGBoost", 1)
    assert all(part in str(caught.value) for part in parts)


def test_a_payload_becomes_a_float32_matrix():
    rows = parse_rows("1,,2.5\r\n 4 ,nan,1e3\n")
    assert rows.dtype == np.float32
    expected = [[1, np.nan, 2.5], [4, np.nan, 1000]]
    np.testing.assert_array_equal(rows, np.array(expected, dtype=np.float32))


def test_a_payload_of_single_values_has_one_column():
    assert parse_rows("1\n2\n").shape == (2, 1)


@pytest.mark.parametrize("text", ["", " \n", "1,2\n3", "1,red"])
def test_an_unreadable_payload_is_a_value_error(text):
    with pytest.raises(ValueError):
        parse_rows(text)
