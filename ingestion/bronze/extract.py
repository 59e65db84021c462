"""Reading: batches of the source become rows to land and rows for quarantine, counted."""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

import pyarrow as pa

from ingestion.bronze.deletions import Deletions
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import RuleBroken
from ingestion.bronze.full_load import FullLoad
from ingestion.bronze.names import quarantine_name
from ingestion.bronze.quarantine.out_of_window import Future
from ingestion.bronze.quarantine.table import to_table
from ingestion.bronze.rows.audit_columns import Stamping
from ingestion.bronze.rows.contract import Contract
from ingestion.bronze.rows.row_id import Known, row_ids
from ingestion.bronze.rows.rules import severity
from ingestion.bronze.rows.violations import Bad
from ingestion.bronze.slices.plan import Plan
from ingestion.instants import from_ms
from ingestion.source import Reader
from ingestion.spec import DeletedKeys, Rejected
from ingestion.values.naming import snake

T = TypeVar("T")

FLUSH = 10_000
"""Rows for quarantine that are gathered before they are written."""

ROWS, BYTES = 50_000, 64 * 2**20
"""Smaller batches are put together until there is this much: a call has its price, and so has a row group."""


class Extraction:
    """The rows of a plan, read once."""

    def __init__(
        self,
        plan: Plan,
        aside: Bronze,
        run_id: str,
        ms: int,
        on_rows: Callable[[int], None],
        *,
        allow_shrink: bool = False,
    ) -> None:
        self.read = self.came = 0
        self.already_there = 0
        self.load_id = ""
        self.name, self.source, self.run_id, self.ms = plan.name, plan.source.name, run_id, ms
        self._plan, self._aside = plan, aside
        self._stamp: dict[str, Any] = {"_ingest_ts": from_ms(ms), "_source": plan.source.name, "_run_id": run_id}
        self._on_rows = on_rows
        self._contract = Contract(plan.table, plan.name, plan.target.types, plan.source.rules)
        self._stamping = Stamping(plan.table, self._contract, self._stamp)
        self.future = Future(plan.name, self._contract.cursor or "", plan.beyond, plan.now_us)
        self._known: dict[str, Known] = {}
        self._full = None
        if plan.table.is_full_read:
            self._full = FullLoad(plan, self._contract, self._stamping, ms, allow_shrink=allow_shrink)
        self.gone: list[pa.Table] = []
        """Keys to mark as deleted, once the rows are read."""

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The table's columns after this reading: the source's first, then those added."""
        return self._stamping.types

    @property
    def seen(self) -> dict[str, pa.DataType | None]:
        """The columns that the source had, where it declares them all: a window's."""
        return self._contract.seen if self._plan.table.kind == "window" else {}

    def items(self, reader: Reader, load_id: str) -> Iterator[tuple[str, pa.Table]]:
        """Table name and rows, ready to be written."""
        self.load_id = self._stamp["_load_id"] = load_id
        bad: list[Bad] = []
        size = bad_rows = 0
        for batch in gathered(ahead(reader.read(self._plan.table, self._plan.to_read))):
            if isinstance(batch, DeletedKeys):
                self.gone.append(batch.keys.rename_columns([snake(name) for name in batch.keys.column_names]))
                continue
            rows, misfits = self._checked(batch)
            bad.extend(map(self._bearable, misfits))
            self.future.note(misfits)
            size += sum(len(one.payload) for one in misfits)
            bad_rows += len(misfits)
            if rows.num_rows:
                yield self._plan.name, rows
            if len(bad) >= FLUSH or size >= BYTES:
                yield from self._set_aside(bad)
                bad, size = [], 0
        yield from self._set_aside(bad)
        self.came = self.read
        for rows in self._differing(reader, bad_rows):
            yield self._plan.name, rows
        for rows in self._deletions():
            yield self._plan.name, rows
        self.future.close(self._aside, self.read)

    def _differing(self, reader: Reader, bad_rows: int) -> Iterator[pa.Table]:
        """The rows of a full read that land."""
        if self._full:
            yield from self._full.landing()
            self.already_there += self._full.unchanged
            self.gone.extend(self._full.gone(reader, some_were_bad=bad_rows > 0))

    def _deletions(self) -> Iterator[pa.Table]:
        """A row for each key that is gone and was alive; for the others nothing is left to say."""
        if not self.gone:
            return
        gone = pa.concat_tables(self.gone)
        self._count(gone.num_rows)
        self.already_there += gone.num_rows
        for rows in Deletions(self._plan.table, self._plan.target).rows(gone, self.ms):
            self.already_there -= rows.num_rows
            for column in rows.schema:  # the mark may be a column that no row of the source had yet
                self._contract.types.setdefault(column.name, column.type)
            stamped = rows.drop_columns([*self._stamp, "_row_id"])
            values: dict[str, Any] = {**self._stamp, "_row_id": row_ids(stamped, self._stamping.engine)}
            yield self._stamping.with_values(stamped, values)

    def _checked(self, batch: pa.Table | Rejected) -> tuple[pa.Table, list[Bad]]:
        if isinstance(batch, Rejected):
            self._count(1)
            return pa.table({}), [Bad.of(batch, list(self._plan.table.exclude))]
        self._count(batch.num_rows)
        past, ahead = self.future.split(batch)
        rows, misfits = self._contract.check(past)
        if self._full:
            self._full.add(rows)
            return pa.table({}), list(misfits.rows(self._position))
        found = [misfits] if ahead is None else [misfits, self.future.marked(self._contract.named(ahead))]
        bad = [one for some in found for one in some.rows(self._position)]
        return self._new_rows(self._stamping.stamped(rows)), bad

    def _bearable(self, bad: Bad) -> Bad:
        """Raises RuleBroken where the table's spec says that nothing may be loaded beside such a row."""
        if severity(self._plan.table, bad.rule) == "error":
            raise RuleBroken(
                f"{self.name}: {bad.position} breaks the rule {bad.rule} ({bad.message}), whose severity is error: "
                "nothing of this load was committed. Mend it in the source, or set the rule to quarantine in the "
                "table's spec, and run again"
            )
        return bad

    def _count(self, rows: int) -> None:
        self.read += rows
        self._on_rows(rows)

    def _new_rows(self, rows: pa.Table) -> pa.Table:
        if not self._plan.may_be_there or not rows.num_rows:
            return rows
        return self._new(rows, self._plan.target, self._plan.versions)

    def _set_aside(self, bad: list[Bad]) -> Iterator[tuple[str, pa.Table]]:
        """A window can bring a bad row again: in the overlap, or without a cursor; so can a stream read again."""
        if not bad:
            return
        rows = to_table(bad, self._stamp)
        if self._aside.table is not None and self._plan.may_be_aside:
            rows = self._new(rows, self._aside, None)
        if rows.num_rows:
            yield quarantine_name(self._plan.name), rows

    def _new(self, rows: pa.Table, place: Bronze, versions: tuple[int | None, int] | None) -> pa.Table:
        """The rows that aren't in a table already."""
        if place.uri not in self._known:
            self._known[place.uri] = Known(place.row_ids(versions), self._stamping.engine, f"known_{len(self._known)}")
        new = rows.filter(self._known[place.uri].new(rows.column("_row_id")))
        self.already_there += rows.num_rows - new.num_rows
        return new

    def _position(self, row: dict[str, Any]) -> str:
        """Return a row's place in its source: the file's line, else its cursor and key."""
        if "_file" in row:
            return f"{row['_file']}:{row.get('_file_row')}"
        order = () if self._full else (self._contract.cursor or "_version",)
        named = dict.fromkeys((*order, *self._contract.key))
        return " ".join(f"{name}={row.get(name)}" for name in named) or self.name


def ahead(batches: Iterable[T]) -> Iterator[T]:
    """The same, the next one read in a thread while this one is worked on: a driver waits for its server or unpacks,
    and either leaves a core free. The thread has the reading for itself until it is over."""
    source = iter(batches)
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        following = reader.submit(next, source, None)
        try:
            while (batch := following.result()) is not None:
                following = reader.submit(next, source, None)
                yield batch
        finally:
            wait([following])
            if isinstance(source, Generator):
                reader.submit(source.close).result()


def gathered(batches: Iterable[pa.Table | Rejected | DeletedKeys]) -> Iterator[pa.Table | Rejected | DeletedKeys]:
    """The batches, small ones of equal columns put together; what is no row goes first."""
    waiting: list[pa.Table] = []
    for batch in batches:
        if not isinstance(batch, pa.Table):
            yield batch
            continue
        if waiting and waiting[0].schema != batch.schema:
            yield pa.concat_tables(waiting)
            waiting = []
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= ROWS or sum(one.nbytes for one in waiting) >= BYTES:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)
