"""What Athena makes of a statement: queries and DML are Trino's, Hive DDL is done on Glue and on Iceberg.

Only what dbt-athena and the consumers of the lake send is here; anything else is refused by name.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp

from tests.engines.athena.trino import Failed, Result, Trino

COMMENTS = re.compile(r"(\s|--[^\n]*(\n|$)|/\*.*?\*/)*", re.S)
QUERIES = ("SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE", "EXPLAIN", "(")
HEAD = re.compile(r"create\s+table\s", re.I)
VIEW = re.compile(r"(create\s+or\s+replace|drop)\s+view\s", re.I)
KEPT = ("location", "partitioning", "format")
"""Properties of CREATE TABLE AS that Trino's Iceberg connector knows by the same name."""


@dataclass(frozen=True)
class Done:
    """A statement's outcome, and what Athena calls it."""

    kind: str
    """DML or DDL."""
    result: Result = field(default_factory=Result)
    is_query: bool = False


@dataclass(frozen=True)
class Statements:
    """Runs statements on Trino and Glue."""

    trino: Trino
    glue: Any

    def run(self, text: str, schema: str, stop: threading.Event | None = None) -> Done:
        """Run a statement to its end. Raises Failed."""
        sql = text[COMMENTS.match(text).end() :].strip().rstrip(";").strip()  # type: ignore[union-attr]
        word = next((word for word in QUERIES if sql.upper().startswith(word)), "")
        if word:
            is_query = word not in ("INSERT", "UPDATE", "DELETE", "MERGE")
            return Done("DML", self.trino.ask(sql, schema, stop=stop), is_query)
        if HEAD.match(sql) and (body := _body(sql)):
            return Done("DML", self._create_table_as(sql[:body], sql[body:], schema, stop))
        if VIEW.match(sql):
            self.trino.ask(sql, schema, stop=stop)
        else:
            self._define(sql)
        return Done("DDL")

    def _create_table_as(self, head: str, query: str, schema: str, stop: threading.Event | None) -> Result:
        created = sqlglot.parse_one(f"{head} select 1", read="athena")
        given = created.args.get("properties")
        properties = {_named(one): one for one in given.expressions} if given else {}
        if "table_type" not in properties or properties["table_type"].text("value") != "iceberg":
            raise Failed("NOT_SUPPORTED", "the offline Athena creates Iceberg tables only: table_type = 'iceberg'")
        self._refuse_types(query, schema)
        with_ = ", ".join(properties[name].sql("trino") for name in KEPT if name in properties)
        return self.trino.ask(f"create table {_iceberg(created.this)} with ({with_}) as {query}", schema, stop=stop)

    def _refuse_types(self, query: str, schema: str) -> None:
        """Athena refuses types that Trino would widen to those Iceberg has."""
        for name, *_, of in (row[:5] for row in self.trino.ask("describe output q", schema, prepared=query).rows):
            if re.match(r"timestamp\((?!6\)$)|timestamp.*zone", of):
                raise Failed("NOT_SUPPORTED", f"{name}: {of} not supported for Iceberg: use timestamp(6)")
            if of in ("tinyint", "smallint", "unknown") or of.startswith("char("):
                raise Failed("NOT_SUPPORTED", f"{name}: type {of} not supported for Iceberg")

    def _define(self, sql: str) -> None:
        """Hive DDL."""
        statement = sqlglot.parse_one(sql, read="athena")
        kind = str(statement.args.get("kind"))
        match statement:
            case exp.Create() if kind == "SCHEMA":
                self._create_database(statement.this.db, or_is_there=bool(statement.args.get("exists")))
            case exp.Create(this=exp.Schema()) if kind == "TABLE":
                self.glue.create_table(DatabaseName=statement.this.this.db, TableInput=_external(statement))
            case exp.Drop() if kind == "TABLE":
                self.trino.ask(statement.sql("trino"))
            case exp.Drop() if kind == "SCHEMA":
                for database in {statement.args["tables"][0].db} & self._databases():
                    self.glue.delete_database(Name=database)
            case exp.Alter():
                for action in _alterations(statement):
                    self.trino.ask(f"alter table {_iceberg(statement.this)} {action}")
            case _:
                raise Failed("NOT_SUPPORTED", f"the offline Athena knows no such statement: {sql[:80]}")

    def _create_database(self, name: str, *, or_is_there: bool) -> None:
        try:
            self.glue.create_database(DatabaseInput={"Name": name})
        except self.glue.exceptions.AlreadyExistsException as error:
            if not or_is_there:
                raise Failed("SCHEMA_ALREADY_EXISTS", f"schema {name} is there already") from error

    def _databases(self) -> set[str]:
        pages = self.glue.get_paginator("get_databases").paginate()
        return {database["Name"] for page in pages for database in page["DatabaseList"]}


def _body(sql: str) -> int:
    """Where the query of a CREATE TABLE AS begins: after the first AS that no bracket encloses; 0 without one."""
    depth = 0
    for token in sqlglot.tokenize(sql, read="trino"):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.token_type.name.endswith("PAREN") else 0
        if token.text.upper() == "AS" and depth == 0:
            return int(token.end) + 1
    return 0


def _named(property_: exp.Property) -> str:
    special = {exp.LocationProperty: "location", exp.FileFormatProperty: "format"}
    return special.get(type(property_), property_.name)


def _iceberg(table: exp.Table) -> str:
    return f'iceberg."{table.db}"."{table.name}"'


def _alterations(statement: exp.Alter) -> Iterator[str]:
    """Trino's spelling of what is to change in an Iceberg table."""
    for action in statement.args["actions"]:
        match action:
            case exp.AlterRename():
                yield f'rename to "{action.this.db}"."{action.this.name}"'
            case exp.Schema():
                for column in action.expressions:
                    yield f'add column "{column.name}" {_trino_type(column.kind)}'
            case exp.Drop():
                yield f'drop column "{action.args["tables"][0].name}"'
            case exp.AlterColumn() if action.args.get("rename_to"):
                yield f'rename column "{action.name}" to "{action.args["rename_to"].name}"'
            case _:
                raise Failed("NOT_SUPPORTED", f"the offline Athena can't alter a table like that: {action.sql()}")


def _trino_type(of: exp.DataType) -> str:
    return "timestamp(6)" if of.this.name == "TIMESTAMP" else of.sql("trino")


def _external(statement: exp.Create) -> dict[str, Any]:
    """Glue's entry of a CREATE EXTERNAL TABLE of text files."""
    properties = list(statement.args["properties"].expressions)
    serde = next((one for one in properties if isinstance(one, exp.RowFormatSerdeProperty)), None)
    location = next((one for one in properties if isinstance(one, exp.LocationProperty)), None)
    if serde is None or location is None:
        raise Failed("NOT_SUPPORTED", "the offline Athena creates external tables with a SERDE and a LOCATION only")
    given = {one.name: one.text("value") for one in properties if type(one) is exp.Property}
    return {
        "Name": statement.this.this.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **given},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [
                {"Name": column.name.lower(), "Type": column.kind.sql("hive").lower()}
                for column in statement.this.expressions
            ],
            "Location": location.name,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": serde.name, "Parameters": {}},
        },
    }
