"""Tables for people: as wide as the terminal, or as wide as they need to be in a file or a pipe."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console

from operations.records.run_record import one_line

UNBOUNDED = 100_000


def result_console() -> Console:
    """For results on stdout: text as it is, never wrapped but by a terminal."""
    width = None if sys.stdout.isatty() else UNBOUNDED
    return Console(width=width, markup=False, highlight=False, emoji=False)


def print_json(run_id: str, results: Sequence[Any]) -> None:
    """Print what became of tables as one JSON object to stdout.

    Args:
        results: `LoadResult`s, or the sums of `lakehouse backfill`: source, table, name, `facts()`, error.
    """
    tables = [
        {"source": r.source, "table": r.table, "name": r.name, **r.facts(), "error": r.error and one_line(r.error)}
        for r in results
    ]
    click.echo(json.dumps({"run_id": run_id, "failed": sum(bool(r.error) for r in results), "tables": tables}))
