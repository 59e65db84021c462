"""Windows over a cursor column: what every SQL source has in common.

A driver says how to ask and how rows come back as Arrow; this module says what to ask. Types are those that
`information_schema` declares, so a batch never decides its own; what Arrow has no type for arrives as text.

Rows whose cursor is NULL belong to no window and must not get lost: every read brings them, and bronze keeps each
once, in quarantine under the rule `null_cursor`. One statement reads both, so a row that moves is read once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.casting import INSTANT, arrow_type, batched
from ingestion.exact import cast
from ingestion.spec import Rejected, Slice, SourceError, Table

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TYPES = {
    **dict.fromkeys(("smallint", "integer", "bigint"), pa.int64()),
    **dict.fromkeys(("real", "double precision", "float"), pa.float64()),
    **dict.fromkeys(("text", "character varying", "character", "varchar", "char"), pa.string()),
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), INSTANT),
    **dict.fromkeys(("timestamp_ntz", "timestamp_ltz", "timestamp_tz"), INSTANT),
    **dict.fromkeys(("bytea", "binary", "binary varying"), pa.binary()),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
"""`data_type` of information_schema, lower case -> Arrow. Decimals are added by precision; the rest is text."""
WHOLE_DIGITS = 18
"""Of a decimal that a bigint can hold, whatever its digits."""
NO_NUMBER = 2**63 - 1
"""What a decimal that travels as a whole number is where it is NaN: more than 18 digits can say."""


class Driver(Protocol):
    """An open connection, its session in UTC. Errors of the driver become SourceUnavailable or SourceError."""

    @property
    def source(self) -> str:
        """The source's name."""
        ...

    @property
    def address(self) -> str:
        """Host, port and database, without user and password."""
        ...

    @property
    def schema(self) -> str:
        """Where the tables are."""
        ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small answer."""
        ...

    def batches(self, sql: str) -> Iterator[pa.Table]:
        """A large answer as a stream of bounded size: one column for each selected, types as the driver has them."""
        ...

    def as_text(self, data_type: str, column: str) -> str:
        """The SQL that turns a column of an unusual type (JSON, UUID, array, time) into text."""
        ...

    def as_whole(self, column: str, scale: int) -> str | None:
        """The SQL that turns a decimal of at most 18 digits into a bigint, the number of its last digits (1.25 is 125
        at a scale of 2), and what is no number into NO_NUMBER; None where decimals travel well as they are."""
        ...


@dataclass(frozen=True)
class Column:
    """A column as the source declares it."""

    name: str
    type: pa.DataType
    nullable: bool
    select: str
    is_whole: bool = False
    """Whether it is a decimal that `select` turns into a whole number."""

    def received(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        """What `select` brought, in a type that says what it is."""
        return unscaled(values, self.type) if self.is_whole else values

    @property
    def orders(self) -> bool:
        """Whether it can order changes: an instant, a day, or a number that grows."""
        return bool(pa.types.is_temporal(self.type) or pa.types.is_integer(self.type))

    def bound(self, value: int) -> str:
        """A window's bound as a literal of this column: microseconds as an instant, a number as it is."""
        return str(value) if pa.types.is_integer(self.type) else literal(value)


@dataclass(frozen=True)
class Shape:
    """A table as the source declares it: its real name, quoted, and the columns to read."""

    table: Table
    name: str
    columns: tuple[Column, ...]

    @cached_property
    def types(self) -> dict[str, pa.DataType]:
        """What `read` yields."""
        return {column.name: column.type for column in self.columns}

    @cached_property
    def cursor(self) -> Column:
        """The cursor's column; raises SourceError where there is none that can order changes."""
        wanted = (self.table.cursor or "").lower()
        found = next((column for column in self.columns if column.name.lower() == wanted), None)
        if found is None or not found.orders:
            kind = f"a {found.type}" if found else "missing"
            raise SourceError(
                f"{self.name}: the cursor {self.table.cursor!r} is {kind}; expected a timestamp, date or integer"
            )
        return found

    def where(self, part: Slice) -> str:
        """The predicate of a window, bounds exact to the microsecond, with the rows that have no cursor."""
        cursor, bound = quoted(self.cursor.name), self.cursor.bound
        low = "" if part.low is None else f"{cursor} >= {bound(part.low)} and "
        window = f"{low}{cursor} < {bound(part.high)}"
        return f"({window}) or {cursor} is null" if self.cursor.nullable else window


class SqlReader:
    """Reads windows through a driver."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._shapes: dict[str, Shape] = {}

    def slices(self, table: Table, now_us: int) -> Sequence[Slice]:
        """One window up to the newest cursor before now; where no row but some without a cursor is found, [-, 1)."""
        shape = self.shape(table)
        cursor = quoted(shape.cursor.name)
        past = f"{cursor} < {shape.cursor.bound(now_us)}"
        newest = self.driver.rows(f"select max({cursor}) from {shape.name} where {past}")[0][0]  # noqa: S608
        if newest is not None:
            return [Slice(unit="", low=None, high=micros(newest) + 1)]
        lone = self.driver.rows(f"select 1 from {shape.name} where {cursor} is null limit 1")  # noqa: S608
        return [Slice(unit="", low=None, high=1)] if lone else []

    def count(self, table: Table, part: Slice) -> int | None:
        """Rows in the window, those without a cursor included."""
        shape = self.shape(table)
        return int(self.driver.rows(f"select count(*) from {shape.name} where {shape.where(part)}")[0][0])  # noqa: S608

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """Batches with the declared types; a value that its type can't hold makes its row a Rejected."""
        shape = self.shape(table)
        place = f"{self.driver.source}.{table.name}"
        for part in parts:
            for batch in self._answer(shape.columns, f"{shape.name} where {shape.where(part)}"):
                rows, rejected = cast(batch, shape.types, lambda _: place)
                yield from rejected
                yield rows

    def keys(self, table: Table) -> Iterator[pa.Table]:
        """Every key there is, in batches."""
        shape = self.shape(table)
        names = {name.lower() for name in table.key}
        key = [column for column in shape.columns if column.name.lower() in names]
        types = {column.name: column.type for column in key}
        for batch in self._answer(key, shape.name):
            yield cast(batch, types, lambda _: shape.name)[0]  # what can't be held is in no table either

    def _answer(self, columns: Sequence[Column], of: str) -> Iterator[pa.Table]:
        """Columns of a table, in the driver's types."""
        for answer in self.driver.batches(f"select {', '.join(column.select for column in columns)} from {of}"):  # noqa: S608
            values = zip(columns, answer.columns, strict=True)
            yield from batched(pa.table({column.name: column.received(came) for column, came in values}))

    def shape(self, table: Table) -> Shape:
        """The table as the source declares it, asked once for a connection; names match in any case."""
        if table.name not in self._shapes:
            self._shapes[table.name] = self._describe(table)
        return self._shapes[table.name]

    def _describe(self, table: Table) -> Shape:
        found = self.driver.rows(
            "select table_schema, table_name, column_name, data_type, numeric_precision, numeric_scale, is_nullable"  # noqa: S608
            f" from information_schema.columns where lower(table_schema) = lower({text(self.driver.schema)})"
            f" and lower(table_name) = lower({text(table.name)}) order by ordinal_position"
        )
        names = {f"{quoted(row[0])}.{quoted(row[1])}" for row in found}
        if len(names) != 1:
            what = f"{len(names)} tables differ by case only" if names else "no such table, or no right to read it"
            place = f"{self.driver.source} at {self.driver.address}, {self.driver.schema}.{table.name}"
            raise SourceError(f"{place}: {what}")
        excluded = {name.lower() for name in table.exclude}
        columns = [self._column(table, *row[2:]) for row in found if row[2].lower() not in excluded]
        return Shape(table=table, name=names.pop(), columns=tuple(columns))

    def _column(self, table: Table, name: str, declared: str, digits: Any, scale: Any, nullable: str) -> Column:
        data_type = declared.lower()
        kind = TYPES.get(data_type) or decimal_type(data_type, digits, scale)
        select = quoted(name) if kind else self.driver.as_text(data_type, quoted(name))
        override = {column.lower(): spark for column, spark in table.columns.items()}.get(name.lower())
        whole = None if override else self._whole(select, kind)
        kind = arrow_type(override) if override else kind or pa.string()
        return Column(name, kind, str(nullable).upper() != "NO", whole or select, is_whole=whole is not None)

    def _whole(self, select: str, of: pa.DataType | None) -> str | None:
        if isinstance(of, pa.Decimal128Type) and of.precision <= WHOLE_DIGITS:
            return self.driver.as_whole(select, of.scale)
        return None


def decimal_type(data_type: str, digits: Any, scale: Any) -> pa.DataType | None:
    """A decimal of the declared size. Without a size, beyond 38 digits, or with a scale that isn't among them (negative
    ones are told as 2046 and the like), only text holds every value.

    Snowflake's whole numbers are NUMBER(p,0): up to 18 digits they are integers here.
    """
    if data_type not in ("numeric", "number", "decimal"):
        return None
    if digits is None or int(digits) > 38 or int(scale) > int(digits):
        return pa.string()
    if data_type == "number" and int(scale) == 0 and int(digits) <= WHOLE_DIGITS:
        return pa.int64()
    return pa.decimal128(int(digits), int(scale))


def unscaled(values: pa.ChunkedArray, of: pa.Decimal128Type) -> pa.ChunkedArray:
    """Whole numbers of last digits as the decimals that they stand for; as text where one of them is NO_NUMBER."""
    if pc.max(values).as_py() == NO_NUMBER:
        none = pc.fill_null(pc.equal(values, NO_NUMBER), False)
        return pc.if_else(none, "nan", unscaled(pc.if_else(none, None, values), of).cast(pa.string()))
    short = pa.decimal64(WHOLE_DIGITS, of.scale)
    return pa.chunked_array([chunk.view(short).cast(of) for chunk in values.chunks], of)


def quoted(identifier: str) -> str:
    """An identifier that can't end its quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal. A backslash is spelled out: Redshift and Snowflake take it for an escape, PostgreSQL doesn't."""
    return "'" + value.replace("'", "''").replace("\\", "' || chr(92) || '") + "'"


def literal(us: int) -> str:
    """An instant as a SQL literal; the session is in UTC, so it means the same for every kind of timestamp."""
    return f"timestamp '{instant(us).replace(tzinfo=None).isoformat(sep=' ', timespec='microseconds')}'"


def instant(us: int) -> datetime:
    """Microseconds since 1970 as an instant, UTC."""
    return EPOCH + timedelta(microseconds=us)


def micros(value: date | int) -> int:
    """Microseconds since 1970 of a timestamp (naive: UTC) or of a date's first moment; a number is itself."""
    if isinstance(value, int):
        return value
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - EPOCH) // timedelta(microseconds=1)
