"""`lakehouse ingest`: load sources into bronze, several tables at a time."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import click
import structlog
from deltalake.exceptions import DeltaError

from ingestion.bronze import names
from ingestion.bronze.errors import BronzeError, ConcurrentLoad
from ingestion.bronze.load import LoadResult, load, swept_keys
from ingestion.bronze.loads import Loads
from ingestion.bronze.offsets import Stretch
from ingestion.bronze.parallel import WORKERS, Job, Work, each
from ingestion.bronze.plan import EVERYTHING_NEW, plan
from ingestion.bronze.register import Catalog, CatalogUnavailable
from ingestion.settings import Settings
from ingestion.sources import load_sources
from ingestion.spec import Reader, Source, Table
from ingestion.spelling import snake
from operations.cli import is_expected
from operations.ingest_report import Preview, failure_lines, print_previews, print_results, spelled
from operations.local import use_local_services
from operations.progress import Progress
from operations.record import Record, Step, one_line, recording
from operations.streams import BATCH, FOLLOWED, REPLAY, Follower, From, check_streams
from operations.unmatched import report

log = structlog.get_logger()


@click.command
@click.argument("source", nargs=-1)
@click.option("--table", "tables", multiple=True, help="Only this table; may be given more than once.")
@click.option("--full", is_flag=True, help="Read whole tables again and land what is missing, see above.")
@click.option("--reconcile-keys", "reconcile", is_flag=True, help="Find deletions without a trace, see above.")
@click.option("--allow-shrink", is_flag=True, help="Accept a full read of far fewer rows, or half of all keys gone.")
@click.option("--replay-from", type=REPLAY, metavar="OFFSET|INSTANT|earliest", help="Read a stream again, see below.")
@click.option("--follow", is_flag=True, help="Load streams in small batches until SIGTERM or Ctrl-C.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.05),
    default=5.0,
    show_default=True,
    help="With --follow: seconds between a table's batches.",
)
@click.option("--dry-run", is_flag=True, help="Show windows and counts; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    source: Sequence[str],
    tables: Sequence[str],
    full: bool,
    reconcile: bool,
    allow_shrink: bool,
    replay_from: From | None,
    follow: bool,
    every: float,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Load what is new in SOURCE… or SOURCE.TABLE… (every source by default) into bronze.

    Each table is loaded by itself and exactly once, in one commit. What was loaded stays when another table fails;
    the next run loads what is missing. An empty window writes nothing. Ctrl-C and SIGTERM end it within two seconds,
    with exit code 130; nothing is lost or doubled, and a later load goes on.

    \b
    lakehouse ingest
    lakehouse ingest postgres --table users
    lakehouse ingest snowflake.order_items postgres
    lakehouse ingest salesforce --table Account --full
    lakehouse ingest kafka --follow
    lakehouse ingest kafka --table user_events --replay-from 2026-10-01T00:00:00Z

    --full reads every row that the source has now and lands those that bronze doesn't hold yet, with a new instant:
    for a source that was repaired behind its cursor, or when rows are missing. Bronze is append-only: rows that are
    there aren't doubled, and neither earlier versions nor rows that the source has lost are removed. Silver picks the
    latest version of each key as ever. A source that answers with less than half the rows of the last full read is
    refused.

    --reconcile-keys also reads all keys of the source and compares them with those that bronze holds alive: for each
    one that is gone there, bronze gets the key's last row once more, marked as deleted. A newer version brings the key
    back. It takes tables that are read by windows and can show a deletion; half of the keys gone is refused.

    --replay-from reads streams (Kafka) again from an offset of every partition, from an instant, or from the earliest
    message there is. What is there isn't doubled, and what comes next stays as it was. It also is how to go on where
    a topic's retention deleted messages before they were loaded.

    --follow goes on until it is stopped: exit code 0, with the batches under way finished. Another ingest of a stream
    that is followed waits for the batch under way, for a minute at most.
    """
    if reconcile and not source:
        raise click.UsageError("--reconcile-keys reads every key of a source: name the SOURCE")
    chosen = choose(source, tables, reconcile=reconcile)  # a wrong name is told before a service that is down
    if (follow and (full or dry_run or replay_from is not None)) or (full and replay_from is not None):
        raise click.UsageError("--follow, --full and --replay-from exclude one another, --follow also --dry-run")
    if follow or replay_from is not None:
        check_streams(chosen)
    settings = use_local_services(Settings.load())
    stretch = Stretch(again_from=replay_from)
    if dry_run:
        previews = preview(settings, source, tables, full=full, reconcile=reconcile, stretch=stretch)
        print_previews(previews, as_json)
        raise SystemExit(1 if any(preview.error for preview in previews) else 0)
    with recording(settings, "ingest") as record, Progress() as progress:
        progress.phase("ingest", len(chosen))
        follower = Follower(settings, every, lambda batch: progress.done(spelled(batch))) if follow else None
        with follower.until_stopped() if follower else nullcontext():
            results = ingest(
                settings,
                source,
                tables,
                record.run_id,
                full=full,
                reconcile=reconcile,
                allow_shrink=allow_shrink,
                stretch=stretch,
                follower=follower,
                on_result=lambda result: tell(result, record, progress),
            )
        if not tables and not follow:
            whole = {one.name: one for one, _ in chosen if not source or one.name in source}
            report(whole.values(), results, record)
    print_results(record.run_id, results, as_json)
    for line in failure_lines(results, full=full, reconcile=reconcile):
        click.echo(f"lakehouse: {line}", err=True)
    raise SystemExit(exit_code(results))


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
