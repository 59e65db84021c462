"""`lakehouse publish`: gold in Snowflake, equal to the lake row by row, or the publish did not happen.

Both sides say what they hold of each table (rows and digest, by the same macro); tables that agree move no bytes. The
others are staged as Parquet, one version of the lake's table each, and copied by dbt into a scratch table, which
becomes the visible one only if its digest is the lake's. So a publish can be repeated at any time and heals drift.

Which tables: see macros/publish/publish_tables.sql. Buckets within a table, one transaction over all tables and a
publish log have their place in macros/publish/publish_copy.sql.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import click
import structlog

from ingestion.settings import SettingError, Settings
from operations.commands.gate import GateClosed, check_build, check_sizes
from operations.emulators import use_local_services
from operations.next_step import resume
from operations.processes.command_lock import AlreadyRunning, alone
from operations.publishing.dbt_queries import Engines, Held, LakeTable
from operations.publishing.diff import describe
from operations.publishing.snowflake import Target
from operations.publishing.stage import Source, Staged, stage_url, staged
from operations.records.run_record import Step, recording
from operations.reporting.console import result_console

log = structlog.get_logger()


class PublishError(RuntimeError):
    """A copy differs from the lake: tables, rows and digests of both, sample keys."""


class PublishFailed(RuntimeError):
    """Publishing ended early: why, and how to go on."""


@dataclass(frozen=True)
class Published:
    """The outcome for one table."""

    table: str
    outcome: Literal["unchanged", "copied", "different"]
    version: int
    """Of the lake's Delta table."""
    rows: int
    digest: str
    bytes: int = 0
    """Moved through the stage."""
    error: str | None = None
    """The difference of the copy. Readers then still see the copy that was there before."""

    def step(self) -> Step:
        """As a run's record keeps it."""
        facts = {name: value for name, value in asdict(self).items() if name not in ("table", "error")}
        return Step("publish", self.table, "failed" if self.error else "done", error=self.error, facts=facts)


@click.command
@click.option("--allow-shrink", is_flag=True, help="Publish tables that have less than half of their copy's rows.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(allow_shrink: bool, as_json: bool) -> None:
    """Copy gold to Snowflake and prove the copy equal; tables that already are equal move nothing.

    Refused while a node of the lake's builds has failed, was skipped, or is not finished: an error test, for example.
    """
    settings = use_local_services(Settings.load())
    with recording(settings, "publish") as record:
        try:
            results = publish(
                settings,
                record.run_id,
                allow_shrink=allow_shrink,
                on_result=lambda result: record.add(result.step()),
            )
        except (GateClosed, AlreadyRunning):
            raise
        except (RuntimeError, SettingError) as error:
            kind = SettingError if isinstance(error, SettingError) else PublishFailed
            raise kind(f"{error}; {resume(settings, 'lakehouse publish')}") from error
    if as_json:
        click.echo(json.dumps({"run_id": record.run_id, "tables": [asdict(result) for result in results]}))
    else:
        for result in results:
            result_console().print(f"{result.table:<24} {result.rows:>12,} rows  {result.outcome}")


def publish(
    settings: Settings,
    run_id: str,
    *,
    allow_shrink: bool = False,
    on_result: Callable[[Published], object] = lambda _: None,
) -> list[Published]:
    """Make Snowflake's copy of every gold table equal to the lake's.

    Args:
        settings: where the lake is.
        run_id: names the run's folder on the stage.
        allow_shrink: publish also tables that have less than half of their copy's rows.
        on_result: called with each table as soon as its fate is known.

    Raises:
        SettingError: no account or no stage is set.
        AlreadyRunning: another publish is under way on this machine.
        GateClosed: a build of this lake failed or is not finished, or a table shrank. Nothing was copied.
        SnowflakeUnavailable, StageUnavailable: one of them doesn't answer.
        EngineFailed: Snowflake or the lake's engine failed; the message is theirs.
        PublishError: a copy differs from the lake. The others are published all the same.
    """
    with alone(settings, "publish"):
        return _publish(settings, run_id, allow_shrink, on_result)


def _publish(
    settings: Settings, run_id: str, allow_shrink: bool, on_result: Callable[[Published], object]
) -> list[Published]:
    engines = Engines(settings, run_id, Target.load())
    url = f"{stage_url()}/{run_id}"
    verdict = check_build(settings)
    tables, copies, rows = engines.compare()
    if check_build(settings) != verdict:
        raise GateClosed(
            "gold is not published: it was built while publish looked at it; run `lakehouse publish` again"
        )
    if not allow_shrink:
        check_sizes(tables, rows)
    results = [told(table, "unchanged") for table in tables if copies.get(table.name) == table.held]
    for result in results:
        on_result(result)
    behind = [table for table in tables if copies.get(table.name) != table.held]
    if behind:
        sources = {table.name: source(settings, table) for table in behind}
        with staged(sources, url) as files:
            for result in copied(engines, behind, files):
                on_result(result)
                results.append(result)
    errors = [result.error for result in results if result.error]
    if errors:
        raise PublishError("; ".join(errors))
    return sorted(results, key=lambda result: result.table)


def told(table: LakeTable, outcome: Literal["unchanged", "copied"], moved: int = 0) -> Published:
    """A table whose copy is equal."""
    return Published(table.name, outcome, table.version, table.held.rows, table.held.digest, moved)


def copied(engines: Engines, tables: Sequence[LakeTable], staged: Mapping[str, Staged]) -> Iterator[Published]:
    """Let Snowflake copy what is staged; a table whose copy isn't equal is told with sample keys."""
    parts = [
        {"name": table.name, "url": staged[table.name].url, "files": staged[table.name].files, **vars(table.held)}
        for table in tables
    ]
    answers = {answer["name"]: answer for answer in engines.snowflake("publish_copy", staged=parts)}
    for table in tables:
        answer, moved = answers[table.name], staged[table.name].bytes
        if answer["copied"]:
            log.info("table published", table=table.name, rows=table.held.rows, bytes=moved, version=table.version)
            yield told(table, "copied", moved)
        else:
            yield replace(
                told(table, "copied", moved),
                outcome="different",
                error=(
                    f"{table.name}: the copy differs from the lake. Lake, version {table.version}: {table.held}; "
                    f"copy: {Held(answer['rows'], answer['digest'])}; {describe(engines, table, answer['groups'])}; "
                    "readers keep the copy they had"
                ),
            )


def source(settings: Settings, table: LakeTable) -> Source:
    """Return where a table's files are, and what to take of them."""
    return Source(f"{settings.root}/{table.schema}/{table.identifier}", table.version, tuple(table.columns))
