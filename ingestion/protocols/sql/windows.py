"""Windows over a cursor column: what every SQL source has in common.

A driver says how to ask and how rows come back as Arrow; this module says what to ask. Types are those that
`information_schema` declares, so a batch never decides its own; what Arrow has no type for arrives as text.

Rows whose cursor is NULL, or lies beyond the server's clock, belong to no window and must not get lost: every read
brings them, and bronze keeps each once, in quarantine under the rule `null_cursor` or `future_cursor`. One statement
reads all, so a row that moves is read once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.clock import Clock
from ingestion.instants import length_us, to_us
from ingestion.protocols.sql.declared_table import Column, Shape
from ingestion.protocols.sql.declared_types import PRINTED, TYPES, WHOLE_DIGITS, decimal_type
from ingestion.protocols.sql.literals import literal, quoted, shifted, text
from ingestion.spec import NO_WINDOW, Rejected, Slice, SourceError, Table
from ingestion.spec_columns import check_columns
from ingestion.values.batches import batched
from ingestion.values.cast import cast
from ingestion.values.cursors import FUTURE, LARGEST, beyond
from ingestion.values.types import arrow_type
from ingestion.values.window_end import ending


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
        """The schema of the tables."""
        ...

    @property
    def now(self) -> str:
        """The SQL of the server's clock: an instant in the session's zone, UTC."""
        ...

    @property
    def prints_instants(self) -> bool:
        """True if days and instants travel as text, since the driver would change those beyond its calendar."""
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

    def digits(self, data_type: str, column: str) -> str:
        """The SQL of an instant's text where it is finer than microseconds, else NULL; empty where none can be."""
        ...


class SqlReader:
    """Reads windows through a driver."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._shapes: dict[str, Shape] = {}

    def slices(self, table: Table, clock: Clock) -> Sequence[Slice]:
        """One window up to the newest cursor before now; without one, one of the rows that belong to no window."""
        shape = self.shape(table)
        cursor = quoted(shape.cursor.name)
        [(high, ties, ahead, now)] = self.driver.rows(self._asked(shape, clock))
        moment = clock.moment(table, to_us(now))
        beyond = LARGEST if shape.cursor.counts else moment.beyond_us
        if high is not None:
            window = ending(high, ties, moment)
        elif ahead or self.driver.rows(f"select 1 from {shape.name} where {cursor} is null limit 1"):  # noqa: S608
            window = Slice("", None, NO_WINDOW)
        else:
            return []
        return [replace(window, beyond=beyond, ahead=ahead)]

    def _asked(self, shape: Shape, clock: Clock) -> str:
        """The largest cursor of the past, how many rows have it, how many lie beyond the clock, and what time it is."""
        cursor, past, beyond = quoted(shape.cursor.name), *self._bounds(shape, clock)
        rows = f"(select count(*) from {shape.name} where {cursor}"  # noqa: S608
        return (
            f"with newest as (select max({cursor}) as high from {shape.name} where {cursor} < {past})"  # noqa: S608
            f" select (select high from newest), {rows} = (select high from newest)), {rows} >= {beyond}),"
            f" {self.driver.now}"
        )

    def _bounds(self, shape: Shape, clock: Clock) -> tuple[str, str]:
        """The past's end and the future's begin; the server's clock is read when the statement runs."""
        if shape.cursor.counts:
            return str(LARGEST), str(LARGEST)
        lag_us, fixed = length_us(shape.table.lag), clock.fixed_us
        if fixed is not None:
            return literal(fixed - lag_us), literal(fixed + lag_us)
        return shifted(self.driver.now, -lag_us), shifted(self.driver.now, lag_us)

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
                ahead = beyond(batch.column(shape.cursor.name), part.beyond) if part.beyond is not None else None
                if ahead is not None:
                    rows, rejected = cast(batch.filter(ahead), shape.types, lambda _: place, spec=table)
                    yield from (replace(one, rule=FUTURE) for one in rejected)  # infinity, say
                    yield rows
                    batch = batch.filter(pc.invert(ahead))
                rows, rejected = cast(batch, shape.types, lambda _: place, spec=table)
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
        """Columns of a table, in the driver's types; instants that are finer than microseconds as text."""
        fine = [column for column in columns if column.digits]
        wanted = [*(column.select for column in columns), *(column.digits for column in fine)]
        for answer in self.driver.batches(f"select {', '.join(wanted)} from {of}"):  # noqa: S608
            values = dict(zip(columns, answer.columns[: len(columns)], strict=True))
            digits = dict(zip(fine, answer.columns[len(columns) :], strict=True))
            named = {column.name: column.received(came, digits.get(column)) for column, came in values.items()}
            yield from batched(pa.table(named))

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
        place = f"{self.driver.source} at {self.driver.address}, {self.driver.schema}.{table.name}"
        if len(names) != 1:
            what = f"{len(names)} tables differ by case only" if names else "no such table, or no right to read it"
            raise SourceError(f"{place}: {what}")
        check_columns(table, [row[2] for row in found], place)
        excluded = {name.lower() for name in table.exclude}
        columns = [self._column(table, *row[2:]) for row in found if row[2].lower() not in excluded]
        return Shape(table=table, name=names.pop(), columns=tuple(columns))

    def _column(self, table: Table, name: str, declared: str, digits: Any, scale: Any, nullable: str) -> Column:
        data_type = declared.lower()
        kind = TYPES.get(data_type) or decimal_type(data_type, digits, scale)
        printed = PRINTED.get(data_type) if self.driver.prints_instants else None
        select = self.driver.as_text(data_type, quoted(name)) if printed or not kind else quoted(name)
        override = {column.lower(): spark for column, spark in table.columns.items()}.get(name.lower())
        whole = None if override else self._whole(select, kind)
        kind = arrow_type(override) if override else kind or pa.string()
        digits = self.driver.digits(data_type, select)
        return Column(name, kind, str(nullable).upper() != "NO", whole or select, whole is not None, digits, printed)

    def _whole(self, select: str, of: pa.DataType | None) -> str | None:
        if isinstance(of, pa.Decimal128Type) and of.precision <= WHOLE_DIGITS:
            return self.driver.as_whole(select, of.scale)
        return None
