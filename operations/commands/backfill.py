"""`lakehouse backfill`: load periods of the past into bronze, day by day."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import click

from ingestion.bronze import names
from ingestion.bronze.backfill import Period, past, periods, refuse
from ingestion.bronze.glue import Catalog
from ingestion.bronze.load import LoadResult, load
from ingestion.bronze.slices.plan import table_of
from ingestion.bronze.workers import WORKERS, Job, Work, each
from ingestion.plural import plural
from ingestion.settings import Settings
from ingestion.source import Reader, Source
from ingestion.spec import Table
from operations.emulators import use_local_services
from operations.loading import choose, log_unexpected
from operations.param_types import INSTANT, STEP
from operations.records.run_record import Record, Step, one_line, recording
from operations.reporting.backfill import Filled, print_filled
from operations.reporting.ingest import Preview, print_previews
from operations.reporting.progress import Progress


@click.command
@click.argument("source")
@click.option("--from", "start", type=INSTANT, required=True, help="The first day, or an instant (UTC, ISO 8601).")
@click.option("--to", "end", type=INSTANT, required=True, help="The day or instant before which it ends.")
@click.option("--table", "tables", multiple=True, help="Only this table; may be given more than once.")
@click.option("--step", type=STEP, default="1d", show_default=True, help="How much one load takes: 1d, 12h, 7d …")
@click.option("--parallel", type=click.IntRange(1), default=WORKERS, show_default=True, help="Tables at a time.")
@click.option("--dry-run", is_flag=True, help="Show what is left of each table, with counts; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    source: str,
    start: datetime,
    end: datetime,
    tables: Sequence[str],
    step: timedelta,
    parallel: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Load what SOURCE holds of the time [--from, --to) into bronze.

    Each step is one commit that remembers it: run the same command again to go on after an error or a kill; steps
    that are finished are left out, and one that holds nothing commits nothing. Rows that bronze holds aren't doubled,
    with other steps neither.

    \b
    lakehouse backfill postgres --from 2026-01-01 --to 2026-02-01
    lakehouse backfill postgres --table users --from 2025-01-01 --to 2026-01-01 --step 7d
    lakehouse backfill vendor_files --from 2026-01-05 --to 2026-01-06

    The watermark doesn't move: what is later than it is left to `lakehouse ingest`. Of files, the objects written in
    that time are read, loaded before or not. The steps of a table are read and committed one after another;
    --parallel tables are worked on at a time. Each step holds its table's lease, so loads of other tables go on
    undisturbed, and one of the same table takes its turn between two steps.
    """
    jobs = chosen(source, tables)
    settings = use_local_services(Settings.load())
    now = max(settings.now(), datetime.now(UTC))  # files carry the real time, whatever the demo's clock says
    if end > now:
        raise click.UsageError(f"--to is later than now, {now:%Y-%m-%dT%H:%M:%SZ}: that is no past yet")
    if not (spans := tuple(periods(start, end, step))):
        raise click.UsageError(f"--to {end:%Y-%m-%d} is not later than --from {start:%Y-%m-%d}")
    if dry_run:
        previews = preview(settings, jobs, spans, parallel)
        print_previews(previews, as_json)
        raise SystemExit(1 if any(one.error for one in previews) else 0)
    with recording(settings, "backfill") as record, Progress() as progress:
        progress.phase("backfill", len(jobs) * len(spans))
        results = Backfill(settings, spans, record, progress).run(jobs, parallel)
    print_filled(record.run_id, results, as_json)
    for result in results:
        if result.error:
            click.echo(f"lakehouse: {result.name}: {one_line(result.error)}", err=True)
    raise SystemExit(max((result.exit_code for result in results), default=0))


def chosen(source: str, tables: Sequence[str]) -> list[Job]:
    """The tables that are meant; raises UsageError for one that has no past to load, if it was named or alone."""
    jobs = choose((source,), tables)
    reasons = {table.name: reason for of, table in jobs if (reason := refuse(of, table))}
    if reasons and (tables or len(reasons) == len(jobs)):
        raise click.UsageError("; ".join(reasons.values()))
    for reason in reasons.values():
        click.echo(f"left out: {reason}", err=True)
    return [(of, table) for of, table in jobs if table.name not in reasons]


def preview(settings: Settings, jobs: Sequence[Job], spans: Sequence[Period], parallel: int) -> list[Preview]:
    """Return what is left of each table, and how much the source holds of the whole time; writes nothing."""
    whole = Period(spans[0].start, spans[-1].end)

    def one(source: Source, reader: Reader, table: Table, work: Work) -> Preview:
        planned = past(whole, source, reader, table, settings)
        told = Preview.of(planned, [part.rows for part in planned.parts])
        finished = planned.target.partition_ids()
        return replace(told, units=sum(span.partition_id not in finished for span in spans) if planned.parts else 0)

    def failed(source: Source, table: Table, error: Exception) -> Preview:
        return Preview(source.name, table.name, names.table_name(source, table), error=one_line(error))

    return each(jobs, one, failed, parallel)


@dataclass
class Backfill:
    """One run of it; its tables are worked on by several threads."""

    settings: Settings
    spans: Sequence[Period]
    record: Record
    progress: Progress
    catalog: Catalog = field(init=False)

    def __post_init__(self) -> None:
        self.catalog = Catalog(self.settings)

    def run(self, jobs: Sequence[Job], parallel: int) -> list[Filled]:
        """Fill tables; a failure ends its table and no other."""
        filled = {names.table_name(*job): Filled(job[0].name, job[1].name, names.table_name(*job)) for job in jobs}

        def one(source: Source, reader: Reader, table: Table, work: Work) -> Filled:
            result = filled[names.table_name(source, table)]
            self._fill(result, source, reader, table, work)
            return self._told(result)

        def failed(source: Source, table: Table, error: Exception) -> Filled:
            result = filled[names.table_name(source, table)]
            result.error = error
            log_unexpected(source, table, error)
            return self._told(result)

        return each(jobs, one, failed, parallel)

    def _fill(self, result: Filled, source: Source, reader: Reader, table: Table, work: Work) -> None:
        begun = time.monotonic()
        finished = table_of(source, table, self.settings).partition_ids()
        left = [span for span in self.spans if span.partition_id not in finished]
        result.finished_before = len(self.spans) - len(left)
        if result.finished_before:
            steps = plural(result.finished_before, "step")
            self.progress.done(f"{result.name}: {steps} finished before", advance=result.finished_before)
        try:
            for span in left:
                result.add(self._load(span, source, reader, table, work))
                self.progress.done(f"{result.name} {result.line(span)}")
        finally:
            result.seconds = time.monotonic() - begun
        self.catalog.register("bronze", [result.name, names.quarantine_name(result.name)])

    def _load(self, span: Period, source: Source, reader: Reader, table: Table, work: Work) -> LoadResult:
        planner = partial(past, span)
        run_id = self.record.run_id
        return load(source, reader, table, self.settings, run_id, planner=planner, on_rows=lambda _: work.check())

    def _told(self, result: Filled) -> Filled:
        started = datetime.now(UTC) - timedelta(seconds=result.seconds)
        step = Step("backfill", result.name, "done", started.isoformat(), round(result.seconds, 3))
        step.update(**result.facts())
        if result.error:
            step.fail(result.error)
            self.progress.done(f"{result.name}: failed: {one_line(result.error)}", loud=True, advance=0)
        self.record.add(step)
        return result
