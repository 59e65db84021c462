"""`lakehouse schema-history`: how a bronze table's columns came, went and changed."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.table import Table as Grid

from ingestion.bronze import names
from ingestion.bronze.delta.schema_history import Change, told
from ingestion.bronze.slices.plan import table_of
from ingestion.values.types import to_spark
from operations.emulators import use_lake
from operations.quarantined_rows import one
from operations.reporting.console import result_console


@click.command
@click.argument("table", metavar="SOURCE.TABLE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(table: str, as_json: bool) -> None:
    """Show each change of a table's columns, oldest first, as the table's own Delta log tells it.

    \b
    added     came with that load
    dropped   the source no longer has it: NULL from then on
    returned  the source has it again
    retyped   the source has another type; the table keeps its own, and what it can't hold goes to quarantine

    A renamed column is one dropped and one added.
    """
    job = one(table)
    place = table_of(*job, use_lake())
    if place.table is None:
        raise click.ClickException(f"{names.table_name(*job)} was never loaded: lakehouse ingest {job[0].name}")
    kept = {name: to_spark(of) for name, of in place.types.items()}
    changes = told(place.table)
    if as_json:
        lines = [{"column": name, **asdict(change), "kept_as": kept[name]} for name, change in changes]
        click.echo(json.dumps({"table": names.table_name(*job), "changes": lines}))
        return
    result_console().print(grid(changes, kept))


def grid(changes: Sequence[tuple[str, Change]], kept: dict[str, str]) -> Grid:
    """One line for each change."""
    shown = Grid("at", "change", "column", "type in the source", "in bronze", "load", box=None, pad_edge=False)
    for name, change in changes:
        shown.add_row(change.at, change.change, name, change.type, kept[name], change.load_id)
    return shown
