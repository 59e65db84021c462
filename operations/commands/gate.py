"""The gate before publish: what the lake's builds left unproven, and tables that shrank.

Every build writes its verdict into the lake, `<prefix>gold/_gate.json` (macros/quality/verdict_begin.sql): the nodes
that did not succeed yet, error tests and unfinished builds among them. So publish may run on another machine than the
build.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import structlog

from ingestion.plural import agreeing, plural
from ingestion.settings import Settings
from operations.emr.verdict import NAME
from operations.emulators import use_lake
from operations.records.file_store import FileStore, StoreUnavailable
from operations.records.run_record import one_line

if TYPE_CHECKING:
    from operations.publishing.dbt_queries import LakeTable

log = structlog.get_logger()

SHRUNK = 0.5
"""A table with less than this share of its copy's rows is refused."""
SHOWN = 3
"""The number of unproven nodes that a message names."""


class GateClosed(RuntimeError):
    """Gold is not fit to be published: which nodes or tables, why, and the command to go on with."""


@click.command
def command() -> None:
    """Say if gold may be published: exit code 0 if every node that builds of this lake left is proven, 1 if not.

    Reads the verdict that builds write into the lake, as `lakehouse publish` does, and nothing else. Builds of another
    engine than the local one leave no verdict: their exit code is the gate.
    """
    found = check_build(use_lake())
    if found is None:
        click.echo("this lake has no verdict of a build: the build's exit code says if gold may be published")
    else:
        click.echo(f"gold may be published: {found.command} of run {found.run_id}, ended {found.ended_at}")


@dataclass(frozen=True)
class Verdict:
    """The newest build's record of this lake's nodes."""

    run_id: str
    command: str
    started_at: str
    ended_at: str | None
    """None while the build runs, and for good where it was killed."""
    unproven: Mapping[str, str]
    """dbt's unique id -> reason."""

    def check(self) -> None:
        """Raise `GateClosed` unless every node is proven."""
        if not self.unproven:
            return
        ids = sorted(self.unproven, key=lambda node: (self.unproven[node].startswith("skipped"), node))
        named = [f"{kind_and_name(node)} ({one_line(self.unproven[node])})" for node in ids[:SHOWN]]
        others = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
        state = "ended" if self.ended_at else "has not ended: it is running, or was killed"
        raise GateClosed(
            f"gold is not published: {plural(len(ids), 'node')} "
            f"{agreeing(len(ids), 'has failed or was', 'have failed or were')} not built since, "
            f"{', '.join(named)}{others}; the newest build ({self.command}, run {self.run_id}, "
            f"{self.started_at}) {state}. Fix the cause, build with `lakehouse run --only build` or "
            "`dbt retry`, then `lakehouse publish`"
        )


def verdict(settings: Settings) -> Verdict | None:
    """The lake's verdict; None where no build has left one yet. Raises `GateClosed` for one that can't be read."""
    store = FileStore(f"{settings.root}/{settings.prefix}gold")
    try:
        text = store.text(NAME)
        return None if text is None else Verdict(**json.loads(text))
    except (StoreUnavailable, ValueError, TypeError) as error:
        raise GateClosed(
            f"gold is not published: the verdict of its build, {store.address(NAME)}, can't be read: "
            f"{one_line(error)}; build again with `lakehouse run --only build`"
        ) from error


def check_build(settings: Settings) -> Verdict | None:
    """The verdict where all is proven; raises `GateClosed`. A lake without a verdict passes with a warning."""
    found = verdict(settings)
    if found is None:
        log.warning("no build verdict", lake=settings.root, hint="the next dbt build writes one")
    else:
        found.check()
    return found


def check_sizes(tables: Sequence["LakeTable"], copies: Mapping[str, int]) -> None:
    """Raise `GateClosed` where a table has less than half of its copy's rows.

    Args: copies: rows of each copy that there is.
    """
    shrunk = [table for table in tables if table.held.rows < copies.get(table.name, 0) * SHRUNK]
    if shrunk:
        told = ", ".join(f"{table.name} (copy {copies[table.name]:,}, lake {table.held.rows:,})" for table in shrunk)
        raise GateClosed(
            f"gold is not published: {plural(len(shrunk), 'table')} with less than half of the copy's rows: {told}; "
            "if that is right, publish with `lakehouse publish --allow-shrink`"
        )


def kind_and_name(node: str) -> str:
    """`test.lakehouse.orders_have_a_total.1a2b` as `test orders_have_a_total`."""
    parts = node.split(".")
    return f"{parts[0]} {parts[2] if len(parts) > 2 else node}"
