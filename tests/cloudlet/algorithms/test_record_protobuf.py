import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from cloudlet.algorithms import record_protobuf, recordio

ROWS = np.array([[1.5, 0, -2], [0, 0, 3]], np.float32)
SDK_V2 = Path(__file__).parents[3] / ".venv-sdk-v2" / "bin" / "python"


def test_dense_rows_and_labels_survive():
    data = record_protobuf.read(record_protobuf.write(ROWS, [1, 0]))
    np.testing.assert_array_equal(data.features, ROWS)
    np.testing.assert_array_equal(data.labels, [1, 0])
    assert data.features.dtype == np.float32


def test_sparse_rows_stay_sparse():
    data = record_protobuf.read(record_protobuf.write(csr_matrix(ROWS)))
    assert data.is_sparse
    np.testing.assert_array_equal(data.dense(), ROWS)
    assert data.labels is None


def test_a_row_without_a_label_among_others_has_nan():
    stream = record_protobuf.write(ROWS[:1], [1]) + record_protobuf.write(ROWS[1:])
    labels = record_protobuf.read(stream).labels
    assert labels[0] == 1
    assert np.isnan(labels[1])


@pytest.mark.parametrize("sparse", [False, True])
def test_sdk_v2_writes_the_same_rows(tmp_path, sparse):
    if not SDK_V2.exists():
        pytest.skip("SDK v2 is not installed")
    program = (
        "import sys, numpy, scipy.sparse, sagemaker.amazon.common as common\n"
        "rows = numpy.array([[1.5, 0, -2], [0, 0, 3]], numpy.float32)\n"
        "labels = numpy.array([1, 0], numpy.float32)\n"
        "with open(sys.argv[1], 'wb') as file:\n"
        "    if sys.argv[2] == 'True':\n"
        "        matrix = scipy.sparse.csr_matrix(rows)\n"
        "        common.write_spmatrix_to_sparse_tensor(file, matrix, labels)\n"
        "    else:\n"
        "        common.write_numpy_to_dense_tensor(file, rows, labels)\n"
    )
    path = tmp_path / "rows"
    subprocess.run([SDK_V2, "-c", program, path, str(sparse)], check=True, timeout=120)
    data = record_protobuf.read(path.read_bytes())
    assert data.is_sparse == sparse
    np.testing.assert_array_equal(data.dense(), ROWS)
    np.testing.assert_array_equal(data.labels, [1, 0])


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (recordio.write([b"\xff\xff"]), "no protobuf message"),
        (recordio.write([b""]), "a record has no features"),
        (
            record_protobuf.write(ROWS) + record_protobuf.write(ROWS[:, :2]),
            r"different numbers of features: \[2, 3\]",
        ),
    ],
)
def test_bad_records_are_said(stream, says):
    with pytest.raises(ValueError, match=says):
        record_protobuf.read(stream)


def test_a_key_beyond_the_shape_is_said():
    record = record_protobuf.record_class()()
    tensor = record.features["values"].float32_tensor
    tensor.values.append(1)
    tensor.keys.append(7)
    tensor.shape.append(5)
    with pytest.raises(ValueError, match="keys from 7 to 7, its shape is 5"):
        record_protobuf.read(recordio.write([record.SerializeToString()]))
