"""The report of `lakehouse ingest`: a table of results or previews, and a line for each failure."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click
from rich.table import Table

from ingestion.bronze.load import LoadResult
from ingestion.bronze.slices.plan import Plan
from ingestion.instants import from_us
from ingestion.plural import plural
from operations.records.run_record import one_line
from operations.reporting.console import print_json, result_console


@dataclass(frozen=True)
class Preview:
    """The rows that one table's load would read."""

    source: str
    table: str
    name: str
    window_from: str | None = None
    """ISO 8601, or the number of a cursor that counts; None for kinds without windows, and where a load would start at
    the beginning."""
    window_to: str | None = None
    units: int = 0
    """Windows, files or partitions to read."""
    rows: int | None = 0
    """None where the source can't say cheaply."""
    gone: int | None = None
    """Keys that the source no longer has; None where they weren't compared."""
    error: str | None = None

    @classmethod
    def of(cls, plan: Plan, counts: Sequence[int | None], gone: int | None = None) -> "Preview":
        """A plan, the source's counts of its parts, and how many keys are gone."""
        low, high = plan.window or (None, None)
        rows = None if None in counts else sum(count for count in counts if count is not None)
        start, end = (spelled_bound(bound, counts=plan.counts) for bound in (low, high))
        return cls(plan.source.name, plan.table.name, plan.name, start, end, len(plan.to_read), rows, gone)


def spelled_bound(bound: int | None, *, counts: bool) -> str | None:
    """A window's bound: a number as it is, microseconds since 1970 as ISO 8601."""
    return None if bound is None else str(bound) if counts else from_us(bound).isoformat()


def spelled(result: LoadResult) -> str:
    """One result on one line."""
    if result.error:
        return f"{result.name}: failed: {one_line(result.error)}"
    if result.entry is None:
        return f"{result.name}: nothing new"
    facts = f"{plural(result.landed, 'row')} landed, {result.quarantined:,} quarantined"
    again = f", {result.entry.rows_already_there:,} already there" if result.entry.rows_already_there else ""
    return f"{result.name}: {facts}{again} ({result.seconds:.1f} s)"


def print_results(run_id: str, results: Sequence[LoadResult], as_json: bool) -> None:
    """All results to stdout."""
    if as_json:
        print_json(run_id, results)
        return
    grid = Table("table", box=None, pad_edge=False)
    for column in ("read", "landed", "quarantined", "already there", "seconds"):
        grid.add_column(column, justify="right")
    for result in results:
        entry = result.entry
        counts = (entry.rows_read, entry.rows_landed, entry.rows_quarantined, entry.rows_already_there) if entry else ()
        shown = [f"{count:,}" for count in counts] or ["failed" if result.error else "-", "", "", ""]
        grid.add_row(result.name, *shown, f"{result.seconds:.1f}")
    result_console().print(grid)


def print_previews(previews: Sequence[Preview], as_json: bool) -> None:
    """Print what would be read, to stdout."""
    if as_json:
        click.echo(json.dumps({"tables": [asdict(preview) for preview in previews]}))
        return
    grid = Table("table", "from", "to", box=None, pad_edge=False)
    compared = any(preview.gone is not None for preview in previews)
    for column in ("parts", "rows", *(["keys gone"] if compared else [])):
        grid.add_column(column, justify="right")
    for preview in previews:
        if preview.error:
            grid.add_row(preview.name, preview.error)
            continue
        rows = "?" if preview.rows is None else f"{preview.rows:,}"
        parts = f"{preview.units}" if preview.units else "nothing new"
        gone = [f"{preview.gone:,}"] if preview.gone is not None else []
        grid.add_row(preview.name, preview.window_from or "", preview.window_to or "", parts, rows, *gone)
    result_console().print(grid)


def failure_lines(results: Sequence[LoadResult], *, full: bool = False, reconcile: bool = False) -> list[str]:
    """A line for each thing that failed, with the command to go on; tables with the same trouble share one."""
    troubles: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        if result.error:
            troubles[result.source, one_line(result.error)].append(result.table)
    all_of = Counter(result.source for result in results)
    options = f"{' --full' if full else ''}{' --reconcile-keys' if reconcile else ''}"
    return [
        f"{reason} ({source}: {', '.join(failed)}; go on with: "
        f"{_resume(source, [] if len(failed) == all_of[source] and not options else failed, options)})"
        for (source, reason), failed in troubles.items()
    ]


def _resume(source: str, tables: Sequence[str], options: str) -> str:
    chosen = "".join(f" --table {table}" for table in tables)
    return f"lakehouse ingest {source}{chosen}{options}"
