"""Running a query in DuckDB, shut off from files, network and extensions."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from cloudlet.errors import AwsError
from cloudlet.services.s3.select import syntax
from cloudlet.services.s3.select.compiler import Compiler
from cloudlet.services.s3.select.errors import MESSAGES, select_error
from cloudlet.services.s3.select.macros import MACROS
from cloudlet.services.s3.select.output import Fields, chunks, record_sql
from cloudlet.services.s3.select.relation import Relation, StarRow
from cloudlet.services.s3.select.request import CsvOutput, JsonOutput

_SETTINGS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
_BATCH = 65_536


def run(
    query: syntax.Query, relation: Relation, output: CsvOutput | JsonOutput
) -> list[bytes]:
    """The payload chunks of `query` over `relation`, cut between records.

    Raises:
        AwsError: what the query or the data make impossible.
    """
    sql, parameters = _compile(query, relation, output)
    import duckdb

    with _database().cursor() as cursor:
        cursor.register("data", relation.table())
        try:
            result = cursor.sql(sql, params=parameters)
            # DuckDB 2 gave the method another name.
            current = getattr(result, "to_arrow_reader", None)
            return list(_payload((current or result.fetch_arrow_reader)(_BATCH)))
        except duckdb.Error as error:
            raise _translated(error) from error


def _payload(batches: Any) -> Iterator[bytes]:
    for batch in batches:
        yield from chunks(batch.column(0))


@cache
def _database() -> Any:
    import duckdb

    database = duckdb.connect(":memory:", config=_SETTINGS)
    for signature, body in MACROS.items():
        database.execute(f"CREATE MACRO {signature} AS {body}")
    database.execute("SET lock_configuration = true")
    return database


def _compile(
    query: syntax.Query, relation: Relation, output: CsvOutput | JsonOutput
) -> tuple[str, dict[str, Any]]:
    aggregates = any(_has_aggregate(item) for item in query.items)
    compiler = Compiler(relation, aggregates=aggregates)
    selected = _fields(query, relation, output, compiler)
    record = record_sql(selected, output, compiler.bind)
    rows = "SELECT * FROM data"
    if query.where is not None:
        filtering = Compiler(relation)
        filtering.parameters = compiler.parameters
        rows += f" WHERE {filtering.condition(query.where)}"
    limit = "" if query.limit is None else f" LIMIT {query.limit}"
    # Grouped by nothing it is one record, even if all aggregates fold to NULL.
    grouped = f"({rows}) GROUP BY (){limit}"
    source = grouped if aggregates else f"({rows}{limit})"
    sql = f"SELECT {record} FROM {source}"
    # DuckDB refuses parameters that the SQL does not use.
    used = set(re.findall(r"\$(v\d+)", sql))
    return sql, {name: compiler.parameters[name] for name in used}


def _fields(
    query: syntax.Query,
    relation: Relation,
    output: CsvOutput | JsonOutput,
    compiler: Compiler,
) -> Fields:
    selected: Fields = []
    for position, item in enumerate(query.items, start=1):
        if isinstance(item, syntax.Item):
            name = item.alias or _name(item.expression) or f"_{position}"
            selected.append((name, compiler.value(item.expression)))
            continue
        _check_star(item, query, alone=len(query.items) == 1)
        star = relation.star(output if isinstance(output, CsvOutput) else None)
        selected.extend([star] if isinstance(star, StarRow) else star)
    return selected or [StarRow("''")]


def _check_star(item: syntax.Star, query: syntax.Query, *, alone: bool) -> None:
    if item.alias is None:
        return
    own = query.alias or syntax.Name("S3Object")
    if not (item.alias.matches(own.text) or own.matches(item.alias.text)):
        raise select_error("InvalidTableAlias", f"({item.alias.text})")
    if not alone and any(_has_aggregate(other) for other in query.items):
        raise select_error("UnsupportedSqlStructure")


def _name(expression: syntax.Expression) -> str | None:
    last = expression.steps[-1] if isinstance(expression, syntax.Path) else None
    return last.text if isinstance(last, syntax.Name) else None


def _has_aggregate(node: Any) -> bool:
    if isinstance(node, syntax.Aggregate):
        return True
    if isinstance(node, tuple):
        return any(_has_aggregate(part) for part in node)
    if not is_dataclass(node):
        return False
    return any(_has_aggregate(getattr(node, field.name)) for field in fields(node))


def _translated(error: Exception) -> AwsError:
    import duckdb

    own = re.search(r"S3SELECT:(\w+)", str(error))
    if own and own[1] in MESSAGES:
        return select_error(own[1])
    if isinstance(error, duckdb.ConversionException):
        return select_error("CastFailed")
    if isinstance(error, duckdb.OutOfRangeException):
        return select_error("IntegerOverflow")
    return select_error("ExternalEvalException")
