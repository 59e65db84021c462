"""`lakehouse sql`: one question to the local engine, without dbt.

Only statements that read the lake are run (read_only.py). Decimals, dates and timestamps are exact in every format:
JSON and CSV spell decimals as text with all their digits (JSON readers would turn numbers into floats).
"""

import base64
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from rich.table import Table

from ingestion.plural import plural
from ingestion.settings import Settings
from operations.query.query_error import Columns, query_error, tables_of
from operations.query.read_only import QueryRefused, read_only
from operations.records.run_record import one_line
from operations.reporting.console import result_console


class QueryFailed(RuntimeError):
    """The engine's own message, on one line."""


@click.command
@click.argument("query")
@click.option("--format", "spelling", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(query: str, spelling: str) -> None:
    """Ask the local engine: lakehouse sql "select count(*) as orders from silver.orders".

    QUERY is one statement of Spark SQL that reads tables and views of the lake (SELECT, WITH, VALUES, SHOW, DESCRIBE,
    EXPLAIN); - reads it from standard input. Files are not read by their paths.
    """
    answer = ask(Settings.load(), sys.stdin.read() if query == "-" else query)
    {"table": print_table, "json": print_json, "csv": print_csv}[spelling](answer)


def ask(settings: Settings, text: str) -> pa.Table:
    """The engine's answer; raises `QueryRefused`, and `QueryFailed` with the engine's message."""
    lake = cache(lambda: _open(settings.root))
    statement = read_only(text, lambda: lake().relations())
    with _plainly(lambda: _columns(lake(), tables_of(statement))):
        if files := lake().files(statement):
            raise QueryRefused(f"{files[0]} is no table or view of the lake")
        return lake().sql(statement)


def _columns(lake: Any, tables: Sequence[str]) -> Columns:
    """Columns by table; none at all where a view among them can't be read itself."""
    from pyspark.errors import PySparkException

    quoted = {name: name.replace(".", "`.`") for name in tables}
    try:
        return {name: lake.sql(f"select * from `{text}` limit 0").column_names for name, text in quoted.items()}  # noqa: S608
    except PySparkException:
        return {}


def _open(root: str) -> Any:
    from dbt.adapters.lake.session import open_lake  # slow, and needed only when somebody asks

    with _plainly():
        return open_lake(root)


@contextmanager
def _plainly(columns: Callable[[], Columns] = dict) -> Iterator[None]:
    from dbt_common.exceptions import DbtBaseException
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise QueryFailed(query_error(error.getMessage() or str(error), columns)) from error
    except DbtBaseException as error:
        raise QueryFailed(one_line(error)) from error


def plain(value: Any) -> Any:
    """A value as JSON holds it, without losing a digit."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
    return str(value)


def print_json(answer: pa.Table) -> None:
    """One array of objects, a line for each row."""
    rows = (json.dumps(row, default=plain, ensure_ascii=False) for row in answer.to_pylist())
    click.echo("[" + ",\n ".join(rows) + "]")


def print_csv(answer: pa.Table) -> None:
    """RFC 4180 with a header; text is quoted, so that an empty text and NULL (nothing at all) differ."""
    columns = [spelled(column) for column in answer.columns]
    csv.write_csv(pa.table(columns, names=answer.column_names), sys.stdout.buffer)


def spelled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as csv can hold it: decimals and nested values become text."""
    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_nested(kind) or pa.types.is_binary(kind):
        texts = [None if value is None else text_of(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return pc.cast(column, pa.string()) if pa.types.is_null(kind) else column


def text_of(value: Any) -> str:
    """One cell: JSON for lists and structs, plain text for the rest."""
    if isinstance(value, list | dict):
        return json.dumps(value, default=plain, ensure_ascii=False)
    return value if isinstance(value, str) else str(plain(value))


def print_table(answer: pa.Table) -> None:
    """A table for people; as wide as it needs to be where there is no terminal."""
    console = result_console()
    grid = Table(show_edge=False, pad_edge=False, header_style="bold")
    for field in answer.schema:
        number = pa.types.is_decimal(field.type) or pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        grid.add_column(field.name, justify="right" if number else "left", overflow="fold")
    for row in answer.to_pylist():
        grid.add_row(*("NULL" if value is None else text_of(value) for value in row.values()))
    console.print(grid)
    console.print(f"({plural(answer.num_rows, 'row')})")
