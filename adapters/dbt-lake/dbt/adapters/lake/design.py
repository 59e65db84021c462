"""A table without its rows: columns, partitions and constraints, and what of them is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dbt.adapters.lake.errors import LakeError, NameRefused
from dbt.adapters.lake.folder import Name
from dbt.adapters.lake.sqltext import literal, quote, zero
from pyspark.sql.types import StructField

CONSTRAINT = "delta.constraints."
# Sail writes an expression that cannot be NULL as a NOT NULL column, a constant for one; and a NULL that its
# optimizer sees through is the same to it. So a column is made nullable, or not, by what it is wrapped in.
NULLABLE = "if(spark_partition_id() >= 0, {column}, null)"
REQUIRED = "coalesce({column}, raise_error({message}), {zero})"


@dataclass(frozen=True)
class Design:
    """A table without its query."""

    partition_by: Sequence[str] = ()
    not_null: Sequence[str] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    """Name -> SQL condition that every row fulfils."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Delta's table properties."""


@dataclass(frozen=True)
class Column:
    """A column as the table will have it."""

    name: str
    dtype: str
    nullable: bool

    def select(self, table: Name | str) -> str:
        """The column's expression; the cast because Sail may compute a decimal wider than it says."""
        wrapped = NULLABLE.format(column=quote(self.name)) if self.nullable else self._required(table)
        return f"cast({wrapped} as {self.dtype}) as {quote(self.name)}"

    def _required(self, table: Name | str) -> str:
        message = literal(f"NULL in {self.name} of {table}, which is not_null")
        # of flags Sail's optimizer makes AND and OR, and raises the error where one is false
        dtype = "tinyint" if self.dtype == "boolean" else self.dtype
        column = f"cast({quote(self.name)} as tinyint)" if self.dtype == "boolean" else quote(self.name)
        return REQUIRED.format(column=column, message=message, zero=zero(dtype))


def columns_for(name: Name, fields: Sequence[StructField], design: Design) -> list[Column]:
    """Return the query's columns, partition columns last, as Delta has them; raises where a column can't be kept."""
    found = {
        item.name: Column(item.name, item.dataType.simpleString(), item.name not in design.not_null) for item in fields
    }
    refuse_names(name, [item.name for item in fields])
    if missing := [column for column in (*design.partition_by, *design.not_null) if column not in found]:
        raise LakeError(f"{name} needs {', '.join(missing)}, which its query does not select")
    if untyped := [column.name for column in found.values() if column.dtype == "void"]:
        raise LakeError(f"{', '.join(untyped)} of {name} has no type: write cast(null as <type>)")
    parts = [found.pop(column) for column in design.partition_by]
    return [*found.values(), *parts]


def refuse_names(name: Name, columns: Sequence[str]) -> None:
    """Refuse columns in mixed case: engines disagree on whether `Id` and `id` are one column."""
    if mixed := [column for column in columns if column != column.lower()]:
        renamed = ", ".join(f"{quote(column)} as {column.lower()}" for column in mixed)
        raise NameRefused(f"{name} has columns with capitals, which engines read differently: select {renamed}")
    if twice := {column for column in columns if columns.count(column) > 1}:
        raise NameRefused(f"{name} has columns of the same name: {', '.join(sorted(twice))}")


def constraints(checks: Mapping[str, str]) -> dict[str, str]:
    """Checks as table properties: other writers enforce them too. The text stays as it was written, where
    `alter.add_constraint` of delta-rs would refuse what it can't parse."""
    constraints = {CONSTRAINT + check: text for check, text in checks.items()}
    return {"delta.minWriterVersion": "3", **constraints} if constraints else {}
