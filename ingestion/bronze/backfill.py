"""Backfill: periods of the past, each loaded once, by the same protocol as what is new.

A period is one load with a txn of its own, `<source>.<table>/backfill/<from>/<to>` with version 1. So a backfill that
died goes on where it was, and one that is finished adds nothing. The watermark is no part of it: a window ends where
the daily load begins. Rows that are in the table are dropped by their `_row_id`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ingestion.bronze import names
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import BronzeError
from ingestion.bronze.slices.counters import counts
from ingestion.bronze.slices.plan import Plan, table_of
from ingestion.clock import Clock
from ingestion.instants import to_ms
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import Slice, Table


class NoPast(BronzeError):
    """A table that can't be backfilled: which, why, and what to do instead."""


@dataclass(frozen=True)
class Period:
    """Some time that is over, [start, end), UTC."""

    start: datetime
    end: datetime

    @property
    def partition_id(self) -> str:
        """Return its txn's name behind `<source>.<table>/`."""
        return f"backfill/{spelled(self.start)}/{spelled(self.end)}"

    @property
    def us(self) -> tuple[int, int]:
        """Both ends in microseconds since 1970."""
        return to_ms(self.start) * 1000, to_ms(self.end) * 1000


def spelled(moment: datetime) -> str:
    """A day where it is one, else the instant, ISO 8601."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="auto")
    return text.removesuffix("T00:00:00") if text.endswith("T00:00:00") else f"{text}Z"


def periods(start: datetime, end: datetime, step: timedelta) -> Iterator[Period]:
    """The time between, cut into steps from the start on; the last may be shorter."""
    while start < end:
        yield Period(start, min(start + step, end))
        start += step


def refuse(source: Source, table: Table) -> str | None:
    """Return why a table can't be backfilled, and what to do instead; None where it can."""
    name = f"{source.name} {table.name}"
    if table.kind == "offsets":
        return f"{name} is a stream, whose past is asked for by offset: lakehouse ingest {source.name} --help"
    if table.kind == "changes":
        return f"{name} is a sequence of changes, of which no part stands alone: lakehouse ingest {source.name} --full"
    if table.is_full_read:
        return f"{name} has no cursor: each load reads it whole, as it is now (lakehouse ingest {source.name})"
    if not table.keeps_past:
        return f"{name} is observed as it is now; its source serves no past to load"
    return None


def past(period: Period, source: Source, reader: Reader, table: Table, settings: Settings) -> Plan:
    """Return what the source holds of a period; nothing where it was loaded, or where it is empty at the source."""
    target = table_of(source, table, settings)
    plan = Plan(source, table, target, (), {}, "past")
    if target.committed(period.partition_id) is not None:
        return plan
    slices = reader.slices(table, Clock.of(source.name, settings))
    parts = _windows(period, reader, plan, slices) if table.kind == "window" else _files(period, slices)
    ids = {part.partition_id: part.high for part in parts} if table.kind == "files" else {}
    return replace(plan, parts=parts, txns={**ids, period.partition_id: 1} if parts else {})


def _windows(period: Period, reader: Reader, plan: Plan, slices: Sequence[Slice]) -> tuple[Slice, ...]:
    """The period up to the watermark, which is the daily load's, or up to the clock. Rows beyond the clock come too."""
    beyond = next((part.beyond for part in slices if part.beyond is not None), None)
    _check_cursor(plan.table, plan.target, names.table_name(plan.source, plan.table), beyond)
    low, high = period.us
    watermark = plan.target.committed()
    ends = [end for end in (high, watermark, beyond) if end is not None]
    part = Slice("", low, min(ends))
    if part.is_empty:
        return ()
    part = replace(part, rows=reader.count(plan.table, part))
    if beyond is not None and watermark is not None:
        beyond = max(beyond, watermark)
    return () if part.rows == 0 else (replace(part, beyond=beyond),)


def _check_cursor(table: Table, target: Bronze, name: str, beyond: int | None) -> None:
    if counts(table, target, beyond):
        raise NoPast(f"{name}: its cursor {table.cursor} counts and knows no time; read it again with --full instead")


def _files(period: Period, slices: Sequence[Slice]) -> tuple[Slice, ...]:
    """The objects that were written then, whether they were loaded or not."""
    low, high = period.us
    return tuple(part for part in slices if part.written is not None and low <= part.written < high)
