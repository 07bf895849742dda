"""DuckDB macros: S3 Select's conversions, comparisons and timestamps.

How the types stand in DuckDB: string VARCHAR, int BIGINT, decimal DECIMAL(38,18),
float DOUBLE, bool BOOLEAN. A timestamp is a struct: `t` the instant in UTC, `o` its
local offset in minutes (NULL: unknown), `p` its precision (1 year, 2 month, 3 day,
4 minute, 5 second) and `f` the digits of its fraction of a second. A value whose type
only the record knows is a struct: `k` its kind (2 bool, 3 int, 4 float, 5 string,
6 nested, 7 timestamp), `i`, `d` and `s` the value as BIGINT, DOUBLE and VARCHAR.

Errors that only a record shows leave DuckDB as `S3SELECT:` and S3 Select's code.
"""

import re

DECIMAL = "DECIMAL(38,18)"
ANY = "STRUCT(k TINYINT, i BIGINT, d DOUBLE, s VARCHAR)"

_INTEGER = r"\s*[+-]?[0-9]+\s*"
_NUMBER = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
_OFFSET = r"(Z|[+-][0-9]{2}:[0-9]{2})"
TIMESTAMP = (
    r"[0-9]{4}(T|-[0-9]{2}(T|-[0-9]{2}"
    rf"(T?|T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?{_OFFSET})))"
)


def is_timestamp(text: str) -> bool:
    """Whether `text` is a timestamp as S3 Select writes it."""
    return re.fullmatch(TIMESTAMP, text) is not None


def _convert(pattern: str, then: str) -> str:
    return (
        f"CASE WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '{pattern}') "
        f"THEN {then} ELSE error('S3SELECT:CastFailed') END"
    )


_BOTH = "a IS NULL OR b IS NULL"
_NUMERIC = "a.k IN (3, 4) AND b.k IN (3, 4)"

MACROS = {
    # Conversions of strings; DuckDB's own casts also take 1_000, 0x1f and 3.7 → 4.
    "to_int(x)": _convert(_INTEGER, "CAST(trim(x) AS BIGINT)"),
    "to_dec(x)": _convert(_NUMBER, f"CAST(trim(x) AS {DECIMAL})"),
    "to_float(x)": _convert(_NUMBER, "CAST(trim(x) AS DOUBLE)"),
    "to_bool(x)": (
        "CASE lower(trim(x)) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE "
        "ELSE CASE WHEN x IS NOT NULL THEN error('S3SELECT:CastFailed') END END"
    ),
    # The number that an uncast CSV field is compared as, NULL if it is none.
    "as_float(x)": (
        "CASE WHEN contains(x, '_') THEN NULL "
        "WHEN isfinite(TRY_CAST(x AS DOUBLE)) THEN TRY_CAST(x AS DOUBLE) END"
    ),
    "as_dec(x)": (
        f"CASE WHEN regexp_full_match(x, '{_NUMBER}') "
        f"THEN TRY_CAST(trim(x) AS {DECIMAL}) END"
    ),
    "as_bool(x)": ("CASE lower(x) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"),
    "fail(code)": "error('S3SELECT:' || code)",
    # Exact where the product fits 18 decimals, to 15 digits elsewhere.
    "dec_round(x)": f"CAST(printf('%.15g', x) AS {DECIMAL})",
    "dec_mul(a, b)": (
        "CASE WHEN a = CAST(a AS DECIMAL(38,9)) AND b = CAST(b AS DECIMAL(38,9)) "
        "THEN CAST(a AS DECIMAL(38,9)) * CAST(b AS DECIMAL(38,9)) "
        "ELSE dec_round(CAST(a AS DOUBLE) * CAST(b AS DOUBLE)) END"
    ),
    "nonzero(x)": (
        "CASE WHEN x = 0 THEN error('S3SELECT:ExternalEvalException') ELSE x END"
    ),
    "dec_div(a, b)": "dec_round(CAST(a AS DOUBLE) / nonzero(CAST(b AS DOUBLE)))",
    "to_bigint(x)": (
        "CASE WHEN x BETWEEN -9223372036854775808 AND 9223372036854775807 "
        "THEN CAST(x AS BIGINT) "
        "WHEN x IS NOT NULL THEN error('S3SELECT:IntegerOverflow') END"
    ),
    "dec_text(x)": (
        "rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')"  # always 18 decimals
    ),
    # Values whose type only the record knows.
    "any_eq(a, b)": (
        f"CASE WHEN {_BOTH} THEN NULL WHEN {_NUMERIC} THEN "
        "CASE WHEN a.k = 3 AND b.k = 3 THEN a.i = b.i ELSE a.d = b.d END "
        "WHEN a.k = b.k THEN CASE WHEN a.k IN (2, 7) THEN a.i = b.i "
        "ELSE a.s = b.s END ELSE FALSE END"
    ),
    "any_cmp(a, b)": (
        f"CASE WHEN {_BOTH} THEN NULL WHEN {_NUMERIC} THEN "
        "CASE WHEN a.k = 3 AND b.k = 3 THEN sign(CAST(a.i AS HUGEINT) - b.i) "
        "ELSE sign(a.d - b.d) END WHEN a.k <> b.k OR a.k = 6 THEN NULL "
        "WHEN a.k IN (2, 7) THEN sign(CAST(a.i AS HUGEINT) - b.i) "
        "WHEN a.s < b.s THEN -1 WHEN a.s > b.s THEN 1 ELSE 0 END"
    ),
    "any_text(a)": (
        "CASE a.k WHEN 2 THEN CASE a.i WHEN 1 THEN 'true' ELSE 'false' END "
        "WHEN 3 THEN CAST(a.i AS VARCHAR) WHEN 4 THEN CAST(a.d AS VARCHAR) "
        "ELSE a.s END"
    ),
    "any_json(a)": ("CASE WHEN a.k IN (5, 7) THEN to_json(a.s) ELSE any_text(a) END"),
    "any_csv(a)": (
        "CASE WHEN a.k = 6 THEN error('S3SELECT:UnsupportedSqlStructure') "
        "ELSE any_text(a) END"
    ),
    "any_nested(x)": (
        "CASE WHEN x IS NULL THEN NULL ELSE CAST(struct_pack(k := 6, i := NULL, "
        f"d := NULL, s := CAST(to_json(x) AS VARCHAR)) AS {ANY}) END"
    ),
    "any_number(a)": (
        "CASE WHEN a.k IN (3, 4) THEN a.d "
        "WHEN a IS NOT NULL THEN error('S3SELECT:ExternalEvalException') END"
    ),
    "any_string(a)": (
        "CASE WHEN a.k = 5 THEN a.s "
        "WHEN a IS NOT NULL THEN "
        "error('S3SELECT:IncorrectSqlFunctionArgumentType') END"
    ),
    # SUBSTRING as the SQL reference defines a start below 1.
    "substring_to(x, a, n)": (
        "CASE WHEN n < 0 THEN error('S3SELECT:IllegalSqlFunctionArgument') ELSE "
        "substring(x, greatest(a, 1), greatest(least(a, 1) + n - 1, 0)) END"
    ),
    # Timestamps.
    "ts_offset(x)": (
        "CASE WHEN length(x) <= 11 THEN NULL WHEN ends_with(x, 'Z') THEN 0 "
        "ELSE (CASE WHEN x[-6] = '-' THEN -1 ELSE 1 END) "
        "* (CAST(x[-5:-4] AS INTEGER) * 60 + CAST(x[-2:] AS INTEGER)) END"
    ),
    "ts_local(x)": (
        "CASE WHEN length(x) = 5 THEN x[:4] || '-01-01' "
        "WHEN length(x) = 8 THEN x[:7] || '-01' WHEN length(x) <= 11 THEN x[:10] "
        f"ELSE regexp_replace(x, '{_OFFSET}$', '') END"
    ),
    "ts_parse(x, code)": (
        "CASE WHEN x IS NULL THEN NULL "
        f"WHEN NOT regexp_full_match(x, '{TIMESTAMP}') "
        "OR TRY_CAST(ts_local(x) AS TIMESTAMP) IS NULL "
        "THEN error('S3SELECT:' || code) ELSE struct_pack("
        "t := CAST(ts_local(x) AS TIMESTAMP) "
        "- to_minutes(coalesce(ts_offset(x), 0)), o := ts_offset(x), "
        "p := CASE WHEN length(x) = 5 THEN 1 WHEN length(x) = 8 THEN 2 "
        "WHEN length(x) <= 11 THEN 3 WHEN x[17] = ':' THEN 5 ELSE 4 END, "
        "f := least(length(regexp_extract(x, '[.]([0-9]+)', 1)), 6)) END"
    ),
    "ts_of(x, precision_, digits)": (
        "CASE WHEN x IS NULL THEN NULL ELSE struct_pack(t := CAST(x AS TIMESTAMP), "
        "o := CASE WHEN precision_ > 3 THEN 0 END, p := precision_, f := digits) END"
    ),
    "ts_here(x)": "x.t + to_minutes(coalesce(x.o, 0))",
    "ts_hours(x, colon)": (
        "CASE WHEN x < 0 THEN '-' ELSE '+' END || printf('%02d', abs(x) // 60) "
        "|| colon || printf('%02d', abs(x) % 60)"
    ),
    "ts_zone(x, colon)": (
        "CASE WHEN x IS NULL THEN '-00' || colon || '00' WHEN x = 0 THEN 'Z' "
        "ELSE ts_hours(x, colon) END"
    ),
    "ts_text(x)": (
        "CASE x.p WHEN 1 THEN strftime(ts_here(x), '%YT') "
        "WHEN 2 THEN strftime(ts_here(x), '%Y-%mT') "
        "WHEN 3 THEN strftime(ts_here(x), '%Y-%m-%d') "
        "WHEN 4 THEN strftime(ts_here(x), '%Y-%m-%dT%H:%M') || ts_zone(x.o, ':') "
        "WHEN 5 THEN strftime(ts_here(x), '%Y-%m-%dT%H:%M:%S') "
        "|| CASE WHEN x.f > 0 THEN '.' || strftime(ts_here(x), '%f')[:x.f] "
        "ELSE '' END || ts_zone(x.o, ':') END"
    ),
    "ts_add(x, i, precision_)": (
        "CASE WHEN x IS NULL OR i IS NULL THEN NULL ELSE struct_pack("
        "t := CAST(ts_here(x) + i - to_minutes(coalesce(x.o, 0)) AS TIMESTAMP), "
        "o := x.o, p := greatest(x.p, precision_), f := x.f) END"
    ),
}
