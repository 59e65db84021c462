"""An engine's error of a query, in words: which column is missing in which table, else the engine's own message."""

import re
from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from operations.query.unknown_names import unknown_column
from operations.records.run_record import one_line

MISSING = re.compile(r"attribute (\S+) is missing from the schema", re.IGNORECASE)
"""Sail's words for a column that isn't there, as `explain` writes its name."""
Columns = Mapping[str, Sequence[str]]
"""The columns of the tables that a query reads, by the tables' full names."""


def query_error(message: str, columns: Callable[[], Columns]) -> str:
    """Return the message for people; `columns` is called only where one is missing."""
    from dbt.adapters.lake.errors import explain

    written = explain(message)
    if found := MISSING.search(written):
        name, tables = found[1].split(".")[-1].lower(), columns()
        if tables and not any(name in held for held in tables.values()):
            return unknown_column(name, tables)
    return one_line(written.replace("\n", "; "))


def tables_of(statement: str) -> list[str]:
    """The tables of schemas that a query reads, in its order; none for what is no query."""
    try:
        tree = parse_one(statement, read="spark")
    except SqlglotError:
        return []
    found = (f"{table.db}.{table.name}".lower() for table in tree.find_all(exp.Table) if table.db)
    return list(dict.fromkeys(found))
