"""CSV objects: pyarrow's reader for regular files, Python's for all others.

A file is regular when every record has the same number of fields and records are
lines. The rest (short records, quoted record delimiters, fields that hold newlines
under another record delimiter) is read by the standard library, slower.
"""

import csv
from collections.abc import Callable, Iterator
from typing import Any

from cloudlet.errors import AwsError
from cloudlet.services.s3.select.errors import select_error
from cloudlet.services.s3.select.output import quoted
from cloudlet.services.s3.select.relation import (
    StarRow,
    Type,
    Value,
    find_column,
    too_nested,
    without_alias,
)
from cloudlet.services.s3.select.request import CsvInput, CsvOutput, ScanRange
from cloudlet.services.s3.select.syntax import Name, Path, Query
from cloudlet.services.s3.select.text import (
    MAX_RECORD_BYTES,
    check_record_lengths,
    check_text,
    scanned,
)

# Stand-ins for line ends inside of fields, from Unicode's non-characters.
_STAND_INS = {"\n": "\ufdd0", "\r": "\ufdd1"}
_BLOCK_BYTES = 8 * 1024**2


class CsvRelation:
    """A CSV object opened for one query; every column is a string."""

    def __init__(
        self, body: bytes, options: CsvInput, scan_range: ScanRange | None, query: Query
    ) -> None:
        """Read the header.

        Raises:
            AwsError: InvalidTextEncoding, OverMaxRecordSize, CSVParsingError,
                CSVUnescapedQuote, CSVEscapingRecordDelimiter, InvalidKeyPath.
        """
        if query.source:
            raise select_error("InvalidKeyPath")
        self._query = query
        self._options = options
        delimiter = options.format.record_delimiter.encode()
        text = check_text(body)
        check_record_lengths(text, delimiter)
        start, end = scanned(text, delimiter, scan_range)
        self.bytes_scanned = self.bytes_processed = end - start
        self._text = self._without_comments(self._with_newlines(text, delimiter))
        first, lines = self._first_record(self._text)
        self._header = first if options.header == "USE" else None
        self._width = len(first)
        if scan_range is not None:
            ranged = self._with_newlines(text[start:end], delimiter)
            self._text = self._without_comments(ranged)
        has_header = options.header != "NONE" and start == 0
        skip = _line_end(self._text, lines) if has_header else 0
        self._data = memoryview(self._text)[skip:]
        self._wanted: set[int] = set()
        self._rows: list[list[str]] | None = None
        self._written: list[str] | None = None
        self._regular: Any = None

    # The query's side

    def resolve(self, path: Path) -> Value:
        """The string column at `path`, by header or by position (`_1`).

        Raises:
            AwsError: MissingHeaders, AmbiguousFieldName, InvalidColumnIndex,
                InvalidKeyPath, InvalidTableAlias.
        """
        steps = without_alias(path, self._query) or path.steps
        name = steps[0]
        if len(steps) != 1 or not isinstance(name, Name):
            raise too_nested(steps)
        position = _position(name, self._header)
        if position is None:
            position = find_column(name, self._header or [], "MissingHeaders")
        elif position >= self._width:
            self._widen(position)
        return self._column(position)

    def star(self, output: CsvOutput | None) -> list[tuple[str, Value]] | StarRow:
        """All columns, by header or `_1`, `_2`, …; a short record stays short."""
        self._wanted.update(range(self._width))
        if self._regular_table() is None:
            rows = self._read_rows()
            if output is not None:
                self._written = [_written(row, output) for row in rows]
                return StarRow("written")
        names = list(self._header or [])
        names += [f"_{i + 1}" for i in range(len(names), self._width)]
        return [(name, self._column(i)) for i, name in enumerate(names)]

    def _column(self, position: int) -> Value:
        self._wanted.add(position)
        column = f"c{position}"
        return Value(column, Type.STRING, untyped=True, missing=f"{column} IS NULL")

    def _widen(self, position: int) -> None:
        if self._read_rows() and position >= self._width:
            raise select_error("InvalidColumnIndex", f"(_{position + 1})")

    # The file's side

    def table(self) -> Any:
        """The columns asked for; NULL where a record is too short to have it."""
        import pyarrow

        table = self._regular_table()
        if table is not None:
            return table
        rows = self._read_rows()
        columns = {
            f"c{i}": pyarrow.array(
                [row[i] if i < len(row) else None for row in rows], pyarrow.string()
            )
            for i in sorted(self._wanted) or [0]
        }
        if self._written is not None:
            columns["written"] = pyarrow.array(self._written, pyarrow.string())
        return pyarrow.table(columns)

    def _regular_table(self) -> Any:
        """The columns asked for of a regular file, None of another."""
        wanted = sorted(self._wanted) or [0]
        if self._regular is not None and len(wanted) <= self._regular.num_columns:
            return self._regular
        if self._rows is None and not self._needs_python() and self._data.nbytes:
            self._regular = self._read_with_pyarrow(wanted)
            return self._regular
        return None

    def _read_with_pyarrow(self, wanted: list[int]) -> Any:
        import pyarrow
        from pyarrow import csv as arrow_csv

        names = [f"c{i}" for i in range(self._width)]
        options = self._options.format
        doubled = options.quote_escape == options.quote
        try:
            return arrow_csv.read_csv(
                pyarrow.BufferReader(pyarrow.py_buffer(self._data)),
                read_options=arrow_csv.ReadOptions(
                    column_names=names, block_size=_BLOCK_BYTES
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=options.field_delimiter,
                    quote_char=options.quote or False,
                    double_quote=doubled,
                    escape_char=False if doubled else options.quote_escape,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types={name: pyarrow.string() for name in names},
                    include_columns=[f"c{i}" for i in wanted],
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
        except pyarrow.ArrowInvalid:
            # Records of different lengths: S3 Select takes them, pyarrow does not.
            return None

    def _read_rows(self) -> list[list[str]]:
        if self._rows is None:
            self._rows = [row for row, _ in self._records(bytes(self._data))]
            widest = max((len(row) for row in self._rows), default=0)
            self._width = max(self._width, widest)
        return self._rows

    def _records(self, text: bytes) -> Iterator[tuple[list[str], int]]:
        """Each record with the number of lines read so far."""
        options = self._options.format
        doubled = options.quote_escape == options.quote
        csv.field_size_limit(2 * MAX_RECORD_BYTES)
        content = text.decode(errors="ignore")
        restore = _restorer(content)
        lines = _Lines(content, self._options.comments)
        reader = csv.reader(
            lines,
            delimiter=options.field_delimiter,
            quotechar=options.quote or None,
            quoting=csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE,
            doublequote=doubled,
            escapechar=None if doubled else options.quote_escape,
        )
        try:
            for row in reader:
                self._check_lines(lines)
                if row:
                    yield restore(row), lines.read
                lines.within_record = 0
        except csv.Error as error:
            raise select_error("CSVParsingError") from error

    def _check_lines(self, lines: "_Lines") -> None:
        if lines.ended:
            # The reader wanted another line to close a quote.
            raise select_error("CSVUnescapedQuote")
        if lines.within_record > 1 and not self._options.quoted_record_delimiter:
            raise select_error("CSVEscapingRecordDelimiter")

    def _first_record(self, text: bytes) -> tuple[list[str], int]:
        return next(self._records(text[: 2 * MAX_RECORD_BYTES]), ([], 0))

    def _needs_python(self) -> bool:
        options = self._options.format
        one_byte = options.field_delimiter + options.quote + options.quote_escape
        if not one_byte.isascii() or self._has_comments(self._text):
            return True
        if any(stand_in.encode() in self._text for stand_in in _STAND_INS.values()):
            return True
        return bool(options.quote) and self._has_open_quote()

    def _has_open_quote(self) -> bool:
        """Whether some line end may be inside quotes: an odd number before it."""
        import numpy

        options = self._options.format
        if options.quote.encode() not in self._text:
            return False
        if options.quote_escape != options.quote:
            return True
        data = numpy.frombuffer(self._data, numpy.uint8)
        quotes = numpy.flatnonzero(data == ord(options.quote))
        ends = numpy.append(numpy.flatnonzero(data == ord("\n")), len(data))
        return bool((numpy.searchsorted(quotes, ends) & 1).any())

    def _with_newlines(self, text: bytes, delimiter: bytes) -> bytes:
        r"""`text` with records on lines that end in \n, and no other \n or \r."""
        if delimiter != b"\n":
            records = text.split(delimiter)
            if b"\n" in text:
                stand_in = _STAND_INS["\n"].encode()
                records = [record.replace(b"\n", stand_in) for record in records]
            text = b"\n".join(records)
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").removesuffix(b"\r")
            text = text.replace(b"\r", _STAND_INS["\r"].encode())
        return text

    def _has_comments(self, text: bytes) -> bool:
        mark = self._options.comments.encode()
        return bool(mark) and (text.startswith(mark) or b"\n" + mark in text)

    def _without_comments(self, text: bytes) -> bytes:
        if self._options.quoted_record_delimiter or not self._has_comments(text):
            # Inside quotes a line may begin with the mark: `_Lines` tells them apart.
            return text
        mark = self._options.comments.encode()
        lines = text.split(b"\n")
        return b"\n".join(line for line in lines if not line.startswith(mark))


class _Lines:
    """The lines of a text, comments left out where a record begins."""

    def __init__(self, text: str, comments: str) -> None:
        self._lines = iter(text.split("\n"))
        self._comments = comments
        self.read = 0
        self.within_record = 0
        self.ended = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            line = next(self._lines)
            self.read += 1
            while self._is_comment(line):
                line = next(self._lines)
                self.read += 1
        except StopIteration:
            self.ended = True
            raise
        self.within_record += 1
        return line + "\n"

    def _is_comment(self, line: str) -> bool:
        at_start = self.within_record == 0 and bool(self._comments)
        return at_start and line.startswith(self._comments)


def _restorer(text: str) -> Callable[[list[str]], list[str]]:
    """What gives fields their own line ends back."""
    used = {mark: end for end, mark in _STAND_INS.items() if mark in text}
    if not used:
        return lambda row: row
    table = str.maketrans(used)
    return lambda row: [field.translate(table) for field in row]


def _written(row: list[str], output: CsvOutput) -> str:
    fields = (quoted(text, output.format, always=output.always_quote) for text in row)
    return output.format.field_delimiter.join(fields)


def _line_end(text: bytes, lines: int) -> int:
    position = 0
    for _ in range(lines):
        found = text.find(b"\n", position)
        if found < 0:
            return len(text)
        position = found + 1
    return position


def _position(name: Name, header: list[str] | None) -> int | None:
    """The zero-based position that `_N` means."""
    digits = name.text[1:]
    if not (name.text.startswith("_") and digits.isdecimal() and len(digits) < 10):
        return None
    if name.quoted and name.text in (header or []):
        return None
    if int(digits) == 0:
        raise _bad_index(name)
    return int(digits) - 1


def _bad_index(name: Name) -> AwsError:
    return select_error("InvalidColumnIndex", f"({name.text})")
