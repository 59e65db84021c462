"""The org's records, read from Parquet files anew for each query, and what sessions leave in memory."""

import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from devstack.salesforce import soql

KEPT = 50
"""How many unfinished queries and jobs are remembered."""


class Refused(Exception):
    """An error answer: status, Salesforce's code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class Result:
    """What a query returned, kept for the pages to come."""

    query: soql.Query
    rows: list[tuple[Any, ...]]
    job: dict[str, Any] = field(default_factory=dict)
    """The state of a bulk job, as the API shows it."""


class Org:
    """The records on disk, and what sessions leave in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens: set[str] = set()
        self.results: OrderedDict[str, Result] = OrderedDict()
        self.calls = 0
        self._duckdb = duckdb.connect(config={"threads": 1, "memory_limit": "512MB"})
        self._duckdb.execute("set timezone = 'UTC'; set enable_external_file_cache = false")

    def objects(self) -> dict[str, dict[str, str]]:
        """Every object's fields and their DuckDB types."""
        return {file.stem: self.fields(file.stem) for file in sorted(self.folder.glob("*.parquet"))}

    def fields(self, name: str) -> dict[str, str]:
        """One object's fields and their DuckDB types."""
        rows = self._duckdb.cursor().execute(f"describe select * from {self._file(name)}").fetchall()
        return {row[0]: row[1] for row in rows}

    def purged(self, name: str) -> list[dict[str, str]]:
        """The log of an object's records that are gone for good: `purged/<Object>.json`, a list of id, deletedDate."""
        file = self.folder / "purged" / f"{name}.json"
        records: list[dict[str, str]] = json.loads(file.read_text()) if file.is_file() else []
        return records

    def run(self, text: str, deleted: bool, zone: str) -> Result:
        """A query's result, its values as the API writes them; instants end in `zone`. Raises `Refused`."""
        try:
            query = soql.parse(text, {name: list(fields) for name, fields in self.objects().items()}, deleted)
            types = self.fields(query.name)
            columns = [_written(name, types[name], zone) for name in query.fields] or ["count(*)"]
            sql = f"select {', '.join(columns)} from {self._file(query.name)} {query.condition}"
            return Result(query, self._duckdb.cursor().execute(sql).fetchall())
        except soql.SoqlError as error:
            raise Refused(400, error.code, str(error)) from error
        except duckdb.Error as error:
            raise Refused(400, "MALFORMED_QUERY", str(error).splitlines()[0]) from error

    def keep(self, result: Result, kind: str) -> str:
        """Remember a result under a new id; the oldest are forgotten."""
        key = f"{kind}{secrets.token_hex(6)}AAA"
        self.results[key] = result
        while len(self.results) > KEPT:
            self.results.popitem(last=False)
        return key

    def _file(self, name: str) -> str:
        path = str(self.folder / f"{name}.parquet").replace("'", "''")
        return f"read_parquet('{path}')"


def _written(name: str, kind: str, zone: str) -> str:
    """SQL for a field's value as Salesforce writes it."""
    if kind.startswith("TIMESTAMP"):
        return f"""strftime("{name}"::timestamp, '%Y-%m-%dT%H:%M:%S.%g{zone}')"""
    if kind == "DATE":
        return f'"{name}"::varchar'
    return f'"{name}"::double' if kind.startswith("DECIMAL") else f'"{name}"'
