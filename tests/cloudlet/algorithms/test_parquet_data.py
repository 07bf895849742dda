import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cloudlet.algorithms.parquet_data import read_table
from cloudlet.runner.container import ClientError


@pytest.fixture
def write(tmp_path):
    def write(*tables):
        files = []
        for number, table in enumerate(tables):
            files.append(tmp_path / f"part={number}.parquet")
            pq.write_table(pa.table(table), files[-1])
        return files

    return write


def test_numbers_of_all_kinds_become_float32_by_place(write):
    first = {"label": [1, 0], "flag": [True, False], "x": [1.5, None]}
    second = {"y": [2], "other": [True], "z": [2**40 + 1.0]}
    table = read_table(write(first, second))
    assert {str(kind) for kind in table.schema.types} == {"float"}
    assert [column.to_pylist() for column in table.columns] == [
        [1, 0, 2],
        [1, 0, 1],
        [1.5, None, 2**40],
    ]


def test_a_text_column_is_refused_by_name(write):
    with pytest.raises(ClientError) as caught:
        read_table(write({"label": [1], "colour": ["red"]}))
    assert str(caught.value) == (
        "Failed to load parquet data with exception:\n"
        "column 'colour' is of type string, not a number"
    )


def test_files_of_different_widths_are_refused(write):
    with pytest.raises(ClientError, match="Failed to load parquet data"):
        read_table(write({"label": [1], "x": [1]}, {"label": [1]}))


def test_another_format_is_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"1,2,3\n")
    with pytest.raises(ClientError, match="Failed to load parquet data"):
        read_table([tmp_path / "a.parquet"])
