import pytest

from cloudlet.algorithms.formats import (
    DataFormat,
    UnknownContentType,
    data_format,
    media_type,
)


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("text/csv", DataFormat.CSV),
        ("csv", DataFormat.CSV),
        ("TEXT/CSV; label_size=1; charset=utf8", DataFormat.CSV),
        ("text/csv;label_size=1", DataFormat.CSV),
        ("text/libsvm", DataFormat.LIBSVM),
        ("text/x-libsvm; charset=utf8", DataFormat.LIBSVM),
        ("libsvm", DataFormat.LIBSVM),
        ("application/x-parquet", DataFormat.PARQUET),
        ("application/x-recordio-protobuf", DataFormat.RECORDIO_PROTOBUF),
        (None, DataFormat.LIBSVM),
        ("", DataFormat.LIBSVM),
    ],
)
def test_content_types_name_their_format(content_type, form):
    assert data_format(content_type, DataFormat.LIBSVM) is form


def test_an_unknown_content_type_is_answered_with_the_known_ones():
    with pytest.raises(UnknownContentType) as caught:
        data_format("application/json", DataFormat.CSV)
    assert str(caught.value) == (
        "application/json is not an accepted ContentType: csv, libsvm, parquet, "
        "recordio-protobuf, text/csv, text/libsvm, text/x-libsvm, "
        "application/x-parquet, application/x-recordio-protobuf."
    )


def test_csv_has_one_label_column():
    with pytest.raises(UnknownContentType, match="label_size must be equal to 1"):
        data_format("text/csv; label_size=0", DataFormat.CSV)


def test_a_media_type_is_split_from_its_parameters():
    assert media_type("Text/CSV;Label_Size=2") == ("text/csv", {"label_size": "2"})
