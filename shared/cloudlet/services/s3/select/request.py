"""The request of SelectObjectContent, checked and typed.

Source: the shapes InputSerialization, OutputSerialization and ScanRange of botocore's
s3 model, and AWS's list of SELECT Object Content error codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudlet.errors import AwsError
from cloudlet.services.s3.select.errors import select_error


@dataclass(frozen=True)
class CsvFormat:
    """How CSV is written; an empty quote means that there is no quoting."""

    field_delimiter: str = ","
    record_delimiter: str = "\n"
    quote: str = '"'
    quote_escape: str = '"'


@dataclass(frozen=True)
class CsvInput:
    """CSV to be read; `header` is NONE, IGNORE or USE."""

    format: CsvFormat
    header: str = "NONE"
    comments: str = "#"
    quoted_record_delimiter: bool = False


@dataclass(frozen=True)
class JsonInput:
    """JSON to be read: LINES, or DOCUMENT (values after each other)."""

    lines: bool


@dataclass(frozen=True)
class ParquetInput:
    """Parquet to be read."""


@dataclass(frozen=True)
class CsvOutput:
    """CSV to be written."""

    format: CsvFormat
    always_quote: bool = False


@dataclass(frozen=True)
class JsonOutput:
    """JSON to be written, one object a record."""

    record_delimiter: str = "\n"


@dataclass(frozen=True)
class ScanRange:
    """Bytes of the object in which a record must begin; both ends inclusive.

    `start` None with an `end` means the last `end` bytes.
    """

    start: int | None
    end: int | None

    def within(self, size: int) -> tuple[int, int]:
        """First and last byte position in an object of `size` bytes."""
        if self.start is None:
            return max(size - (self.end or 0), 0), size - 1
        return self.start, size - 1 if self.end is None else min(self.end, size - 1)


@dataclass(frozen=True)
class Request:
    """A checked request."""

    expression: str
    input: CsvInput | JsonInput | ParquetInput
    compression: str
    output: CsvOutput | JsonOutput
    scan_range: ScanRange | None


def parse_request(request: Mapping[str, Any]) -> Request:
    """Check the request's members, under their boto3 names.

    Raises:
        AwsError: MissingRequiredParameter, InvalidExpressionType, InvalidDataSource,
            ObjectSerializationConflict, InvalidFileHeaderInfo, InvalidJsonType,
            InvalidQuoteFields, InvalidCompressionFormat, InvalidScanRange,
            UnsupportedScanRangeInput or InvalidRequestParameter.
    """
    members = (
        "Expression",
        "ExpressionType",
        "InputSerialization",
        "OutputSerialization",
    )
    for member in members:
        if request.get(member) in (None, ""):
            raise _missing(member)
    if str(request["ExpressionType"]).upper() != "SQL":
        raise select_error("InvalidExpressionType")
    source = _input(request["InputSerialization"])
    compression = _compression(request["InputSerialization"], source)
    scan_range = _scan_range(request.get("ScanRange"))
    if scan_range and not _can_scan_range(source, compression):
        raise select_error("UnsupportedScanRangeInput")
    output = _output(request["OutputSerialization"])
    return Request(str(request["Expression"]), source, compression, output, scan_range)


def _missing(member: str) -> AwsError:
    # The service answers so (aws-sdk-java issue 1609), more precise than its list.
    return AwsError(
        f"{member} is required. Please check the service documentation and try again.",
        code="MissingRequiredParameter",
    )


def _one_format(
    serialization: Mapping[str, Any], formats: tuple[str, ...]
) -> tuple[str, Mapping[str, Any]]:
    named = [name for name in formats if serialization.get(name) is not None]
    if len(named) > 1:
        raise select_error("ObjectSerializationConflict")
    if not named:
        raise select_error("InvalidDataSource")
    return named[0], serialization[named[0]]


def _input(serialization: Mapping[str, Any]) -> CsvInput | JsonInput | ParquetInput:
    name, options = _one_format(serialization, ("CSV", "JSON", "Parquet"))
    if name == "Parquet":
        return ParquetInput()
    if name == "JSON":
        return _json_input(options)
    header = str(options.get("FileHeaderInfo") or "NONE").upper()
    if header not in ("NONE", "IGNORE", "USE"):
        raise select_error("InvalidFileHeaderInfo")
    return CsvInput(
        _csv_format(options),
        header,
        _character(options, "Comments", "#", optional=True),
        options.get("AllowQuotedRecordDelimiter") is True,
    )


def _json_input(options: Mapping[str, Any]) -> JsonInput:
    kind = options.get("Type")
    if not kind:
        raise _missing("Type")
    if str(kind).upper() not in ("DOCUMENT", "LINES"):
        raise select_error("InvalidJsonType")
    return JsonInput(lines=str(kind).upper() == "LINES")


def _compression(
    serialization: Mapping[str, Any], source: CsvInput | JsonInput | ParquetInput
) -> str:
    compression = str(serialization.get("CompressionType") or "NONE").upper()
    known = compression in ("NONE", "GZIP", "BZIP2")
    # "Amazon S3 Select doesn't support whole-object compression for Parquet objects."
    whole_parquet = compression != "NONE" and isinstance(source, ParquetInput)
    if not known or whole_parquet:
        raise select_error("InvalidCompressionFormat")
    return compression


def _csv_format(options: Mapping[str, Any]) -> CsvFormat:
    record = options.get("RecordDelimiter")
    record = "\n" if record is None else str(record)
    if len(record) not in (1, 2):
        raise select_error("InvalidRequestParameter", "(RecordDelimiter)")
    quote = _character(options, "QuoteCharacter", '"', optional=True)
    # Unless said otherwise a quote is escaped by doubling it.
    escape = _character(options, "QuoteEscapeCharacter", quote, optional=True)
    field = _character(options, "FieldDelimiter", ",")
    chosen = CsvFormat(field, record, quote, (escape or quote) if quote else "")
    taken = (chosen.quote, chosen.record_delimiter, "\n", "\r")
    if chosen.field_delimiter in taken:
        raise select_error("InvalidRequestParameter", "(FieldDelimiter)")
    return chosen


def _character(
    options: Mapping[str, Any], member: str, default: str, *, optional: bool = False
) -> str:
    value = options.get(member)
    if value is None:
        return default
    if len(str(value)) == 1 or (optional and value == ""):
        return str(value)
    raise select_error("InvalidRequestParameter", f"({member})")


def _output(serialization: Mapping[str, Any]) -> CsvOutput | JsonOutput:
    name, options = _one_format(serialization, ("CSV", "JSON"))
    if name == "JSON":
        delimiter = options.get("RecordDelimiter")
        return JsonOutput("\n" if delimiter is None else str(delimiter))
    quote_fields = str(options.get("QuoteFields") or "ASNEEDED").upper()
    if quote_fields not in ("ALWAYS", "ASNEEDED"):
        raise select_error("InvalidQuoteFields")
    return CsvOutput(_csv_format(options), quote_fields == "ALWAYS")


def _scan_range(scan_range: Mapping[str, Any] | None) -> ScanRange | None:
    if scan_range is None:
        return None
    start, end = scan_range.get("Start"), scan_range.get("End")
    bounds = [int(bound) for bound in (start, end) if bound is not None]
    if not bounds or min(bounds) < 0 or bounds != sorted(bounds):
        raise select_error("InvalidScanRange")
    return ScanRange(start, end)


def _can_scan_range(
    source: CsvInput | JsonInput | ParquetInput, compression: str
) -> bool:
    # "Amazon S3 Select scan range requests support Parquet, CSV (without quoted
    # delimiters), and JSON objects (in LINES mode only)", uncompressed.
    if isinstance(source, CsvInput):
        return compression == "NONE" and not source.quoted_record_delimiter
    if isinstance(source, JsonInput):
        return compression == "NONE" and source.lines
    return True
