"""`lakehouse run`: ingest every source, build with dbt, publish to Snowflake; each phase leaves its steps in a record.

A phase that fails stops the run before the next one, so that a failed run never publishes: Snowflake keeps its last
good state, and what was loaded stays in bronze. Gold is not built from half of a day either: today's orders joined
with yesterday's customers would look like data. The tables of a source that can't be reached don't keep the others from
loading, and the next run loads only what is missing. Who wants to build on what is there all the same says so:
`lakehouse run --only build --only publish`.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from ingestion.bronze.errors import BronzeError
from ingestion.plural import plural
from ingestion.settings import Settings
from ingestion.sources import load_sources
from operations.aws.state_table import copied_state
from operations.dbt.artifacts import RUN_ID, fetch_run, save_run
from operations.dbt.command import NO_UNIT_TESTS, artifacts_folder, run_dbt
from operations.dbt.target import require_local_target
from operations.emulators import use_local_services
from operations.next_step import resume
from operations.processes.command_lock import AlreadyRunning, alone
from operations.records.run_record import Record, one_line, recording
from operations.reporting.progress import Progress
from operations.reporting.run_summary import print_recap

if TYPE_CHECKING:
    from ingestion.bronze.load import LoadResult

Phase = Callable[[Settings, Record, Progress], None]


class RunFailed(RuntimeError):
    """A phase failed: which, what failed in it, what that leaves, and the command to go on with."""


class RunRefused(RunFailed):
    """Someone else builds on this lake."""

    exit_code = 3


@click.command
@click.option(
    "--only",
    type=click.Choice(["ingest", "build", "publish"]),
    multiple=True,
    help="Only this phase; may be given more than once.",
)
@click.option(
    "--retry",
    metavar="RUN_ID",
    help="With --only build: build what failed or was skipped in that run, by its files below LAKEHOUSE_ARTIFACTS.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the run's record as one JSON object.")
def command(only: Sequence[str], retry: str | None, as_json: bool) -> None:
    """Ingest everything, build with dbt, publish; if one fails, one line says what, and how to go on."""
    if retry and ("build" not in only or not RUN_ID.fullmatch(retry)):
        raise click.UsageError("--retry takes the id of a run (`lakehouse status`), with --only build")
    settings = use_local_services(Settings.load())
    record = run(settings, only or tuple(PHASES), retry)
    told = record.path.read_text()
    click.echo(told) if as_json else print_recap(json.loads(told))


def run(settings: Settings, phases: Sequence[str], retry: str | None = None) -> Record:
    """Do the phases in the data's order and return the record.

    Args: retry: the run whose failed and skipped nodes are built, instead of everything.

    Raises RunFailed where one fails, AlreadyRunning at its start where another run is under way on this machine, and
    SettingError before anything is loaded where LAKEHOUSE_TARGET is no target of the phases.
    """
    if set(phases) - {"ingest"}:
        require_local_target()
    with copied_state(settings), recording(settings, "run") as record, alone(settings, "run"), Progress() as progress:
        ways: dict[str, Phase] = {**PHASES, "build": partial(build, retry=retry)} if retry else PHASES
        for name, phase in ways.items():
            if name in phases:
                with record.step("phase", name):
                    phase(settings, record, progress)
    return record


def ingest(settings: Settings, record: Record, progress: Progress) -> None:
    """Load what is new in every table of every source."""
    from operations import loading, unmatched_objects

    progress.phase("ingest", total=len(loading.choose((), ())))
    results = loading.ingest(
        settings, (), (), record.run_id, on_result=lambda result: loading.tell(result, record, progress)
    )
    failed = [result for result in results if result.error]
    if failed:
        refused = loading.exit_code(results) == RunRefused.exit_code
        raise (RunRefused if refused else RunFailed)(
            f"{len(failed):,} of {plural(len(results), 'table')} could not be loaded, so nothing was built or "
            f"published: {causes(failed)}; {resume(settings)}"
        )
    unmatched_objects.report(load_sources().values(), results, record)


def causes(failed: Sequence["LoadResult"]) -> str:
    """The first error of each source, each different one once: the tables of a source mostly fail by one cause.

    The record has every table's error.
    """
    of_source: dict[str, str] = {}
    for result in failed:
        of_source.setdefault(result.source, one_line(result.error or ""))
    tables = Counter(of_source[result.source] for result in failed)
    return "; ".join(f"{cause} ({number} tables)" if number > 1 else cause for cause, number in tables.items())


def build(settings: Settings, record: Record, progress: Progress, retry: str | None = None) -> None:
    """One dbt build of everything but unit tests, which check the code and not the data: CI runs them.

    With `retry`, one dbt retry of what that run left.
    """
    progress.phase("build")
    folder = artifacts_folder(settings, "local")
    words = ["retry"] if retry else ["build", *NO_UNIT_TESTS]
    with record.step("build", f"dbt {words[0]}") as step:
        if retry:
            step.update(retry_of=retry)
            fetch_run(settings, retry, folder)
        try:
            outcome = run_dbt(settings, words, run_id=record.run_id, on_line=progress.dbt_line)
        finally:
            save_run(settings, record.run_id, folder)
        step.update(counts=outcome.counts, failures=[asdict(failure) for failure in outcome.failures])
        step.update(warnings=[asdict(warning) for warning in outcome.warnings])
        if outcome.exit_code:
            raise (RunRefused if outcome.is_locked else RunFailed)(
                f"build failed, nothing was published: {outcome.error}; {resume(settings)}{elsewhere(settings, record)}"
            )
    if settings.catalog == "glue":
        with record.step("catalogue", "glue") as step:
            step.update(registered=describe(settings))


def elsewhere(settings: Settings, record: Record) -> str:
    """Return the command that goes on with this build on any machine; empty where no copy of it is kept."""
    command = f"lakehouse run --only build --retry {record.run_id}"
    return f"; what failed alone, on any machine: {command}" if settings.artifacts else ""


def describe(settings: Settings) -> list[str]:
    """Tell the catalogue of what was built."""
    from operations.dbt.glue_docs import register_built

    try:
        return register_built(settings)
    except BronzeError as error:
        raise RunFailed(f"the build is done, but the catalogue is not: {error}; {resume(settings)}") from error


def publish(settings: Settings, record: Record, progress: Progress) -> None:
    """Snowflake's copy of gold, proven equal."""
    from operations.commands.gate import GateClosed
    from operations.commands.publish import Published
    from operations.commands.publish import publish as publish_gold

    def tell(result: Published) -> None:
        record.add(result.step())
        progress.move(
            f"{result.table}: {plural(result.rows, 'row')} {result.outcome}"
        )  # publish itself logs each table

    progress.phase("publish")
    try:
        publish_gold(settings, record.run_id, on_result=tell)
    except GateClosed as error:
        raise RunFailed(str(error)) from error
    except AlreadyRunning as error:
        raise RunRefused(str(error)) from error
    except RuntimeError as error:
        raise RunFailed(f"publish failed: {error}; {resume(settings)}") from error


PHASES: dict[str, Phase] = {"ingest": ingest, "build": build, "publish": publish}
