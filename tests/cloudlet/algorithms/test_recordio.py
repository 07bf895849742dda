import struct

import pytest

from cloudlet.algorithms import recordio


@pytest.mark.parametrize(
    "records", [[], [b""], [b"a", b"bc", b"def", b"four", b"5" * 99]]
)
def test_what_is_written_is_read(records):
    stream = recordio.write(records)
    assert list(recordio.read(stream)) == records
    assert len(stream) % 4 == 0


def test_a_record_in_parts_is_joined_by_the_magic_number():
    magic = struct.pack("<I", recordio.MAGIC)
    parts = [(1, b"ab"), (2, b"cd"), (3, b"e")]
    stream = b"".join(
        magic
        + struct.pack("<I", flag << 29 | len(data))
        + data
        + b"\0" * (-len(data) % 4)
        for flag, data in parts
    )
    assert list(recordio.read(stream)) == [b"ab" + magic + b"cd" + magic + b"e"]


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        (b"label,1,2\n", "no RecordIO header at byte 0"),
        (recordio.write([b"abcdef"])[:-4], "ends within the record at byte 0"),
        (recordio.write([b"abcd"]) + b"\x0a#", "ends within a header at byte 12"),
        (recordio.write([b"abcd"]) + b"x" * 8, "no RecordIO header at byte 12"),
        (struct.pack("<II", recordio.MAGIC, 3 << 29), "do not fit together"),
        (struct.pack("<II", recordio.MAGIC, 1 << 29), "within a record of several"),
    ],
)
def test_what_is_broken_is_said_with_its_place(stream, says):
    with pytest.raises(ValueError, match=says):
        list(recordio.read(stream))
