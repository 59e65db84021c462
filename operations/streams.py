"""`lakehouse ingest` with streams alone: read them again from somewhere, and follow them.

Who follows loads small batches, each a load of its own, until SIGTERM or SIGINT. Each stream has a thread and a
connection. After a batch it waits before it looks again, unless it is behind. A signal lets the batches under way be
finished; a second one drops them. A stream that fails ends the others as well, so that whoever keeps this process
running hears of it.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import click

from ingestion.bronze.errors import ConcurrentLoad
from ingestion.bronze.load import LoadResult
from ingestion.bronze.slices.offsets import Stretch
from ingestion.bronze.workers import import_early
from ingestion.clock import Clock
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import Table
from operations.processes.heartbeat import beat
from operations.processes.stop_signals import stopped_by_signals

BATCH = Stretch(most=100_000)
"""The largest part of each partition that one batch reads."""
FOLLOWED = 60.0
"""Seconds that a load of a stream waits for whoever follows it: a batch takes a few."""

From = int | datetime | Literal["earliest"]


class Replay(click.ParamType[From]):
    """The place to read a stream again from: an offset, an instant, or `earliest`."""

    name = "replay"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> From:
        """Digits are an offset, anything else an ISO 8601 instant, UTC unless it says otherwise."""
        if str(value).isdecimal():
            return int(value)
        if value == "earliest":
            return "earliest"
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no offset, no instant such as 2026-01-31T08:00:00Z, and not earliest", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


REPLAY = Replay()


def check_streams(jobs: Sequence[tuple[Source, Table]]) -> None:
    """Raise UsageError for a table that has no offsets."""
    if others := sorted({source.name for source, table in jobs if table.kind != "offsets"}):
        raise click.UsageError(
            f"--follow and --replay-from are for streams, and {', '.join(others)} is none; name the source: "
            "lakehouse ingest kafka …"
        )


@dataclass
class Follower:
    """Loads streams again and again; several threads call it, each with its own stream."""

    settings: Settings
    seconds: float
    """Between two batches of a stream that is not behind."""
    on_batch: Callable[[LoadResult], None]
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(self, reader: Reader, table: Table, load: Callable[[], LoadResult]) -> LoadResult:
        """Follow one stream to the end; returns what all its batches did together."""
        try:
            return self._follow(reader, table, load)
        except BaseException:
            self.stopped.set()
            raise

    def _follow(self, reader: Reader, table: Table, load: Callable[[], LoadResult]) -> LoadResult:
        total, seen, is_behind = LoadResult("", "", ""), None, True
        while not self.stopped.wait(0 if is_behind else self.seconds):
            beat(table.name)
            ends = self._ends(reader, table)
            if ends == seen and not is_behind:
                continue  # nothing came: the table isn't even opened
            try:
                result = load()
            except ConcurrentLoad:
                is_behind = False  # somebody else loads what is new
                continue
            seen, is_behind, total = ends, result.is_behind, _sum(total, result)
            if result.entry:
                self.on_batch(result)
        return total

    def _ends(self, reader: Reader, table: Table) -> dict[str, int]:
        clock = Clock.of(table.name, self.settings)  # offsets know no time
        return {part.partition_id: part.high for part in reader.slices(table, clock)}

    @contextmanager
    def until_stopped(self) -> Iterator[None]:
        """While the caller's block runs, the first SIGTERM or SIGINT asks for a clean end."""
        import_early()  # polars takes SIGINT for itself when it is imported: ours has to come after
        with stopped_by_signals(self.stopped):
            yield


def _sum(total: LoadResult, more: LoadResult) -> LoadResult:
    """Both results as one: counts added up, the rest as it is now."""
    if total.entry is None or more.entry is None:
        return replace(more, entry=more.entry or total.entry, seconds=total.seconds + more.seconds)
    counts = ("units", "rows_read", "rows_landed", "rows_quarantined", "rows_already_there", "bytes")
    sums = {name: getattr(total.entry, name) + getattr(more.entry, name) for name in counts}
    return replace(more, entry=replace(more.entry, **sums), seconds=total.seconds + more.seconds)
