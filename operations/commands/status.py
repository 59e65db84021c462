"""`lakehouse status`: the last runs, how far each table is loaded and how fresh that is, and the local services.

Reads only: run records, the Delta logs of bronze (a table's watermark is its own `txn`), and the services' records.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from textwrap import shorten
from typing import Any

import click
from rich.table import Table

from ingestion.settings import Settings
from operations import unmatched_objects
from operations.emulators import statuses, use_local_services
from operations.freshness import Freshness, freshness
from operations.records.run_record import read_runs
from operations.reporting.console import result_console

UNMATCHED_RUNS = 50
"""The number of run records that are searched for objects that match no table."""


@click.command
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--last", default=5, show_default=True, help="How many runs to show.")
def command(as_json: bool, last: int) -> None:
    """Show the last runs, each table's watermark and age, and the local services."""
    settings, services = local_state(Settings.load())
    told = {
        "now": settings.now().isoformat(timespec="seconds"),
        "lake": settings.root,
        "runs": read_runs(settings, last),
        "tables": [asdict(table) for table in freshness(settings)],
        "unmatched_objects": unmatched_objects.lines(read_runs(settings, UNMATCHED_RUNS)),
        "services": services,
    }
    if as_json:
        click.echo(json.dumps(told, indent=2, default=str))
    else:
        print_tables(told)


def local_state(settings: Settings) -> tuple[Settings, list[dict[str, Any]]]:
    """The settings in force, and what runs locally; nothing runs locally in other environments."""
    running = statuses(settings)
    if any(one["pid"] for one in running):
        settings = use_local_services(settings)
    return settings, running


def print_tables(told: dict[str, Any]) -> None:
    """Three tables for people."""
    console = result_console()
    console.print(f"lake {told['lake']}, now {told['now']}\n")
    console.print(runs_table(told["runs"]) if told["runs"] else "no run yet: lakehouse run")
    console.print()
    console.print(tables_table([Freshness(**table) for table in told["tables"]]))
    for line in told["unmatched_objects"]:
        console.print(f"\n{line}", highlight=False, markup=False)
    if told["services"]:
        console.print()
        console.print(services_table(told["services"]))


def runs_table(runs: list[dict[str, Any]]) -> Table:
    """Newest first; a failed run shows how its error begins."""
    table = Table("run", "verb", "outcome", "seconds", "steps", "error", box=None, pad_edge=False)
    for run in runs:
        done = sum(step["outcome"] == "done" for step in run["steps"])
        seconds = "" if run["seconds"] is None else f"{run['seconds']:.0f}"
        steps = f"{done} of {len(run['steps'])}"
        error = shorten(run["error"] or "", 160, placeholder=" …")
        table.add_row(run["run_id"], run["verb"], run["outcome"], seconds, steps, error)
    return table


def tables_table(tables: list[Freshness]) -> Table:
    """One row for each table that a source names."""
    grid = Table("table", "watermark", "last load", "age", box=None, pad_edge=False)
    for one in tables:
        grid.add_row(one.table, spelled(one.watermark), spelled(one.loaded_at), aged(one.age_seconds))
    return grid


def services_table(services: list[dict[str, Any]]) -> Table:
    """The emulated systems and where they answer."""
    grid = Table("service", "address", "pid", "state", box=None, pad_edge=False)
    for one in services:
        state = "up" if one["healthy"] else "silent" if one["pid"] else "down"
        grid.add_row(one["name"], one["address"], str(one["pid"] or ""), state)
    return grid


def spelled(instant: datetime | int | None) -> str:
    """An instant to the second, UTC; a number as it is."""
    if isinstance(instant, int):
        return str(instant)
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if instant else "-"


def aged(seconds: float | None) -> str:
    """Days, hours or minutes."""
    if seconds is None:
        return ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
