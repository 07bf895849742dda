"""TO_STRING: the time format patterns of the SQL reference, as DuckDB SQL.

Source: "Date functions",
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-date.html
"""

import re
from collections.abc import Callable

from cloudlet.services.s3.select.errors import select_error

_TOKEN = re.compile(r"(?P<text>'(?:[^']|'')*')|(?P<letters>([A-Za-z])\3*)|(?P<other>.)")

_STRFTIME = {
    "yy": "%y",
    "yyyy": "%Y",
    "MM": "%m",
    "MMM": "%b",
    "MMMM": "%B",
    "dd": "%d",
    "d": "%-d",
    "M": "%-m",
    "a": "%p",
    "hh": "%I",
    "h": "%-I",
    "HH": "%H",
    "H": "%-H",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
}


def to_string(sql: str, pattern: str, bind: Callable[[str], str]) -> str:
    """SQL of the timestamp `sql` written by `pattern`; `bind` takes literal text.

    Raises:
        AwsError: EvaluatorInvalidTimestampFormatPatternSymbol for an unknown symbol,
            EvaluatorUnterminatedTimestampFormatPatternToken for an open quote.
    """
    parts: list[str] = []
    for match in _TOKEN.finditer(pattern):
        if match.lastgroup == "text" or match["text"]:
            text = match.group()[1:-1].replace("''", "'") or "'"
            parts.append(f"CAST({bind(text)} AS VARCHAR)")
        elif match["letters"]:
            parts.append(_symbol(sql, match.group()))
        elif match.group() == "'":
            raise select_error("EvaluatorUnterminatedTimestampFormatPatternToken")
        else:
            parts.append(f"CAST({bind(match.group())} AS VARCHAR)")
    return f"({' || '.join(parts)})" if parts else "''"


def _symbol(sql: str, letters: str) -> str:
    if letters in _STRFTIME:
        return f"strftime(ts_here({sql}), '{_STRFTIME[letters]}')"
    offset = f"coalesce(({sql}).o, 0)"
    if letters == "y":
        return f"CAST(year(ts_here({sql})) AS VARCHAR)"
    if letters == "MMMMM":
        return f"strftime(ts_here({sql}), '%b')[1]"
    if letters == "n":
        return f"CAST(microsecond(ts_here({sql})) % 1000000 * 1000 AS VARCHAR)"
    if re.fullmatch("S{1,9}", letters):
        digits = len(letters)
        return f"rpad(strftime(ts_here({sql}), '%f')[:{digits}], {digits}, '0')"
    if letters == "X":
        return f"CASE WHEN {offset} = 0 THEN 'Z' ELSE ts_hours({offset}, '')[:3] END"
    if letters in ("XX", "XXXX"):
        return f"ts_zone({offset}, '')"
    if letters in ("XXX", "XXXXX"):
        return f"ts_zone({offset}, ':')"
    if letters in ("x", "xx", "xxxx"):
        return f"ts_hours({offset}, ''){'[:3]' if letters == 'x' else ''}"
    if letters in ("xxx", "xxxxx"):
        return f"ts_hours({offset}, ':')"
    raise select_error("EvaluatorInvalidTimestampFormatPatternSymbol", f"({letters})")
