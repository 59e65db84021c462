"""A source in memory, so that tests say what it holds; and short questions about a lake."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from ingestion.bronze.delta.storage import storage_options
from ingestion.bronze.load import LoadResult, load
from ingestion.bronze.slices.offsets import Stretch
from ingestion.bronze.slices.plan import EVERYTHING_NEW, plan
from ingestion.clock import Clock
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import NO_WINDOW, Rejected, Slice, Table
from ingestion.values.cursors import LARGEST, numbers
from ingestion.values.window_end import ending

INSTANT = pa.timestamp("us", "UTC")
ORDERS = Table("Orders", key=("Id",), cursor="UpdatedAt", lookback=timedelta(seconds=10))


def at(second: float) -> datetime:
    """An instant on a day before the tests' now."""
    return datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=second)


def us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def orders(*rows: tuple[str | None, float | None], **columns: list[Any]) -> pa.Table:
    """Orders of (id, second of their cursor), and further columns."""
    ids = pa.array([row[0] for row in rows], pa.string())
    cursors = pa.array([None if row[1] is None else at(row[1]) for row in rows], INSTANT)
    return pa.table({"Id": ids, "UpdatedAt": cursors, **columns})


@dataclass
class Memory:
    """Windows over a cursor, as a database would serve them."""

    rows: pa.Table
    cursor: str = "UpdatedAt"
    rejected: Sequence[Rejected] = ()
    batch_rows: int = 100_000
    asked: list[Slice] = field(default_factory=list)
    while_reading: Callable[[], None] = lambda: None
    now: datetime | None = None
    """The source's clock; None: it has none."""
    counts_ties: bool = False
    """True if it says how many rows have the largest cursor."""

    def slices(self, table: Table, clock: Clock) -> list[Slice]:
        moment = clock.moment(table, None if self.now is None else us(self.now))
        cursor = self.rows.column(self.cursor)
        counts = pa.types.is_integer(cursor.type) or pa.types.is_decimal(cursor.type)
        end, beyond = (LARGEST, LARGEST) if counts else (moment.end_us, moment.beyond_us)
        past = cursor.filter(pc.less(numbers(cursor), end))
        ahead = pc.sum(pc.greater_equal(numbers(cursor), beyond)).as_py() or 0
        high = pc.max(past).as_py()
        if high is None:
            return [Slice("", None, NO_WINDOW, beyond=beyond, ahead=ahead)] if ahead or cursor.null_count else []
        ties = pc.sum(pc.equal(past, pc.max(past))).as_py()
        window = ending(high, ties, moment) if self.counts_ties else Slice("", None, pc.max(numbers(past)).as_py() + 1)
        return [replace(window, beyond=beyond, ahead=ahead)]

    def count(self, table: Table, part: Slice) -> int | None:
        return self._window(part).num_rows

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        self.asked.extend(parts)
        for part in parts:
            found = self._window(part)
            for start in range(0, found.num_rows, self.batch_rows):
                yield found.slice(start, self.batch_rows)
        yield from self.rejected
        self.while_reading()

    def keys(self, table: Table) -> Iterator[pa.Table]:
        for start in range(0, self.rows.num_rows, self.batch_rows):
            yield self.rows.slice(start, self.batch_rows).select(table.key)

    def _window(self, part: Slice) -> pa.Table:
        cursors = numbers(self.rows.column(self.cursor))
        inside = pc.less(cursors, part.high)
        if part.low is not None:
            inside = pc.and_(inside, pc.greater_equal(cursors, part.low))
        if part.beyond is not None:
            inside = pc.or_(inside, pc.greater_equal(cursors, part.beyond))
        inside = pc.fill_null(inside, True)
        return self.rows if pc.all(inside).as_py() else self.rows.filter(inside)


@dataclass
class Files:
    """Objects with rows; a row's position is its id."""

    objects: dict[str, pa.Table]

    def slices(self, table: Table, clock: Clock) -> list[Slice]:
        return [Slice(f"{key}#e#{rows.num_rows}", None, 1) for key, rows in self.objects.items()]

    def count(self, table: Table, part: Slice) -> int | None:
        return None

    def read(self, table: Table, parts: Sequence[Slice]) -> Iterator[pa.Table | Rejected]:
        for part in parts:
            key = part.partition_id.rsplit("#", 2)[0]
            rows, lines = self.objects[key], list(range(1, self.objects[key].num_rows + 1))
            added = {"_file": [key] * len(lines), "_file_row": lines, "_version": lines}
            ids = [f"{part.partition_id}:{line}" for line in lines]
            for name, values in {**added, "_row_id": ids}.items():
                rows = rows.append_column(name, pa.array(values))
            yield rows


def source(*tables: Table, connect: Callable[[], AbstractContextManager[Any]] = nullcontext) -> Source:
    return Source("memory", tables, connect, rules=("odd_message",))


@dataclass
class Lake:
    """Loads into one lake, and what is in it."""

    settings: Settings

    def load(
        self,
        reader: Reader,
        table: Table = ORDERS,
        *,
        full: bool = False,
        reconcile: bool = False,
        stretch: Stretch = EVERYTHING_NEW,
        **options: Any,
    ) -> LoadResult:
        """Load what is new, or what `options["planner"]` says."""
        options.setdefault("planner", partial(plan, full=full, reconcile=reconcile, stretch=stretch))
        return load(source(table), reader, table, self.settings, "run-1", **options)

    def delta(self, name: str = "memory__orders") -> DeltaTable:
        return DeltaTable(f"{self.settings.bronze}/{name}", storage_options=storage_options())

    def rows(self, name: str = "memory__orders") -> list[dict[str, Any]]:
        return self.delta(name).to_pyarrow_table().to_pylist()

    def values(self, column: str = "id", name: str = "memory__orders") -> list[Any]:
        """A column, sorted."""
        return sorted((row[column] for row in self.rows(name)), key=repr)

    def quarantine(self) -> list[dict[str, Any]]:
        return self.rows("memory__orders__quarantine")

    def loads(self) -> list[dict[str, Any]]:
        return sorted(self.rows("loads"), key=lambda row: row["loaded_at"])
