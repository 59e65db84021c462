"""Load one table: plan, extract, commit, record.

Crash points, in order: after the plan; while dlt extracts and packs; after the files are put; between the commit of
the quarantine and that of the table (`package.Package.commit`); before the row in `loads`; before dlt's package is
closed. Whatever dies where, the next load of the table heals it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from deltalake.exceptions import DeltaError

from ingestion.bronze import names
from ingestion.bronze.delta import Bronze, milliseconds
from ingestion.bronze.errors import BronzeError, plainly
from ingestion.bronze.lease import lease
from ingestion.bronze.loads import Entry, Loads
from ingestion.bronze.package import Package, check_size
from ingestion.bronze.plan import Plan, plan
from ingestion.bronze.reading import Reading
from ingestion.bronze.replay import finish
from ingestion.bronze.sweep import sweep
from ingestion.settings import Settings
from ingestion.spec import Reader, Source, SourceError, Table

Planner = Callable[[Source, Reader, Table, Settings], Plan]
"""Says what one load reads: what is new (`plan.plan`), or a period of the past (`backfill.past`)."""


@dataclass(frozen=True)
class LoadResult:
    """What became of one table's load."""

    source: str
    table: str
    name: str
    """`<source>__<table>`."""
    entry: Entry | None = None
    """None where nothing was new, and where the load failed: no commit was made."""
    seconds: float = 0.0
    error: Exception | None = None

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
    full: bool = False,
    planner: Planner | None = None,
    allow_shrink: bool = False,
    on_rows: Callable[[int], None] = lambda rows: None,
    loads: Loads | None = None,
) -> LoadResult:
    """Bring a table's new rows into bronze, each exactly once; `on_rows` hears of rows as they are read.

    `full` reads everything again and lands the rows that aren't there; a source that shrank is refused then, unless
    `allow_shrink`. `planner` reads something else than what is new. Who loads many tables gives their `loads` and
    flushes it at the end. Raises BronzeError, SourceError; nothing is committed then.
    """
    name = names.table_name(source, table)
    planner = planner or partial(plan, full=full)
    with lease(settings, name), _one_line(name):
        planned = planner(source, reader, table, settings)
        told = loads or Loads(settings)
        told.heal(planned.target)
        last_full = told.last_full(name) if full and not allow_shrink else 0
        if not planned.parts:
            check_size(name, 0, last_full)
            return LoadResult(source.name, table.name, name)
        aside = Bronze(names.quarantine_name(planned.target.uri), planned.target.app)
        if sweep(planned.target, aside) + finish(source, table, planned.target, aside):
            planned = planner(source, reader, table, settings)
        ms = max(milliseconds(settings.now()), planned.target.last_load_ms + 1, aside.last_load_ms + 1)
        reading = Reading(planned, aside, run_id, ms, on_rows)
        entry = _run(Package(planned, aside, reading, last_full), reading, reader, settings)
        told.add(planned.target.app, entry)
        if loads is None:
            told.flush()
        return LoadResult(source.name, table.name, name, entry)


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    """Errors of the lake's libraries as ours, naming the table."""
    try:
        yield
    except (OSError, DeltaError) as error:
        raise BronzeError(f"{name}: {type(error).__name__}: {plainly(error)}") from error


def _run(package: Package, reading: Reading, reader: Reader, settings: Settings) -> Entry:
    """Extract, pack and commit with dlt. Its folder is emptied first: a package left behind has a stale window."""
    import dlt  # a second of imports, which a load without news never pays
    from dlt.common.storages.load_package import load_package_state
    from dlt.pipeline.exceptions import PipelineStepFailed

    from ingestion.bronze.destination import bronze

    @dlt.resource(name=reading.name)
    def rows() -> Iterator[Any]:
        for name, batch in reading.items(reader, load_package_state()["load_id"]):
            yield dlt.mark.with_table_name(batch, name)

    pipeline = dlt.pipeline(
        reading.name, pipelines_dir=str(pipelines_folder(settings)), destination=bronze(package), dataset_name="bronze"
    ).drop()
    pipeline.config.restore_from_destination = False  # all truth is in the Delta log
    try:
        pipeline.run(rows, schema=dlt.Schema(reading.source))
    except PipelineStepFailed as error:
        raise _cause(error, reading.name) from error
    # without a row dlt makes no package to complete, and the watermark moves all the same
    return package.entry or package.commit(reading.load_id)


def pipelines_folder(settings: Settings) -> Path:
    """Where dlt works: DLT_DATA_DIR, so that `dlt pipeline … info` finds it, else below LAKEHOUSE_HOME."""
    return Path(os.environ.get("DLT_DATA_DIR") or settings.home / "dlt") / "pipelines"


def _cause(error: BaseException, name: str) -> BaseException:
    """The error of ours inside dlt's; dlt tells of its own steps, which help nobody."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, BronzeError | SourceError | KeyboardInterrupt):
            return inner
        last, inner = inner, inner.__cause__ or inner.__context__
    return BronzeError(f"{name}: {type(last).__name__}: {plainly(last)}")
