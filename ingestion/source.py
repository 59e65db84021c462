"""A source: data about its tables, and one function that connects a reader.

A source file in `ingestion/sources/` ends in `SOURCE = Source(name, tables, connect)`. It knows its protocol and
nothing of bronze: bronze asks for slices, drops those it already holds, and asks to read the rest.

Protocol, source by source: docs/architecture.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from ingestion.clock import Clock
from ingestion.spec import DeletedKeys, Parsed, Rejected, Slice, Table


class Reader(Protocol):
    """An open connection to a source."""

    def slices(self, table: Table, clock: Clock) -> Sequence[Slice]:
        """All slices of the source now, `low` unset. A window's `high` is the largest cursor plus one, of the cursors
        before `Moment.end_us` where they are instants or days; an empty table has no slices. Now is the source's own
        (`clock.moment`), or `clock.fixed_us` where that is set. A stream's partitions come with `low`, the oldest
        offset that they still have. Raises `SourceUnavailable`, `ClockDiffers`."""
        ...

    def count(self, table: Table, part: Slice) -> int | None:
        """Return how many rows `read` would yield, or None where the source can't say cheaply. For dry runs."""
        ...

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected | DeletedKeys]:
        """Batches of at most about 100,000 rows with the source's columns, and rows that could not be parsed; of a
        slice of DELETIONS the keys that are gone.

        Kinds other than window add the columns that say where a row stands: files `_file` (string), `_file_row`
        (int64, from 1); every kind but window `_row_id` (string) and `_version` (int64). The same row, read
        again, is the same in every column. Batches are fetched ahead in a thread that has the connection for itself
        meanwhile; a driver that binds connections to a thread needs a setting (sqlite3: `check_same_thread=False`).
        Rows whose cursor is NULL, or at least `beyond`, belong to no window: every read of a window brings them all, so
        that none is lost (bronze keeps each once, in quarantine, rules `null_cursor` and `future_cursor`).
        Raises `SourceUnavailable`, `SourceError`.
        """
        ...


@runtime_checkable
class ListsKeys(Protocol):
    """A reader that can list what a table holds."""

    def keys(self, table: Table) -> Iterator[pa.Table]:
        """Every key that is there now, rows marked as deleted included, in batches with the key's columns only and
        the types that `read` gives them. Raises `SourceUnavailable`, `SourceError`."""
        ...


@runtime_checkable
class ListsObjects(Protocol):
    """A reader of objects, each of which belongs to the table whose `path` it matches."""

    def unmatched(self, tables: Sequence[Table]) -> Sequence[str]:
        """The keys of all objects that match no table's path. Raises `SourceUnavailable`."""
        ...


class Stream(Reader, Protocol):
    """A reader of partitions that keep their messages in order, each at an offset (kind `offsets`)."""

    def starts(self, table: Table, parts: Sequence[Slice], moment: datetime) -> Mapping[str, int]:
        """Partition id -> the offset at which its messages of this instant and later begin; `high` where all are
        older."""
        ...


@dataclass(frozen=True)
class Source:
    """A system to load from."""

    name: str
    tables: tuple[Table, ...]
    connect: Callable[[], AbstractContextManager[Reader]]
    """Opens a connection with the settings of dlt's section `sources.<name>`; raises `SourceUnavailable`."""
    settings: type[Any] | None = None
    """The dataclass of those settings (see ingestion/protocols/config.py)."""
    parse: Callable[[Table, Rejected], Parsed | Rejected] | None = None
    """Parses what was rejected before once more, without a connection; returns it as it is where it is still bad, or
    where it can't be parsed alone. None: what this source rejects can only be read again from the source."""
    reads_whole: bool = False
    """True if `read` brings a whole table for a slice without bounds, so that a table needs no cursor."""
    rules: tuple[str, ...] = ()
    """The source's own rules: those of its `Rejected` that bronze doesn't know (`ingestion/bronze/rows/rules.py`)."""

    def table(self, name: str) -> Table:
        """The table of this name, any case; raises LookupError with the names there are."""
        for table in self.tables:
            if table.name.lower() == name.lower():
                return table
        raise LookupError(f"{self.name} has no table {name!r}; it has {', '.join(t.name for t in self.tables)}")
