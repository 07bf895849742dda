"""What CSV and JSON share: UTF-8, the record limit, scan ranges."""

from cloudlet.errors import AwsError
from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.request import ScanRange

# "The maximum length of a record in the input or result is 1 MB."
MAX_RECORD_BYTES = 1024**2
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def check_text(body: bytes) -> bytes:
    """`body` without a byte order mark.

    Raises:
        AwsError: InvalidTextEncoding, worded as the service words it, if not UTF-8.
    """
    if not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise AwsError(
                "UTF-8 encoding is required. The text encoding error was found near "
                f"byte {error.start:,}.",
                code="InvalidTextEncoding",
            ) from error
    return body.removeprefix(_BYTE_ORDER_MARK)


def check_record_lengths(body: bytes, delimiter: bytes) -> None:
    """Refuse text with a record over `MAX_RECORD_BYTES`.

    Raises:
        AwsError: OverMaxRecordSize.
    """
    start = 0
    while len(body) - start > MAX_RECORD_BYTES:
        # The last delimiter in reach: everything up to it is in short records.
        end = body.rfind(delimiter, start, start + MAX_RECORD_BYTES + len(delimiter))
        if end < 0:
            raise select_error("OverMaxRecordSize")
        start = end + len(delimiter)


def scanned(
    body: bytes, delimiter: bytes, scan_range: ScanRange | None
) -> tuple[int, int]:
    """Where the records begin and end whose first byte is in the scan range.

    Raises:
        AwsError: InvalidScanRange if the range begins past the end of the object.
    """
    if scan_range is None:
        return 0, len(body)
    first, last = scan_range.within(len(body))
    if first >= len(body) > 0:
        raise select_error("InvalidScanRange")
    return _record_start(body, delimiter, first), _record_start(
        body, delimiter, last + 1
    )


def _record_start(body: bytes, delimiter: bytes, position: int) -> int:
    if position <= 0:
        return 0
    found = body.find(delimiter, max(position - len(delimiter), 0))
    return len(body) if found < 0 else found + len(delimiter)
