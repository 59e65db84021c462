"""Load one table: plan, extract, commit, record.

Whatever dies where (`crash.POINTS`), the next load of the table heals it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake.exceptions import DeltaError

from ingestion.bronze import fault_points, names
from ingestion.bronze.deletions import Deletions, key_teller
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import BronzeError, plainly
from ingestion.bronze.extract import Extraction
from ingestion.bronze.leases.lease import Lease, lease
from ingestion.bronze.load_log import Entry, Loads
from ingestion.bronze.package import Package, check_size
from ingestion.bronze.parquet_writer import ParquetWriter, Written
from ingestion.bronze.quarantine.cleanup import fence, sweep
from ingestion.bronze.quarantine.replay import finish
from ingestion.bronze.slices.plan import ROWS, Plan, plan
from ingestion.disk import DiskFull, naming_full_disk
from ingestion.instants import to_ms
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import SourceError, Table

Planner = Callable[[Source, Reader, Table, Settings], Plan]
"""Says what one load reads: what is new (`plan.plan`), or a period of the past (`backfill.past`)."""


@dataclass(frozen=True)
class LoadResult:
    """The outcome of one table's load."""

    source: str
    table: str
    name: str
    """`<source>__<table>`."""
    entry: Entry | None = None
    """None where nothing was new, and where the load failed: no commit was made."""
    seconds: float = 0.0
    error: Exception | None = None
    is_behind: bool = False
    """True if a stream has more than this load was to read."""

    @property
    def landed(self) -> int:
        """Rows added to the table."""
        return self.entry.rows_landed if self.entry else 0

    @property
    def quarantined(self) -> int:
        """Rows added to its quarantine."""
        return self.entry.rows_quarantined if self.entry else 0

    def facts(self) -> dict[str, int]:
        """Counts for records and reports."""
        entry = self.entry
        return {
            "read": entry.rows_read if entry else 0,
            "landed": self.landed,
            "quarantined": self.quarantined,
            "already_there": entry.rows_already_there if entry else 0,
            "bytes": entry.bytes if entry else 0,
        }


def load(
    source: Source,
    reader: Reader,
    table: Table,
    settings: Settings,
    run_id: str,
    *,
    planner: Planner = plan,
    allow_shrink: bool = False,
    on_rows: Callable[[int], None] = lambda rows: None,
    loads: Loads | None = None,
    patience: float = 0.0,
) -> LoadResult:
    """Bring a table's new rows into bronze, each exactly once; `on_rows` hears of rows as they are read.

    `planner` says what is read: by default what is new. A plan that reads everything again lands the rows that aren't
    there; a source that shrank is refused then, unless `allow_shrink`. One that reconciles compares the table's keys
    with the source's as well, and marks those as deleted that are gone there; many at once are refused alike. Who loads
    many tables gives their `loads` and flushes it at the end. `patience` is for how many seconds another load of the
    table is waited for. Raises BronzeError (ConcurrentLoad and LeaseLost among
    them), SourceError; nothing is committed then.
    """
    name = names.table_name(source, table)
    with lease(settings, name, patience) as held, _one_line(name):
        fault_points.point("leased")

        def look() -> Plan:
            planned = planner(source, reader, table, settings)
            held.outrank(planned.target.fence)
            return planned

        planned = look()
        fault_points.point("planned")
        _fence_off(held, planned)
        told = loads or Loads(settings)
        told.heal(planned.target)
        last_full = _last_full(planned, told)
        gone = swept_keys(reader, planned, allow_shrink) if planned.reconcile else None
        if not planned.parts and not gone:
            check_size(name, 0, 0 if allow_shrink else last_full)
            return LoadResult(source.name, table.name, name)
        aside = Bronze(names.quarantine_name(planned.target.uri), planned.target.app)
        if sweep(planned.target, aside) + finish(source, table, planned.target, aside) or gone is not None:
            planned = look()  # comparing keys takes its time, and what came meanwhile lies beyond the clock of then
        ms = max(to_ms(settings.now()), planned.target.last_load_ms + 1, aside.last_load_ms + 1)
        planned = planned.at(ms)
        reading = Extraction(planned, aside, run_id, ms, _watching(held, on_rows), allow_shrink=allow_shrink)
        reading.gone += [gone] if gone else []
        package = Package(planned, aside, reading, held, last_full, allow_shrink=allow_shrink)
        entry = _run(package, reading, reader, settings)
        if entry is None:
            return LoadResult(source.name, table.name, name)
        fault_points.point("closed")
        told.add(planned.target.app, entry)
        if loads is None:
            told.flush()
            fault_points.point("told")
        return LoadResult(source.name, table.name, name, entry, is_behind=planned.is_behind)


def _last_full(planned: Plan, loads: Loads) -> int:
    """Rows that the last complete read brought; 0 where nobody knows, and where this one isn't complete."""
    if planned.table.is_full_read:
        return planned.target.committed(ROWS) or 0
    return loads.last_full(planned.name) if planned.full else 0


def swept_keys(reader: Reader, planned: Plan, allow_shrink: bool = False) -> pa.Table | None:
    """The keys that the table holds alive and the source no longer has, None for none.

    Raises SourceShrunk, and BronzeError where keys can't be compared.
    """
    teller = key_teller(reader, planned.table, planned.name)
    deletions = Deletions(planned.table, planned.target)
    gone = deletions.sweep(teller.keys(planned.table), planned.name, allow_shrink=allow_shrink)
    return gone if gone.num_rows else None


def _fence_off(held: Lease, planned: Plan) -> None:
    """Keep a holder that was taken for dead from committing. Where there is no table, only one load can create it."""
    if held.taken_over and planned.target.table is not None:
        fence(planned.target, {"fence": held.token})


def _watching(held: Lease, on_rows: Callable[[int], None]) -> Callable[[int], None]:
    """Between two batches: see that the lease is still held, and tell of the rows."""

    def read(rows: int) -> None:
        held.check()
        on_rows(rows)
        fault_points.point("extracting")

    return read


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    """Errors of the lake's libraries as ours, naming the table."""
    try:
        yield
    except (OSError, DeltaError) as error:
        raise BronzeError(f"{name}: {type(error).__name__}: {plainly(error)}") from error


def _run(package: Package, reading: Extraction, reader: Reader, settings: Settings) -> Entry | None:
    """Extract, pack and commit with dlt; None where there is nothing to commit.

    dlt's folder is emptied first: a package left behind has a stale window.
    """
    import dlt  # a second of imports, which a load without news never pays
    from dlt.common.storages.load_package import load_package_state
    from dlt.pipeline.exceptions import PipelineStepFailed

    from ingestion.bronze.destination import bronze

    pipeline = dlt.pipeline(
        reading.name, pipelines_dir=str(pipelines_folder(settings)), destination=bronze(package), dataset_name="bronze"
    ).drop()

    @dlt.resource(name=reading.name)
    def rows() -> Iterator[Any]:
        with ParquetWriter(Path(pipeline.working_dir) / "rows") as writer:
            for name, batch in reading.items(reader, load_package_state()["load_id"]):
                if name == reading.name:
                    yield from _taken(writer.add(batch))
                else:
                    yield dlt.mark.with_table_name(batch, name)
            yield from _taken(writer.end())

    pipeline.config.restore_from_destination = False  # all truth is in the Delta log
    try:
        pipeline.run(rows, schema=dlt.Schema(reading.source))
    except PipelineStepFailed as error:
        with naming_full_disk(pipeline.working_dir):
            raise _cause(error, reading.name) from error
    # without a row dlt makes no package to complete, and the watermark moves all the same
    return package.entry or (package.commit(reading.load_id) if package.is_news else None)


def _taken(files: Iterator[Written]) -> Iterator[Any]:
    """Files as dlt takes them over: by a second name, so that the first can go."""
    import dlt

    for file in files:
        yield dlt.mark.with_file_import(str(file.path), "parquet", file.number, file.rows)
        file.path.unlink()


def pipelines_folder(settings: Settings) -> Path:
    """Return dlt's working folder: DLT_DATA_DIR, so that `dlt pipeline … info` finds it, else below LAKEHOUSE_HOME."""
    return Path(os.environ.get("DLT_DATA_DIR") or settings.home / "dlt") / "pipelines"


def _cause(error: BaseException, name: str) -> BaseException:
    """The error of ours inside dlt's; dlt tells of its own steps, which help nobody."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, BronzeError | SourceError | DiskFull | KeyboardInterrupt):
            return inner
        last, inner = inner, inner.__cause__ or inner.__context__
    return BronzeError(f"{name}: {type(last).__name__}: {plainly(last)}")
