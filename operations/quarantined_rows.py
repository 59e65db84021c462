"""Rows in quarantine, counted and shown; and how people name a table and a rule."""

import difflib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from ingestion.bronze import names
from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.quarantine.table import SCHEMA
from ingestion.bronze.rows.rules import RULES
from ingestion.bronze.slices.plan import table_of
from ingestion.bronze.workers import Job
from ingestion.settings import Settings
from operations.loading import choose


def counted(job: Job, settings: Settings) -> list[dict[str, Any]]:
    """Rows of one table's quarantine by rule, most first, with the first and last instant of their loads."""
    rules: Counter[str] = Counter()
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for batch in aside(job, settings).rows(["rule", "_ingest_ts"]):
        for rule, moment in zip(batch.column("rule").to_pylist(), batch.column("_ingest_ts").to_pylist(), strict=True):
            rules[rule] += 1
            first[rule] = min(moment, first.get(rule, moment))
            last[rule] = max(moment, last.get(rule, moment))
    name = names.table_name(*job)
    return [
        {"table": name, "rule": rule, "rows": rows, "first": first[rule], "last": last[rule]}
        for rule, rows in rules.most_common()
    ]


def sample(place: Bronze, rule: str | None, limit: int) -> list[dict[str, Any]]:
    """The first rows that are found."""
    rows: list[dict[str, Any]] = []
    for batch in place.rows(SCHEMA.names, rule):
        rows += batch.slice(0, limit - len(rows)).to_pylist()
        if len(rows) == limit:
            break
    return rows


def jobs(table: str | None) -> Sequence[Job]:
    """The table that is meant, or all."""
    return [one(table)] if table else choose((), ())


def one(table: str) -> Job:
    """`source.table`, or `source__table`; raises UsageError for one that there isn't."""
    source, dot, name = table.replace("__", ".", 1).partition(".")
    if not dot:
        raise click.UsageError(f"{table!r}: expected SOURCE.TABLE, such as postgres.users")
    return choose((source,), (name,))[0]


def check_rule(rule: str | None, job: Job, settings: Settings) -> None:
    """Raise UsageError for a rule that neither bronze, the table's source nor a row of its quarantine knows."""
    known = [*RULES, *job[0].rules]
    if rule is None or rule in known:
        return
    known += [line["rule"] for line in counted(job, settings) if line["rule"] not in known]
    if rule in known:  # one of an older loader
        return
    close = difflib.get_close_matches(rule, known, 1)
    meant = f"did you mean {close[0]}? " if close else ""
    raise click.UsageError(f"--rule: there is no rule {rule!r}: {meant}Expected one of {', '.join(known)}")


def aside(job: Job, settings: Settings) -> Bronze:
    """A table's quarantine."""
    target = table_of(*job, settings)
    return Bronze(names.quarantine_name(target.uri), target.app)
