"""The slices to load: the source's slices less what the table's snapshot says it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ingestion.bronze import names
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.slices.counters import counts
from ingestion.bronze.slices.lookback import reach
from ingestion.bronze.slices.offsets import Stretch, check_partitions, remaining
from ingestion.clock import Clock
from ingestion.instants import length_us
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import DELETIONS, NO_WINDOW, Slice, Table
from ingestion.values.naming import snake
from ingestion.values.window_end import next_low

EVERYTHING_NEW = Stretch()
WHOLE = Slice(partition_id="", low=None, high=0)
"""Of a full read, which has no bounds."""
ROWS = "rows"
"""Unit of the txn: how many rows the last full read brought."""
NEWEST = "newest"
"""Unit of the txn: how many rows had the largest cursor, 0 where no more of them can come."""
AHEAD = "ahead"
"""Unit of the txn: how many rows beyond the source's clock quarantine may hold; see `future`."""
Reads = Literal["news", "all", "past"]


@dataclass(frozen=True)
class Plan:
    """One load of one table, fixed before anything is read."""

    source: Source
    table: Table
    target: Bronze
    parts: tuple[Slice, ...]
    """The slices to read, with `low` set. Empty: nothing is new."""
    txns: Mapping[str, int]
    """Unit -> the version to commit; never lower than before."""
    reads: Reads = "news"
    """New rows; everything that there is; a period that may have been read before."""
    reconcile: bool = False
    """True if deletions are found by comparing keys, so that the source's own account of them isn't asked for."""
    is_behind: bool = False
    """True if a stream has more than `parts`, which are to be small."""

    @property
    def to_read(self) -> tuple[Slice, ...]:
        """Return what to ask the reader for."""
        return tuple(part for part in self.parts if not (self.reconcile and part.partition_id == DELETIONS))

    @property
    def name(self) -> str:
        """`<source>__<table>`."""
        return names.table_name(self.source, self.table)

    @property
    def full(self) -> bool:
        """True if everything is read, whatever the table holds."""
        return self.reads == "all"

    @property
    def window(self) -> tuple[int | None, int] | None:
        """Bounds of a window's reading, [low, high), microseconds or numbers; None for other kinds and where nothing is
        new."""
        windows = [part for part in self.parts if part.partition_id != DELETIONS and part.high != NO_WINDOW]
        if self.table.kind != "window" or self.table.is_full_read or not windows:
            return None
        lows = [part.low for part in windows]
        low = None if None in lows else min(low for low in lows if low is not None)
        return low, max(part.high for part in windows)

    @property
    def versions(self) -> tuple[int | None, int] | None:
        """Bounds of `_version` in this reading, [low, high), where they are known; None for files and changes."""
        if self.table.kind == "offsets" and self.parts:
            return min(part.low or 0 for part in self.parts), max(part.high for part in self.parts)
        return self.window

    def at(self, ms: int) -> "Plan":
        """The plan of a load of this instant, in milliseconds: the position of a full read is when it was."""
        return replace(self, txns={"": ms * 1000}) if self.table.is_full_read else self

    @property
    def beyond(self) -> int | None:
        """From which cursor on rows lie beyond the source's clock; None where no window is read."""
        return next((part.beyond for part in self.to_read if part.beyond is not None), None)

    @property
    def counts(self) -> bool:
        """True if the window's bounds are numbers that know no time."""
        return counts(self.table, self.target, self.beyond)

    @property
    def now_us(self) -> int:
        """The source's clock, if rows can lie beyond it."""
        return (self.beyond or 0) - length_us(self.table.lag)

    @property
    def may_be_there(self) -> bool:
        """True if rows of this reading can be in the table already: all but a reading that begins at the watermark.

        A window without a low bound finds rows in a table that was only backfilled.
        """
        if self.target.table is None:
            return False
        if self.reads != "news" or self.window is None:
            return self.reads != "news"
        low, watermark = self.window[0], self.target.committed()
        return low is None or watermark is None or low < watermark

    @property
    def may_be_aside(self) -> bool:
        """True if bad rows of this reading can be in quarantine already: any window brings those without a cursor."""
        return self.reads != "news" or self.table.kind == "window"


def plan(
    source: Source,
    reader: Reader,
    table: Table,
    settings: Settings,
    *,
    full: bool = False,
    reconcile: bool = False,
    stretch: Stretch = EVERYTHING_NEW,
) -> Plan:
    """Ask the source what it holds and the table what it has; raises SourceUnavailable, and of streams OffsetsLost,
    TopicRecreated. `stretch` is for streams alone."""
    target = table_of(source, table, settings)
    if table.is_full_read:  # it marks what is gone itself
        return Plan(source, table, target, (WHOLE,), {}, "all", reconcile and table.deletes != "sweep")
    clock, is_window = Clock.of(source.name, settings), table.kind == "window"
    slices = reader.slices(table, clock)
    if not slices and is_window and target.committed(AHEAD):  # all rows are gone, those beyond the clock too
        slices = [Slice("", None, NO_WINDOW, beyond=clock.moment(table, None).beyond_us)]
    back = reach(table, target, slices) if is_window else 0
    held = (
        {part.partition_id: target.committed(part.partition_id) for part in slices}
        if is_window
        else target.partition_ids()
    )
    before = {part.partition_id: held.get(part.partition_id) for part in slices}
    if table.kind == "offsets":
        check_partitions(slices, held)
        starts = (
            {part.partition_id: part.low or 0 for part in slices} if full else stretch.starts(reader, table, slices)
        )
        wanted = [remaining(part, before[part.partition_id], starts.get(part.partition_id), stretch) for part in slices]
    else:
        wanted = [_part(table, part, before[part.partition_id], full, target, back) for part in slices]
    parts = tuple(part for part in wanted if part)
    if target.table is None and all(part.partition_id == DELETIONS for part in parts):
        parts = ()  # nothing was received yet, so nothing can be gone
    txns = {part.partition_id: _later(part.high, before[part.partition_id]) for part in parts if part.high != NO_WINDOW}
    window = next((part for part in parts if is_window and part.partition_id == "" and not part.is_empty), None)
    if window and txns[""] == window.high:  # one that ends before the last one says nothing of that one's end
        txns[NEWEST] = window.newest or 0
    ends = {part.partition_id: part.high for part in slices}
    is_behind = any(part.high < ends[part.partition_id] for part in parts)
    reads: Reads = "all" if full else "news" if stretch.again_from is None else "past"
    return Plan(source, table, target, parts, txns, reads, reconcile, is_behind)


def table_of(source: Source, table: Table, settings: Settings) -> Bronze:
    """The table of bronze that a source's table is loaded into, as it is now."""
    return Bronze(f"{settings.bronze}/{names.table_name(source, table)}", f"{source.name}.{snake(table.name)}")


def _later(high: int, committed: int | None) -> int:
    return high if committed is None else max(high, committed)


def _part(table: Table, part: Slice, committed: int | None, full: bool, target: Bronze, back: int) -> Slice | None:
    """The slice with its low bound, or None where all of it is there."""
    if part.beyond is not None and committed is not None:  # what was of the past once is so for good
        part = replace(part, beyond=max(part.beyond, committed))
    if full and part.partition_id != DELETIONS:  # a full read brings what is there, never what is gone
        return replace(part, low=None)
    if committed is not None and part.high <= committed and not _has_more(part, committed, target):
        is_ahead = part.ahead or target.committed(AHEAD)
        return replace(part, low=committed, high=committed) if is_ahead else None
    low = committed
    if low is not None and table.kind == "window" and part.partition_id != DELETIONS:
        more_may_come = target.committed(NEWEST) != 0
        low = next_low(low, target.types.get(snake(table.cursor or "")), more_may_come=more_may_come)
    return replace(part, low=None if low is None else low - back)


def _has_more(part: Slice, committed: int, target: Bronze) -> bool:
    """True if rows came with the largest cursor since the last load."""
    return part.high == committed and part.newest is not None and part.newest != target.committed(NEWEST)
