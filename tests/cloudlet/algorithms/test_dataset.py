import numpy as np
import pytest
from built_in import CSV, CSV_LABELLED, RECORDS, csv, records

from cloudlet.algorithms import dataset
from cloudlet.runner.container import ClientError

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)
LABELS = np.array([1, 0, 0, 1], np.float32)


def load(make, files, content_type, labelled=False):
    container = make({}, {"train": files}, content_type)
    return dataset.load(container, "train", labelled=labelled)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (csv(ROWS, LABELS), CSV_LABELLED),
        (csv(ROWS, LABELS), "text/csv; label_size=1"),
        (records(ROWS, LABELS), RECORDS),
    ],
)
def test_labels_come_first_and_are_dropped_where_nobody_needs_them(
    make_container, content, content_type
):
    data = load(make_container, {"a": content}, content_type, labelled=True)
    np.testing.assert_array_equal(data.features, ROWS)
    np.testing.assert_array_equal(data.labels, LABELS)
    assert load(make_container, {"a": content}, content_type).labels is None


def test_files_are_read_in_the_order_of_their_names(make_container):
    data = load(make_container, {"b": csv(ROWS[2:]), "a": csv(ROWS[:2])}, CSV)
    np.testing.assert_array_equal(data.features, ROWS)


@pytest.mark.parametrize(
    ("files", "content_type", "labelled", "says"),
    [
        ({"a": csv(ROWS)}, CSV, True, "has no labels"),
        ({"a": records(ROWS)}, RECORDS, True, "has no labels"),
        ({"a": b"nan,1\n1,2"}, CSV_LABELLED, True, "label is missing or NaN"),
        ({"a": b"1,inf\n1,2"}, CSV, False, "NaN or infinite"),
        ({"a": b"1,2", "b": b"1,2,3"}, CSV, False, "different numbers of columns"),
        (
            {"a": records(ROWS), "b": records(ROWS[:, :2])},
            RECORDS,
            False,
            r"different numbers of features: \[2, 3\]",
        ),
        ({"a": b"1\n2"}, "text/csv;label_size=2", False, "has to be 0 or 1"),
        ({"a": b"x,y\n1,2"}, CSV, False, "header line"),
        ({"a": b""}, CSV, False, "no row"),
        ({"a": b"{}"}, "application/json", False, "is not supported"),
    ],
)
def test_what_cannot_be_used_is_named(
    make_container, files, content_type, labelled, says
):
    with pytest.raises(ClientError, match=says):
        load(make_container, files, content_type, labelled)


def test_the_width_is_held_against_feature_dim(make_container):
    data = load(make_container, {"a": csv(ROWS)}, CSV)
    dataset.check_width(data, 3, "train")
    dataset.check_width(data, None, "train")
    with pytest.raises(ClientError, match=r"'train' has 3 features, .* is 4"):
        dataset.check_width(data, 4, "train")
