"""Objects of a store that belong to no table of their source: they are counted and listed, and never loaded."""

from collections.abc import Iterable, Sequence
from typing import Any

import click
import structlog

from ingestion.bronze.load import LoadResult
from ingestion.plural import agreeing, plural
from ingestion.source import ListsObjects, Source
from operations.records.run_record import Record

log = structlog.get_logger()

STEP = "unmatched"
"""The kind of a run record's step; its name is the source's."""
LISTED = 100
"""The number of keys that a record holds; its count is of all."""
SHOWN = 5
"""The number of keys that a line shows."""


def report(sources: Iterable[Source], results: Sequence[LoadResult], record: Record) -> None:
    """Record, and write on stderr, which objects of these sources match no table's path.

    A source of which a table failed is not asked: its failure is reported already.
    """
    failed = {result.source for result in results if result.error}
    for source in sources:
        if source.name in failed or not any(table.path and table.kind != "offsets" for table in source.tables):
            continue
        with record.step(STEP, source.name) as step, source.connect() as reader:
            keys = list(reader.unmatched(source.tables)) if isinstance(reader, ListsObjects) else []
            step.update(count=len(keys), keys=keys[:LISTED])
        if keys:
            click.echo(f"lakehouse: {line(source.name, len(keys), keys)}", err=True)


def line(source: str, count: int, keys: Sequence[str]) -> str:
    """Return the line about a source's objects that match no table."""
    shown = ", ".join(map(repr, keys[:SHOWN])) + (" …" if count > SHOWN else "")
    return (
        f"{source}: {plural(count, 'object')} {agreeing(count, 'matches', 'match')} no table and "
        f"{agreeing(count, 'is', 'are')} not loaded: {shown}; correct the path of a table in "
        f"ingestion/sources/{source}.py, add a table, or move the {agreeing(count, 'object', 'objects')} away"
    )


def lines(runs: Sequence[dict[str, Any]]) -> list[str]:
    """The same for each source, from the newest run record that has it; nothing where all objects match."""
    newest: dict[str, dict[str, Any]] = {}
    for run in runs:
        for step in run["steps"]:
            if step["kind"] == STEP and step["outcome"] == "done":
                newest.setdefault(step["name"], step["facts"])
    return [line(source, facts["count"], facts["keys"]) for source, facts in newest.items() if facts["count"]]
