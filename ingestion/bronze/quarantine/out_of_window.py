"""Rows of no window: into quarantine once, and out of it when the source no longer sends them so.

Their cursor is NULL, or lies beyond the source's clock, so every read of a window brings all of them.

    read ─▶ sent now ─▶ quarantine: those that aren't there ─▶ table commit ─▶ quarantine: those not sent any more leave

The table's commit comes before they leave, so a row that the clock has passed is in the table first. Its txn
`<app>/ahead` says how many rows beyond the clock quarantine may hold: while it isn't 0, every load reads them again,
whatever else is new, and so finishes what a load that died left undone. Those without a cursor wait for a load that
reads a window: no clock lets them land by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from ingestion.bronze import fault_points
from ingestion.bronze.delta.table import Bronze, Commit
from ingestion.bronze.quarantine.replay import AT_ONCE, one_of
from ingestion.bronze.rows.violations import Bad, Misfits
from ingestion.bronze.slices.plan import AHEAD
from ingestion.columns import ADDED
from ingestion.values.cast import plain_layout
from ingestion.values.cursors import FUTURE, LARGEST, beyond, numbers
from ingestion.values.naming import snake

MANY = 0.01
"""More than this share of a read beyond the clock is no accident of single rows."""

NO_WINDOW_RULES = (FUTURE, "null_cursor")
"""The rules of such rows."""

log = structlog.get_logger()


@dataclass
class Future:
    """The rows that one load reads beyond the clock; `bound` is None where it reads no window."""

    table: str
    cursor: str
    bound: int | None
    now_us: int
    sent: dict[str, list[str]] = field(default_factory=lambda: {rule: [] for rule in NO_WINDOW_RULES})
    """Rule -> the ids of all such rows, those in quarantine included."""
    left: dict[str, list[str]] = field(default_factory=dict)
    """Rule -> the ids of rows in quarantine that were not sent so."""
    offsets: list[int] = field(default_factory=list)
    """The smallest and the largest distance from the clock of each batch, microseconds."""

    def split(self, batch: pa.Table) -> tuple[pa.Table, pa.Table | None]:
        """The rows of a batch that are not beyond the clock, and those that are."""
        column = next((name for name in batch.column_names if snake(name) == self.cursor), None)
        flags = beyond(batch.column(column), self.bound) if column else None
        return (batch, None) if flags is None else (batch.filter(pc.invert(flags)), batch.filter(flags))

    def marked(self, ahead: pa.Table) -> Misfits:
        """Rows beyond the clock, in bronze's names, as what they are."""
        columns = {name: plain_layout(ahead.column(name)) for name in ahead.column_names}
        misfits, all_of_them = Misfits(columns, ahead.num_rows), pa.repeat(pa.scalar(True), ahead.num_rows)
        misfits.add(all_of_them, FUTURE, self._message(columns[self.cursor]), self.cursor)
        return misfits

    def _message(self, cursor: pa.Array) -> str:
        if not pa.types.is_temporal(cursor.type):
            return f"{self.cursor} is larger than any watermark, {LARGEST - 1} at most"
        found = pc.min_max(numbers(cursor))
        self.offsets += [found[end].as_py() - self.now_us for end in ("min", "max")]
        return f"{self.cursor} lies beyond the source's clock"

    def note(self, bad: Sequence[Bad]) -> None:
        """Remember which rows of no window were sent."""
        for one in bad:
            if one.rule in self.sent:
                self.sent[one.rule].append(one.row_id)

    def close(self, aside: Bronze, rows: int) -> None:
        """The read is over: see which rows have left, and ask about the column's zone where many were beyond."""
        if self.bound is None:
            return
        for rule, sent in self.sent.items():
            now = set(sent)
            if left := [one for one in _held(aside, rule) if one not in now]:
                self.left[rule] = left
        if len(self.sent[FUTURE]) > rows * MANY and self.offsets:
            log.warning(
                "cursor.ahead",
                table=self.table,
                column=self.cursor,
                rows=len(self.sent[FUTURE]),
                of=rows,
                smallest_offset=_spelled(min(self.offsets)),
                largest_offset=_spelled(max(self.offsets)),
                question="is this column local time, not UTC?",
            )

    @property
    def txns(self) -> dict[str, int]:
        """Return what the table's commit says."""
        return {} if self.bound is None else {AHEAD: len(self.sent[FUTURE]) + len(self.left.get(FUTURE, ()))}

    def let_go(self, target: Bronze, aside: Bronze, came: int) -> None:
        """Take the rows that left out of quarantine, after the table's commit. As many may be among those that came:
        rows that landed, or that break another rule."""
        for rule, ids in self.left.items():
            for start in range(0, len(ids), AT_ONCE):
                aside.remove(f"rule = '{rule}' and {one_of('_row_id', ids[start : start + AT_ONCE])}")
                fault_points.point("let_go")
            log.info("quarantine.left", table=self.table, rule=rule, rows=len(ids))
        if FUTURE in self.left:
            target.append(ADDED, Commit(target.app, {"load": target.last_load_ms, AHEAD: len(self.sent[FUTURE])}))
        if (rows := sum(map(len, self.left.values()))) > came:
            source, _, table = self.table.partition("__")
            log.warning(
                "quarantine.left_for_nothing",
                table=self.table,
                rows=rows - came,
                why="the source deleted them, or gave them a cursor that lies before the window",
                to_load_them=f"lakehouse ingest {source} --table {table} --full",
            )


def _held(aside: Bronze, rule: str) -> Iterator[str]:
    """The ids of the rows in quarantine that broke a rule."""
    if aside.table is None:
        return
    for batch in aside.rows(["_row_id"], rule):
        yield from batch.column(0).to_pylist()


def _spelled(us: int) -> str:
    """A distance from the clock; what lies beyond the calendar is endless."""
    return str(timedelta(microseconds=us)) if us < timedelta.max // timedelta(microseconds=1) // 2 else "endless"
