"""A small dbt project with a lake of its own, and both sides of its copy, read without any of the project's macros."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import snowflake.connector
from deltalake import DeltaTable, write_deltalake

from ingestion.settings import PROJECT, Settings

Rows = Sequence[tuple[Any, ...]]

ARROW: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "decimal(18,2)": pa.decimal128(18, 2),
    "decimal(38,10)": pa.decimal128(38, 10),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "boolean": pa.bool_(),
}
"""Spark type -> what a Delta table holds. Instants are given as microseconds since 1970."""

YAML = """
name: lakehouse
profile: lakehouse
model-paths: [models]
macro-paths: ["{macros}", macros]
on-run-start: ["{{{{ publish_only() }}}}"]
models:
  lakehouse:
    gold: {{+schema: gold, +materialized: table}}
    silver: {{+schema: silver, +materialized: table}}
flags: {{send_anonymous_usage_stats: false}}
"""


@dataclass(frozen=True)
class Shop:
    """A dbt project and its lake."""

    project: Path
    settings: Settings
    schema: str
    """Of its copy in Snowflake."""

    def model(self, name: str, columns: Mapping[str, str], folder: str = "gold", **config: Any) -> None:
        """Add a model; its SQL is never run, because tests write its table."""
        described = [{"name": column, "data_type": kind} for column, kind in columns.items()]
        models = [{"name": name, "config": config, "columns": described}]
        place = self.project / "models" / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.sql").write_text("select 1 as id")
        (place / f"{name}.yml").write_text(json.dumps({"models": models}))

    def write(self, name: str, columns: Mapping[str, str], rows: Rows, folder: str = "gold") -> None:
        """Replace a table of the lake, in one Delta commit."""
        write_deltalake(f"{self.settings.root}/{folder}/{name}", arrow(columns, rows), mode="overwrite")

    def lake(self, name: str, folder: str = "gold") -> list[tuple[Any, ...]]:
        """A table's rows, as delta-rs reads them."""
        return rows_of(DeltaTable(f"{self.settings.root}/{folder}/{name}").to_pyarrow_table())

    def copy(self, name: str) -> list[tuple[Any, ...]]:
        """The copy's rows, as Snowflake's connector hands them out; instants in UTC."""
        found = self.ask(f"select * from {self.schema}.{name}")
        return sorted((tuple(row) for row in found), key=repr)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in Snowflake."""
        with connect() as connection, connection.cursor() as cursor:
            return [tuple(row) for row in cursor.execute(statement).fetchall()]


def write_project(folder: Path) -> None:
    """A dbt project with the real project's macros and no models."""
    (folder / "models").mkdir(parents=True)
    (folder / "macros").mkdir()
    (folder / "dbt_project.yml").write_text(YAML.format(macros=PROJECT / "macros"))


def arrow(columns: Mapping[str, str], rows: Rows) -> pa.Table:
    """Rows as a table with exactly these Spark types."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(list(column), ARROW[kind]) for column, kind in zip(values, columns.values(), strict=True)]
    return pa.Table.from_arrays(arrays, names=list(columns))


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows in a fixed order; instants without a zone, as Snowflake keeps them."""
    plain = pa.schema([f.with_type(pa.timestamp("us")) if pa.types.is_timestamp(f.type) else f for f in table.schema])
    columns = table.cast(plain).to_pydict().values()
    return sorted(zip(*columns, strict=True), key=repr)


def connect() -> Any:
    """A connection to the target that the environment names."""
    import os

    names = {"account": "ACCOUNT", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    names |= {"protocol": "PROTOCOL", "database": "DATABASE"}
    told = {name: os.environ[f"LAKEHOUSE_SNOWFLAKE_{variable}"] for name, variable in names.items()}
    return snowflake.connector.connect(**told, network_timeout=30)
