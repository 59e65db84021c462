"""The digest of a table, computed outside of every engine: the text of a row is that of macros/sql/row_digest.sql."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Digest:
    """What two tables have to have in common to be equal."""

    columns: tuple[str, ...]
    """Name and type of each, sorted by name."""
    rows: int
    digest: str
    """The sum of the first 15 hex digits of each row's md5: the order of rows does not matter."""


def digest(table: pa.Table, instants: str = "us", without: Collection[str] = ()) -> Digest:
    """The digest of a table's rows. Raises `ValueError` for a type that has no canonical text, such as a float."""
    names = sorted(name for name in table.column_names if name not in without)
    kinds = {name: _kind(table.schema.field(name)) for name in names}
    parts = [f"coalesce({_text(name, kinds[name])}, chr(30))" for name in names]
    number = f"cast('0x' || substr(md5({' || chr(31) || '.join(parts)}), 1, 15) as hugeint)"
    with duckdb.connect() as connection:
        connection.register("given", _in_utc(table, instants))
        found = connection.execute(f"select count(*), coalesce(sum({number}), 0) from given").fetchone()
    assert found
    return Digest(tuple(f"{name} {kind}" for name, kind in kinds.items()), int(found[0]), str(int(found[1])))


def differing(
    one: pa.Table, other: pa.Table, instants: str = "us", without: Collection[str] = (), limit: int = 3
) -> str:
    """A few rows that only one of two tables holds, for people; both have the same columns."""
    columns = ", ".join(f'"{name}"' for name in sorted(one.column_names) if name not in without)
    with duckdb.connect() as connection:
        connection.register("one", _in_utc(one, instants))
        connection.register("other", _in_utc(other, instants))
        only = [
            connection.execute(
                f"select {columns} from {left} except all select {columns} from {right} order by all limit {limit}"
            ).fetchall()
            for left, right in (("one", "other"), ("other", "one"))
        ]
    return f"({columns}) only in the first: {only[0]}; only in the second: {only[1]}"


def _in_utc(table: pa.Table, instants: str) -> pa.Table:
    """Instants without their zone, which DuckDB would want an extension for; rounded where they are milliseconds."""
    fields = [f.with_type(pa.timestamp("us")) if pa.types.is_timestamp(f.type) else f for f in table.schema]
    plain = table.cast(pa.schema(fields))
    for position, field in enumerate(fields if instants == "ms" else []):
        if pa.types.is_timestamp(field.type):
            nudged = pc.add(plain.column(position), pa.scalar(timedelta(microseconds=500), pa.duration("us")))
            plain = plain.set_column(position, field, pc.floor_temporal(nudged, unit="millisecond"))
    return plain


def _kind(field: pa.Field) -> str:
    kind = field.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return str(kind)
    raise ValueError(f"{field.name} is {kind}: expected string, whole number, decimal, boolean, date or timestamp")


def _text(name: str, kind: str) -> str:
    column = f'"{name}"'
    if kind == "timestamp":
        return f"strftime({column}, '%Y-%m-%d %H:%M:%S.%f')"
    if kind == "string":
        escaped = f"replace({column}, chr(92), chr(92) || chr(92))"
        return f"replace(replace({escaped}, chr(31), chr(92) || 'u'), chr(30), chr(92) || 'r')"
    if kind.startswith("decimal"):  # DuckDB writes .50 where all digits are behind the point
        column = f"cast({column} as decimal(38, {kind.rstrip(')').split(',')[1]}))"
    return f"cast({column} as varchar)"
