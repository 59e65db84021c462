"""`lakehouse ingest`: load sources into bronze, several tables at a time."""

from collections.abc import Sequence
from contextlib import nullcontext

import click

from ingestion.bronze.slices.offsets import Stretch
from ingestion.settings import Settings
from operations.emulators import use_local_services
from operations.loading import choose, exit_code, ingest, preview, tell
from operations.records.run_record import recording
from operations.reporting.ingest import failure_lines, print_previews, print_results, spelled
from operations.reporting.progress import Progress
from operations.streams import REPLAY, Follower, From, check_streams
from operations.unmatched_objects import report


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
    chosen = choose(source, tables, reconcile=reconcile)  # reports a wrong name before a service that is down
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
