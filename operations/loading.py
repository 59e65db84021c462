"""Load sources into bronze, several tables at a time: for `lakehouse ingest`, `run`, `arrivals` and the functions."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import click
import structlog
from deltalake.exceptions import DeltaError

from ingestion.bronze import names
from ingestion.bronze.errors import BronzeError, ConcurrentLoad
from ingestion.bronze.glue import Catalog, CatalogUnavailable
from ingestion.bronze.load import LoadResult, load, swept_keys
from ingestion.bronze.load_log import Loads
from ingestion.bronze.slices.offsets import Stretch
from ingestion.bronze.slices.plan import EVERYTHING_NEW, plan
from ingestion.bronze.workers import WORKERS, Job, Work, each
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.sources import load_sources
from ingestion.spec import Table
from ingestion.values.naming import snake
from operations.expected_errors import is_expected
from operations.records.run_record import Record, Step, one_line
from operations.reporting.ingest import Preview, spelled
from operations.reporting.progress import Progress
from operations.streams import BATCH, FOLLOWED, Follower

log = structlog.get_logger()


def ingest(
    settings: Settings,
    sources: Sequence[str],
    tables: Sequence[str],
    run_id: str,
    *,
    full: bool = False,
    reconcile: bool = False,
    allow_shrink: bool = False,
    stretch: Stretch = EVERYTHING_NEW,
    follower: Follower | None = None,
    on_result: Callable[[LoadResult], None] = lambda result: None,
) -> list[LoadResult]:
    """Load tables in parallel; a failure is a result with an error, and stops no other table.

    No `sources` means all, no `tables` all of theirs. `stretch` says how much of streams is read; a `follower` loads
    them again and again. `on_result` is called from several threads. A table that is loaded is told to the catalogue.
    Raises UsageError for names that there aren't.
    """
    loads, catalog = Loads(settings), Catalog(settings)

    def one(source: Source, reader: Reader, table: Table, work: Work) -> LoadResult:
        def once() -> LoadResult:
            begun = time.monotonic()
            result = load(
                source,
                reader,
                table,
                settings,
                run_id,
                allow_shrink=allow_shrink,
                planner=partial(plan, full=full, reconcile=reconcile, stretch=BATCH if follower else stretch),
                on_rows=lambda rows: work.check(),
                loads=None if follower else loads,  # who follows tells of every batch at once
                patience=FOLLOWED if table.kind == "offsets" and not follower else 0,
            )
            return replace(told(result), seconds=time.monotonic() - begun)

        return heard(follower(reader, table, once) if follower else once())

    def told(result: LoadResult) -> LoadResult:
        try:
            catalog.register("bronze", [result.name, names.quarantine_name(result.name)])
        except CatalogUnavailable as error:
            return replace(result, error=error)
        return result

    def failed(source: Source, table: Table, error: Exception) -> LoadResult:
        log_unexpected(source, table, error)
        return heard(LoadResult(source.name, table.name, names.table_name(source, table), error=error))

    def heard(result: LoadResult) -> LoadResult:
        on_result(result)
        return result

    jobs = choose(sources, tables, reconcile=reconcile)
    results = each(jobs, one, failed, workers=len(jobs) if follower else WORKERS)
    _tell_loads(loads, catalog)  # after an interrupt, the next run does it
    return results


def _tell_loads(loads: Loads, catalog: Catalog) -> None:
    """Write the rows of `bronze.loads`; what can't be written now, the next run writes."""
    try:
        loads.flush()
        catalog.register("bronze", ["loads"])
    except (BronzeError, DeltaError, OSError) as error:
        log.warning("loads.untold", error=one_line(error))


def preview(
    settings: Settings,
    sources: Sequence[str],
    tables: Sequence[str],
    *,
    full: bool = False,
    reconcile: bool = False,
    stretch: Stretch = EVERYTHING_NEW,
) -> list[Preview]:
    """Return what `ingest` would read; writes nothing."""

    def one(source: Source, reader: Reader, table: Table, work: Work) -> Preview:
        planned = plan(source, reader, table, settings, full=full, reconcile=reconcile, stretch=stretch)
        counts = [part.rows if part.rows is not None else reader.count(table, part) for part in planned.to_read]
        gone = swept_keys(reader, planned, True) if reconcile else None
        return Preview.of(planned, counts, None if not reconcile else gone.num_rows if gone else 0)

    def failed(source: Source, table: Table, error: Exception) -> Preview:
        return Preview(source.name, table.name, names.table_name(source, table), error=one_line(error))

    return each(choose(sources, tables, reconcile=reconcile), one, failed)


def choose(sources: Sequence[str], tables: Sequence[str], *, reconcile: bool = False) -> list[Job]:
    """The tables that are meant, of those not named only such as can show a deletion if keys are to be compared.

    Args:
        sources: names of sources, or of single tables as source.table; none means every source.
        tables: names of tables, of all these sources.

    Raises UsageError for a name that there isn't, with those there are.
    """
    known = load_sources()
    named = [name.partition(".")[::2] for name in sources or known]
    if unknown := [source for source, _ in named if source not in known]:
        raise click.UsageError(f"no source {', '.join(unknown)}; there are {', '.join(known)}")
    jobs: list[Job] = []
    for name, only in named:
        jobs += [job for job in _tables(known[name], only, reconcile and not tables) if job not in jobs]
    if not tables:
        return jobs
    wanted = {snake(name.split("__", 1)[-1]) for name in tables}
    chosen = [(source, table) for source, table in jobs if snake(table.name) in wanted]
    if missing := wanted - {snake(table.name) for _, table in chosen}:
        there = ", ".join(f"{source.name} {table.name}" for source, table in jobs)
        raise click.UsageError(f"no table {', '.join(sorted(missing))}; there are {there}")
    return chosen


def _tables(source: Source, only: str, reconcile: bool) -> list[Job]:
    if not only:
        return [(source, table) for table in source.tables if not reconcile or table.deletes != "none"]
    chosen = [(source, table) for table in source.tables if snake(table.name) == snake(only)]
    if not chosen:
        there = ", ".join(f"{source.name}.{table.name}" for table in source.tables)
        raise click.UsageError(f"no table {source.name}.{only}; there are {there}")
    return chosen


def log_unexpected(source: Source, table: Table, error: Exception) -> None:
    """An error that nobody foresaw leaves its stack."""
    if not is_expected(error):
        log.error("ingest.unexpected", table=names.table_name(source, table), exc_info=error)


def tell(result: LoadResult, record: Record, progress: Progress) -> None:
    """A result as a step of the run's record, and a line for whoever watches."""
    started = datetime.now(UTC) - timedelta(seconds=result.seconds)
    step = Step("ingest", result.name, "done", started.isoformat(), round(result.seconds, 3), facts=result.facts())
    if result.error:
        step.fail(result.error)
    record.add(step)
    progress.done(spelled(result), loud=result.error is not None)


def exit_code(results: Sequence[LoadResult]) -> int:
    """0, 1 where a table failed, 3 where all that failed were refused because another load holds them."""
    errors = [result.error for result in results if result.error]
    if not errors:
        return 0
    return ConcurrentLoad.exit_code if all(isinstance(error, ConcurrentLoad) for error in errors) else 1
