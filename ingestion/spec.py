"""Table specs: a source's tables as data, and what its reader and bronze hand each other: slices, rows, errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

if TYPE_CHECKING:
    pass

Kind = Literal["window", "files", "offsets", "changes"]
Severity = Literal["warn", "quarantine", "error"]


@dataclass(frozen=True)
class Table:
    """One table of a source, as data. Names are the source's own; bronze turns them to lower snake case."""

    name: str
    key: tuple[str, ...]
    cursor: str | None = None
    """The column whose value orders changes. None for files and streams: their position is the order. None of a kind
    `window` is a full read: each load reads the whole table and lands what differs from the latest row of its key, or
    without a key (`key=()`) what is more than bronze holds (docs/decisions/0011-full-reads.md)."""
    kind: Kind = "window"
    lookback: timedelta | int = timedelta(0)
    """The time that a window reaches back behind the watermark, for rows that a source commits late. Of a cursor that
    is a number, such as an id: how many numbers, since it knows no time."""
    lag: timedelta = timedelta(minutes=5)
    """The time that a window's end stays behind now: clocks differ, and transactions commit late."""
    keeps_past: bool = True
    """True if the source still serves periods that are over. Without, nothing can be backfilled."""
    deletes: str = "none"
    """The sign of a deletion: none | flag:<column> | deleted_at | op | tombstone | sweep (not at all: only a comparison
    of all keys finds it, and bronze marks it in `_is_deleted`)."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column -> Spark type, for protocols that carry no types (JSON; columns not named here arrive as string), and
    where the declared type is not the wanted one (Snowflake's INTEGER is NUMBER(38,0)): cast exactly, or rejected."""
    exclude: Mapping[str, str] = field(default_factory=dict)
    """Column -> why it is never loaded (personal data, say)."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Rule -> what happens to a row that breaks it, where that is not `quarantine`
    (`ingestion/bronze/rows/rules.py`)."""
    path: str | None = None
    """Files: the glob of the objects, such as `price_list/*.csv.gz`. Streams: the topic, if not called as the table."""

    @property
    def is_full_read(self) -> bool:
        """True if each load reads the whole table."""
        return self.kind == "window" and self.cursor is None


NO_WINDOW = -(2**63)
"""The `high` of a slice of a table whose rows belong to no window, all of them: it moves no watermark."""


@dataclass(frozen=True)
class Slice:
    """A part of a table with a position of its own: its partition id is what one `txn` of the Delta log remembers.

    A window: partition id "", bounds in microseconds since 1970 (UTC) of the cursor, [low, high). A file: partition id
    "<key>#<etag>#<size>", high 1. A stream's partition: id "<topic>/<partition>", bounds are offsets. `low` is None
    where bronze holds nothing yet.
    """

    partition_id: str
    low: int | None
    high: int
    rows: int | None = None
    """The number of rows it holds, where the source can say so cheaply (dry runs show it)."""
    bytes: int | None = None
    written: int | None = None
    """Files only: when the object was written, microseconds since 1970."""
    newest: int | None = None
    """Windows only: how many rows have the largest cursor, where more of them may still come (a number, a day, a
    second): then the next window begins with it. None where none can come."""
    beyond: int | None = None
    """Windows only: rows whose cursor is this or larger belong to no window, and every read brings them: they lie
    beyond the source's clock. Bronze keeps each once, in quarantine, rule `future_cursor`."""
    ahead: int = 0
    """Windows only: how many of them there are."""

    @property
    def is_empty(self) -> bool:
        """True if its window holds nothing, so that only rows of no window are read."""
        return self.high == NO_WINDOW or (self.low is not None and self.low >= self.high)


@dataclass(frozen=True)
class Rejected:
    """A row that could not even become an Arrow row; it goes to quarantine as it is."""

    payload: bytes
    rule: str
    """A stable name in snake case: `bad_json`, `column_count`, `truncated_gzip` …"""
    message: str
    position: str
    """Its place in the source: `price_list/2026-01-02.csv.gz:17`."""
    context: str = ""
    """Context that `Source.parse` needs beside the payload, in the source's own spelling: a csv file's header, say."""


@dataclass(frozen=True)
class Parsed:
    """A kept payload that is a row after all."""

    values: Mapping[str, Any]
    """Column -> value as JSON has them, or text. Kinds other than window have their position's columns (see `read`)."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Column -> Spark type, where neither the table's spec nor bronze may know it; else it is a string."""


DELETIONS = "deleted"
"""The partition id of a slice of deletions, beside the window "" of a source that tells them apart from rows: [low,
high) in microseconds. The first load has no `low` and brings none."""


@dataclass(frozen=True)
class DeletedKeys:
    """Keys that the source removed for good, so that no row of it says so."""

    keys: pa.Table
    """The key's columns, as the source calls them, and `_at` (int64): microseconds since 1970, or NULL."""


class SourceError(RuntimeError):
    """The source answered with something that can't be used: which source, table and place, what was expected."""


class SourceUnavailable(SourceError):
    """The source could not be reached or refused us: which source, at which address, and why."""
