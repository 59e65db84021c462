"""Objects of a store as slices: each is read once, whole, as one unit; what its rows mean is the source's own.

store.list ─▶ objects ─▶ fetched, parsed ─▶ Untyped batches ─▶ the source's `typed`
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.clock import Clock
from ingestion.protocols.config import spelling
from ingestion.protocols.files.column_names import without_own
from ingestion.protocols.files.formats import UNPACKED_BYTES, Bad, Row, Rows, in_batches, parse_file
from ingestion.protocols.files.rows import context, typed_context
from ingestion.protocols.files.store import Store, Stored, fetched, matches
from ingestion.spec import Rejected, Slice, SourceError, Table
from ingestion.values import json_rows
from ingestion.values.cast import cast, plain_layout
from ingestion.values.json_values import text_table
from ingestion.values.naming import merge_aliases
from ingestion.values.types import arrow_type


@dataclass(frozen=True)
class Untyped:
    """Rows of one object, as its format has them."""

    rows: pa.Table
    numbers: pa.Array
    """Each row's number in the object, from 1."""
    texts: Callable[[int], Row] | None
    """A row (from 0) as it stands in the text; None for formats that have types of their own."""

    def take(self, wanted: pa.Array) -> "Untyped":
        """The rows of a mask."""
        if pc.all(wanted).as_py() is not False:
            return self
        positions = pc.indices_nonzero(wanted).to_pylist()
        texts = self.texts
        some = (lambda row: texts(positions[row])) if texts else None
        return Untyped(self.rows.filter(wanted), self.numbers.filter(wanted), some)

    def bytes(self, row: int) -> bytes:
        """A row (from 0) as it was, or as JSON."""
        if self.texts:
            return self.texts(row).raw
        columns = {name: plain_layout(self.rows.column(name)) for name in self.rows.column_names}
        return json_rows.as_json(columns, [row])[0]

    def context(self, stored: Stored, row: int) -> str:
        """Return a row's context (from 0): a csv file's header, or the types of a format that has some."""
        number = self.numbers[row].as_py()
        if self.texts:
            return context(stored, number, self.texts(row).header)
        return typed_context(stored, number, dict(zip(self.rows.column_names, self.rows.schema.types, strict=True)))


class ObjectReader(ABC):
    """Reads new objects of a store."""

    def __init__(self, source: str, store: Store, unpacked_limit_bytes: int = UNPACKED_BYTES) -> None:
        self.source = source
        self.store = store
        self._unpacked_limit_bytes = unpacked_limit_bytes

    def slices(self, table: Table, clock: Clock) -> Sequence[Slice]:
        """Every object there is, in the order of reading."""
        return [
            Slice(self.partition_id(one), low=None, high=1, bytes=one.size, written=one.modified * 1_000_000)
            for one in self.objects(table)
        ]

    def count(self, table: Table, part: Slice) -> int | None:
        """Only reading would tell."""
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        """The objects' rows, in the order given."""
        listed = {self.partition_id(one): one for one in self.objects(table)}
        for part in parts:
            if part.partition_id not in listed:
                raise SourceError(f"{self.source}: {part.partition_id} changed after it was listed; run again")
            yield from self._read(table, listed[part.partition_id])

    def objects(self, table: Table) -> Sequence[Stored]:
        """The table's objects, oldest first."""
        if table.path is None:
            raise SourceError(f"{self.source}.{table.name} has no path; expected a glob such as price_list/*.csv.gz")
        return self.store.list(table.path)

    def unmatched(self, tables: Sequence[Table]) -> Sequence[str]:
        """The keys of all objects that match no table's path, folders' own markers left out."""
        paths = [table.path for table in tables if table.path]
        every = [one.key for one in self.store.list("**") if not one.key.endswith("/")]
        return [key for key in every if not any(matches(key, path) for path in paths)]

    def partition_id(self, stored: Stored) -> str:
        """Return what the Delta log remembers of an object that was read."""
        return stored.partition_id

    def check(self, table: Table, stored: Stored, content: IO[bytes]) -> None:
        """Raise SourceError where an object is not what the source promises; leaves the file at its start."""
        return

    def _advised(self, bad: Bad) -> Bad:
        """With the setting to change, where one says what is bad."""
        if bad.rule != "unpacked_too_large":
            return bad
        setting = spelling(self.source, "unpacked_limit_bytes", "config")
        return replace(bad, message=f"{bad.message}; if that is no mistake, set {setting} and backfill the file")

    @abstractmethod
    def typed(self, table: Table, stored: Stored, untyped: Untyped) -> Iterator[pa.Table | Rejected]:
        """Rows with the declared types and their place (`_file`, `_file_row`, `_row_id`, `_version`)."""

    def _read(self, table: Table, stored: Stored) -> Iterator[pa.Table | Rejected]:
        with fetched(self.store, stored) as file:
            self.check(table, stored, file)
            for part in in_batches(parse_file(file, stored.key, table, self._unpacked_limit_bytes)):
                if isinstance(part, Bad):
                    yield rejected(self._advised(part), stored)
                elif isinstance(part, Rows):
                    numbers = pa.arange(part.first, part.first + part.table.num_rows)
                    yield from self.typed(table, stored, Untyped(without_own(part.table, table), numbers, part.texts))
                else:
                    values = [row.values for row in part]
                    rows = merge_aliases(text_table(values, dict.fromkeys(chain(table.columns, *values))))
                    numbers = pa.array([row.number for row in part], pa.int64())
                    yield from self.typed(table, stored, Untyped(without_own(rows, table), numbers, part.__getitem__))


def rejected(bad: Bad, stored: Stored) -> Rejected:
    """Return what could not be parsed, with its place."""
    position = stored.key if bad.number is None else f"{stored.key}:{bad.number}"
    number = None if bad.is_cut else bad.number
    return Rejected(bad.raw, bad.rule, bad.message, position, context(stored, number, bad.header))


def declared(table: Table, stored: Stored, untyped: Untyped, *, same_kind: bool) -> tuple[pa.Table, list[Rejected]]:
    """The rows with the declared types and `_file`, `_file_row`; a declared column that isn't there is NULL."""
    rows, numbers, texts = untyped.rows, untyped.numbers, untyped.texts
    for name in table.columns:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows))
    held, misfits = cast(
        rows.append_column("_file_row", numbers),
        {name: arrow_type(spark) for name, spark in table.columns.items()},
        lambda row: f"{stored.key}:{numbers[row]}",
        (lambda row: texts(row).raw) if texts else None,
        context=lambda row: untyped.context(stored, row),
        same_kind=same_kind,
        spec=table,
    )
    return held.append_column("_file", pa.repeat(pa.scalar(stored.key, pa.string()), held.num_rows)), misfits
