"""CSV files to and from people's spreadsheets.

What is written is the same bytes for the same rows: UTF-8, one line end, text in
quotes, numbers bare. Names come from anybody, and a spreadsheet takes a cell that
begins with `=` for a formula, so text is written as the OWASP advises
(https://owasp.org/www-community/attacks/CSV_Injection): in double quotes, doubled where
they are part of it, and with a `'` before what would begin a formula, also after a
character at which some spreadsheet would begin a new cell.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from mlslab.errors import DataError

_FORMULA = re.compile(r'(^|[,;|"])(\s*)(?=[=+\-@＝＋－＠])')
#: Line ends, control characters, lone surrogates, and marks that turn the direction of
#: writing: shown by their escapes, so that a row is a line, and a name what it seems.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """One line of a sheet, by its number in the file (the first is 1)."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A CSV file as it was read; `columns` are lower case."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str
    rows: tuple[Row, ...]

    def error(self, row: Row, column: str, problem: str) -> DataError:
        """The error to raise for one cell."""
        return DataError(self.path, f"line {row.line}", column, problem)


def cell(text: str) -> str:
    """Text as a cell may hold it; the same again for what it has made."""
    shown = _SURROGATE.sub(_escape, _HIDDEN.sub(_escape, text))
    return _FORMULA.sub(r"\1'\2", shown)


def same(text: str) -> str:
    """What two ways of writing a name share: as a cell, composed, without blanks."""
    return unicodedata.normalize("NFC", cell(text.strip()))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half up, as people round: 0.125 to two decimals is 0.13."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def plain(value: Decimal) -> Decimal:
    """The number without zeros at its end: 7.50 as 7.5, 7.00 as 7."""
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


def lines(rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    """CSV text of rows of strings, numbers and None."""
    out = io.StringIO(newline="")
    csv.writer(
        out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC
    ).writerows([_written(value) for value in row] for row in rows)
    return out.getvalue()


def read_sheet(path: Path, required: Sequence[str]) -> Sheet:
    """Read what a person or a spreadsheet wrote, with commas or semicolons.

    Args:
        path: the file, UTF-8.
        required: columns that it has to have, in lower case; others may be there too.

    Raises:
        DataError: it cannot be read; names the line and the cure.
    """
    text = _read(path)
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = tuple(name.strip().lower() for name in next(reader, []))
        found = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DataError(
            path, f"line {reader.line_num}", "", f"{error}: save the file as CSV again"
        ) from None
    for name in required:
        if columns.count(name) != 1:
            raise DataError(
                path, "line 1", name, f"names the columns once: {','.join(required)}"
            )
    return Sheet(path, columns, delimiter, tuple(_rows(path, columns, found)))


def _rows(
    path: Path, columns: tuple[str, ...], found: list[tuple[int, list[str]]]
) -> Iterable[Row]:
    for line, cells in found:
        if not any(map(str.strip, cells)):
            continue
        if any(map(str.strip, cells[len(columns) :])):
            raise DataError(
                path,
                f"line {line}",
                "",
                f"more than {len(columns)} cells: a text with a comma goes in quotes",
            )
        padded = cells + [""] * (len(columns) - len(cells))
        yield Row(line, dict(zip(columns, map(str.strip, padded), strict=False)))


def _read(path: Path) -> str:
    try:
        # Spreadsheets put a mark at the beginning.
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(path, "", "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(path, "", "", "is not UTF-8: save it as CSV UTF-8") from None


def _written(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    return cell(value) if isinstance(value, str) else value


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
