"""A table as its source declares it: real names, types, and the predicate of a window over its cursor."""

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.protocols.sql.declared_types import unscaled
from ingestion.protocols.sql.literals import literal, quoted
from ingestion.protocols.sql.printed_instants import parse
from ingestion.spec import Slice, SourceError, Table
from ingestion.values.types import to_spark


@dataclass(frozen=True)
class Column:
    """A column as the source declares it."""

    name: str
    type: pa.DataType
    nullable: bool
    select: str
    is_whole: bool = False
    """True if it is a decimal that `select` turns into a whole number."""
    digits: str = ""
    """The SQL of an instant's text where it is finer than microseconds, else NULL; empty where none can be."""
    printed: pa.DataType | None = None
    """The type of the days or instants that `select` turns into text; None where they travel as they are."""

    def received(self, values: pa.ChunkedArray, digits: pa.ChunkedArray | None) -> pa.ChunkedArray:
        """Return what `select` and `digits` brought, in a type that says what it is."""
        if digits is not None and digits.null_count < len(digits):
            return pc.coalesce(digits.cast(pa.string()), values.cast(pa.string()))
        if self.printed is not None:
            return parse(values, self.printed)
        return unscaled(values, self.type) if self.is_whole else values

    @property
    def counts(self) -> bool:
        """True if it is a whole number, and so knows no time: Snowflake's INTEGER is NUMBER(38,0)."""
        return bool(pa.types.is_integer(self.type) or (pa.types.is_decimal(self.type) and self.type.scale == 0))

    @property
    def orders(self) -> bool:
        """True if it can order changes: an instant, a day, or a number that grows."""
        return bool(pa.types.is_temporal(self.type) or self.counts)

    def bound(self, value: int) -> str:
        """A window's bound as a literal of this column: microseconds as an instant, a number as it is."""
        return str(value) if self.counts else literal(value)


@dataclass(frozen=True)
class Shape:
    """A table as the source declares it: its real name, quoted, and the columns to read."""

    table: Table
    name: str
    columns: tuple[Column, ...]

    @cached_property
    def types(self) -> dict[str, pa.DataType]:
        """Return what `read` yields."""
        return {column.name: column.type for column in self.columns}

    @cached_property
    def cursor(self) -> Column:
        """The cursor's column; raises SourceError where there is none that can order changes."""
        wanted = (self.table.cursor or "").lower()
        found = next((column for column in self.columns if column.name.lower() == wanted), None)
        if found is None or not found.orders:
            kind = f"a {to_spark(found.type)}" if found else "missing"
            raise SourceError(
                f"{self.name}: the cursor {self.table.cursor!r} is {kind}; expected a timestamp, date or integer. Name "
                "such a column in the table's spec, or leave `cursor` out to read the table whole"
            )
        return found

    def where(self, part: Slice) -> str:
        """The predicate of a window, bounds exact to the microsecond, with the rows that belong to no window."""
        if self.table.is_full_read:
            return "true"
        cursor = quoted(self.cursor.name)
        more = [f"{cursor} >= {self.cursor.bound(part.beyond)}"] if part.beyond is not None else []
        more += [f"{cursor} is null"] if self.cursor.nullable else []
        return " or ".join([f"({self._window(part)})", *more]) if more else self._window(part)

    def _window(self, part: Slice) -> str:
        if part.is_empty:
            return "1 = 0"
        cursor, bound = quoted(self.cursor.name), self.cursor.bound
        low = "" if part.low is None else f"{cursor} >= {bound(part.low)} and "
        return f"{low}{cursor} < {bound(part.high)}"
