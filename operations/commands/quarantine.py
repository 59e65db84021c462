"""`lakehouse quarantine`: rows that bronze couldn't hold: what there is, what it says, try again, or let go."""

import json
from typing import Any

import click
from rich.table import Table as Grid

from ingestion.bronze import names
from ingestion.bronze.delta.table import literal
from ingestion.bronze.glue import Catalog
from ingestion.bronze.leases.lease import lease
from ingestion.bronze.quarantine.replay import Replayed, replay
from ingestion.plural import plural
from operations.emulators import use_lake
from operations.quarantined_rows import aside, check_rule, counted, jobs, one, sample
from operations.records.run_record import Step, recording
from operations.reporting.console import result_console

SHOWN = 200
"""Characters of a payload that a line shows."""
ONE_TABLE = click.argument("table", metavar="SOURCE.TABLE")
RULE = click.option("--rule", help="Only rows that broke this rule.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group(no_args_is_help=True)
def command() -> None:
    """Rows that bronze couldn't hold, kept with the rule they broke and where they stand in the source.

    \b
    lakehouse quarantine list
    lakehouse quarantine show vendor_files.price_list --rule column_count
    lakehouse quarantine replay vendor_files.price_list
    lakehouse quarantine drop vendor_files.price_list --rule truncated_gzip
    """


@command.command("list")
@click.argument("table", metavar="[SOURCE.TABLE]", required=False)
@JSON
def list_rules(table: str | None, as_json: bool) -> None:
    """Count kept rows by table and rule."""
    settings = use_lake()
    found = [line for job in jobs(table) for line in counted(job, settings)]
    if as_json:
        click.echo(json.dumps({"quarantine": found}, default=str))
        return
    if not found:
        click.echo("nothing is in quarantine")
        return
    grid = Grid("table", "rule", box=None, pad_edge=False)
    for name in ("rows", "first", "last"):
        grid.add_column(name, justify="right")
    for line in found:
        grid.add_row(line["table"], line["rule"], f"{line['rows']:,}", *(f"{line[end]:%F %T}" for end in ENDS))
    result_console().print(grid)


ENDS = ("first", "last")


@command.command("show")
@ONE_TABLE
@RULE
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many rows.")
@JSON
def show(table: str, rule: str | None, limit: int, as_json: bool) -> None:
    """Show kept rows: rule, position in the source, message, and what was received.

    --json has whole payloads, in their encoding (utf-8, or base64 where the bytes are no text).
    """
    settings, job = use_lake(), one(table)
    check_rule(rule, job, settings)
    rows = sample(aside(job, settings), rule, limit)
    if as_json:
        click.echo(json.dumps({"rows": rows}, default=str, ensure_ascii=False))
        return
    for row in rows:
        payload = row["payload"] if len(row["payload"]) <= SHOWN else f"{row['payload'][:SHOWN]}…"
        click.echo(f"{row['rule']}  {row['position']}  {row['_ingest_ts']:%F %T}  {row['message']}")
        click.echo(f"    {payload!r}" + ("" if row["encoding"] == "utf-8" else f"  ({row['encoding']})"))
    if not rows:
        click.echo(f"nothing of {table} is in quarantine" + (f" by the rule {rule}" if rule else ""))


@command.command("replay")
@ONE_TABLE
@RULE
@JSON
def replay_rows(table: str, rule: str | None, as_json: bool) -> None:
    """Judge kept rows again by the rules and parsers of today; the good ones move to the table, each once.

    For after a parser, a table's spec or a severity was changed. The source isn't asked; rows that are in the table by
    now only leave quarantine. What is still bad stays, and so does a whole file that couldn't be read: have it sent
    again, or read it again with `lakehouse backfill`. It may be killed and run again at any time.
    """
    settings, (source, spec) = use_lake(), one(table)
    check_rule(rule, (source, spec), settings)
    with recording(settings, "quarantine replay") as record:
        with record.step("replay", names.table_name(source, spec)) as step:
            result = replay(source, spec, settings, record.run_id, rule)
            step.update(**facts(result))
        Catalog(settings).register("bronze", [result.name, names.quarantine_name(result.name), "loads"])
    if as_json:
        click.echo(json.dumps({"run_id": record.run_id, "table": result.name, **facts(result)}))
        return
    click.echo(
        f"{result.name}: {plural(result.looked_at, 'row')} judged again: {result.landed:,} landed, "
        f"{result.already_there:,} already there, {result.kept.total():,} left in quarantine"
    )
    for broken, rows in result.kept.most_common():
        click.echo(f"    {rows:,} {broken}")


def facts(result: Replayed) -> dict[str, Any]:
    """Counts for records and reports."""
    return {
        "looked_at": result.looked_at,
        "landed": result.landed,
        "already_there": result.already_there,
        "kept": dict(result.kept),
    }


@command.command("drop")
@ONE_TABLE
@RULE
@click.option("--yes", is_flag=True, help="Don't ask.")
def drop(table: str, rule: str | None, yes: bool) -> None:
    """Remove kept rows for good. A source that still holds them brings them again when it is read again."""
    settings, job = use_lake(), one(table)
    check_rule(rule, job, settings)
    rules = {line["rule"]: line["rows"] for line in counted(job, settings) if rule in (None, line["rule"])}
    if not rules:
        click.echo("nothing to remove")
        return
    told = ", ".join(f"{rows:,} of {broken}" for broken, rows in rules.items())
    name = names.table_name(*job)
    if not yes:
        click.confirm(
            f"Remove {plural(sum(rules.values()), 'row')} from quarantine of {name} for good ({told})?", abort=True
        )
    with recording(settings, "quarantine drop") as record, lease(settings, name):
        removed = aside(job, settings).remove("true" if rule is None else f"rule = {literal(rule)}")
        record.add(Step("drop", name, "done", seconds=0.0, facts={"rule": rule, "removed": removed}))
    click.echo(f"{name}: {plural(removed, 'row')} removed from quarantine")
