"""Writing tables: every change that readers see is one Delta commit, made of a query that passed its checks."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from dbt.adapters.lake.design import CONSTRAINT, Column, Design, columns_for, constraints
from dbt.adapters.lake.folder import Name
from dbt.adapters.lake.lake import Lake
from dbt.adapters.lake.server import ask
from dbt.adapters.lake.sqltext import holds, literal, quote
from deltalake import Field
from pyspark.sql import DataFrame
from pyspark.sql.types import StringType, StructField, StructType


def replace(lake: Lake, name: Name, query: str, design: Design) -> None:
    """Create a table from a query, or replace it: readers see the old or the new, never a half.

    Raises `TableUnknown`, `NameRefused`, and what Sail says of the query; then nothing has changed.
    """
    _replace(lake, name, ask(lake.spark, query), design)


def _replace(lake: Lake, name: Name, frame: DataFrame, design: Design) -> None:
    lake.catalogue.claim(name)
    columns = columns_for(name, frame.schema.fields, design)
    writer = _rows(frame, name, columns, design.checks).write.format("delta").mode("overwrite")
    writer = writer.partitionBy(*design.partition_by)
    uri = lake.folder.uri(name)
    if lake.catalogue.kind(name) != "table":
        writer.options(**design.properties, **constraints(design.checks)).save(uri)
    elif columns_of(lake, name) == columns and _partitions_of(lake, name) == list(design.partition_by):
        writer.save(uri)
    else:
        writer.option("overwriteSchema", "true").save(uri)
    _settle(lake, name, design)


def overwrite(lake: Lake, name: Name, query: str, design: Design) -> None:
    """Replace, in one commit, the partitions that a query has rows for, and no others."""
    frame = ask(lake.spark, query)
    touched = partitions_in(frame, design.partition_by)
    if touched:
        rows = frame.where(holds(design.checks, name)) if design.checks else frame
        writer = rows.write.format("delta").mode("overwrite").option("replaceWhere", " or ".join(touched))
        writer.save(lake.folder.uri(name))


def seed(
    lake: Lake, name: Name, rows: Mapping[str, Sequence[str | None]], types: Sequence[str], design: Design
) -> None:
    """Replace a table by rows that are sent as data, not as SQL: texts, cast to the columns' types."""
    data = pa.table({column: pa.array(values, pa.string()) for column, values in rows.items()})
    texts = StructType([StructField(column, StringType()) for column in rows])
    casts = [f"cast({quote(column)} as {dtype}) as {quote(column)}" for column, dtype in zip(rows, types, strict=True)]
    _replace(lake, name, lake.spark.createDataFrame(data, texts).selectExpr(*casts), design)


def add_columns(lake: Lake, name: Name, columns: Mapping[str, str]) -> None:
    """Add columns (name -> type), NULL in the rows there are."""
    nulls = ", ".join(f"cast(null as {dtype}) as {quote(column)}" for column, dtype in columns.items())
    schema = pa.schema(lake.spark.sql(f"select {nulls}").toArrow().schema)
    fields = [Field.from_arrow(item.with_nullable(True)) for item in schema]
    lake.folder.delta(name).alter.add_columns(fields)


def comment(lake: Lake, name: Name, table: str | None, columns: Mapping[str, str]) -> None:
    """Write descriptions into the table's log where they differ; None leaves the table's own as it is."""
    delta = lake.folder.delta(name)
    described, have = comments(lake, name)
    if table is not None and described != table:
        delta.alter.set_table_description(table)
    for column in [column for column in columns if column in have and have[column] != columns[column]]:
        delta.alter.set_column_metadata(column, {"comment": columns[column]})


def comments(lake: Lake, name: Name) -> tuple[str, dict[str, str]]:
    """The table's description, and its columns'."""
    delta = lake.folder.delta(name)
    columns = {column.name: str(column.metadata.get("comment", "")) for column in delta.schema().fields}
    return delta.metadata().description or "", columns


def drop(lake: Lake, name: Name) -> None:
    """Forget a table and delete its files."""
    lake.catalogue.forget(name)
    lake.folder.delete_table(name)


def rename(lake: Lake, name: Name, new: Name) -> None:
    """Move a table within a local lake."""
    lake.catalogue.claim(new)
    lake.folder.move_table(name, new)
    lake.catalogue.forget(name)
    lake.catalogue.add_table(new)


def optimize(lake: Lake, name: Name) -> None:
    """Write many small files as few, with delta-rs: Sail can't."""
    lake.folder.delta(name).optimize.compact()


def vacuum(lake: Lake, name: Name) -> None:
    """Delete files that no version of the last week needs, with delta-rs: Sail can't."""
    lake.folder.delta(name).vacuum(dry_run=False)


def _rows(frame: DataFrame, name: Name, columns: Sequence[Column], checks: Mapping[str, str]) -> DataFrame:
    rows = frame.selectExpr(*(column.select(name) for column in columns))
    return rows.where(holds(checks, name)) if checks else rows


def columns_of(lake: Lake, name: Name) -> list[Column]:
    """The table's columns, in its order."""
    fields = lake.spark.table(str(name)).schema.fields
    return [Column(item.name, item.dataType.simpleString(), item.nullable) for item in fields]


def _partitions_of(lake: Lake, name: Name) -> list[str]:
    return list(lake.folder.delta(name).metadata().partition_columns)


def partitions_in(frame: DataFrame, partition_by: Sequence[str]) -> list[str]:
    """A SQL condition for each partition that the frame has rows for."""
    types = {item.name: item.dataType.simpleString() for item in frame.schema.fields}

    def condition(column: str, value: Any) -> str:
        if value is None:
            return f"{quote(column)} is null"
        return f"{quote(column)} = cast({literal(str(value))} as {types[column]})"

    rows = frame.select(*partition_by).distinct().toArrow().to_pylist()
    return ["(" + " and ".join(condition(column, row[column]) for column in partition_by) + ")" for row in rows]


def _settle(lake: Lake, name: Name, design: Design) -> None:
    """After the commit: the catalogue, and in the log the checks that the rows have just passed."""
    if lake.catalogue.kind(name) == "view":
        lake.catalogue.forget(name)
    lake.folder.delete_view(name)
    lake.catalogue.add_table(name)
    delta = lake.folder.delta(name)
    have = delta.metadata().configuration
    wanted = {**design.properties, **constraints(design.checks)}
    for key in [key for key in have if key.startswith(CONSTRAINT) and key not in wanted]:
        delta.alter.drop_constraint(key.removeprefix(CONSTRAINT))
    if changed := {key: text for key, text in wanted.items() if have.get(key) != text}:
        delta.alter.set_table_properties(changed, raise_if_not_exists=False)
