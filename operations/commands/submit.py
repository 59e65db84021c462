"""`lakehouse submit build`: one dbt build on EMR Serverless, followed to its end."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ingestion.settings import Settings
from operations.dbt.artifacts import RESULTS, RUN_ID, read_outcome
from operations.dbt.command import failed, read_results, to_stderr
from operations.emr.api import Service, Sleep
from operations.emr.job_log import JobLog
from operations.emr.job_run import Ended, started
from operations.emr.package import FOLDER, package_code
from operations.emr.submission import Target, artifacts_of, make_current, request, streams_of, upload
from operations.records.run_record import Record, Step, one_line, recording

LAST = "lakehouse: run "
"""How the job's last line begins."""


class BuildFailed(RuntimeError):
    """A build on EMR Serverless failed: which run and job, why, what to do."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        """dbt's own, where dbt came to its end."""


@click.command
@click.argument("step", type=click.Choice(["build"]))
@click.option("--wait", is_flag=True, help="Follow the job to its end: print dbt's log, end with dbt's exit code.")
@click.option("--retry", metavar="RUN_ID", help="Build what failed or was skipped in that run.")
@click.option("--select", multiple=True, help="dbt's selection.")
@click.option("--exclude", multiple=True, help="dbt's selection.")
@click.option("--full-refresh", is_flag=True, help="dbt's option.")
@click.option("--release", metavar="VERSION", help="Run the files of releases/VERSION instead of this checkout's.")
@click.option("--conf", multiple=True, metavar="NAME=VALUE", help="A setting of Spark, such as its memory.")
@click.option("--upload-only", is_flag=True, help="Upload, for the state machine's builds too; start nothing.")
def command(
    step: str,
    wait: bool,
    retry: str | None,
    select: Sequence[str],
    exclude: Sequence[str],
    full_refresh: bool,
    release: str | None,
    conf: Sequence[str],
    upload_only: bool,
) -> None:
    """Build on EMR Serverless, with Spark; Ctrl-C cancels the job."""
    if retry and (select or exclude or full_refresh or not RUN_ID.fullmatch(retry)):
        raise click.UsageError("--retry takes the id of a run, and no selection: dbt retries what is left of that run")
    if malformed := [one for one in conf if "=" not in one]:
        raise click.UsageError(f"--conf {malformed[0]}: expected NAME=VALUE")
    settings = Settings.load()
    if upload_only:
        prepare_files(settings, current=True)
        return
    words = [*(f"--select={one}" for one in select), *(f"--exclude={one}" for one in exclude)]
    words += ["--full-refresh"] if full_refresh else []
    words += ["--retry", retry] if retry else []
    changed = dict(one.split("=", 1) for one in conf)
    submit(settings, words, changed, release=release, wait=wait)


def prepare_files(settings: Settings, *, current: bool = False) -> dict[str, str]:
    """Make and upload the job's files; returns their keys. The environment is made by `make environment` alone."""
    store = artifacts_of(settings)
    package_code(FOLDER)
    keys = upload(store, FOLDER)
    if current:
        make_current(store, FOLDER)
    return keys


def submit(
    settings: Settings,
    words: Sequence[str],
    changed: dict[str, str],
    *,
    release: str | None = None,
    wait: bool = True,
    sleep: Sleep = time.sleep,
) -> Record:
    """Start a build, and follow it where asked to; returns the record.

    Args: words: the job's arguments. changed: settings of Spark. sleep: waits between two looks.
    Raises SettingError, BuildFailed, CallFailed, StoreUnavailable; KeyboardInterrupt after the job was cancelled.
    """
    target, store = Target.load(), artifacts_of(settings)
    with recording(settings, "submit") as record, record.step("submit", "build") as step:
        keys = {} if release else prepare_files(settings)

        def address(name: str) -> str:
            return store.address(f"releases/{release}/{name}" if release else keys[name])

        asked = request(settings, target, record.run_id, address, words, changed)
        with started(Service("emr-serverless", sleep), asked) as job:
            job.sleep = sleep
            step.update(application=job.application_id, job_run=job.job_run_id)
            record.save()
            click.echo(f"run {record.run_id}: {job.name}", err=True)
            if wait:
                prefix = streams_of(target, job.job_run_id)
                log = JobLog(Service("logs", sleep), target.log_group, prefix) if target.log_group else None
                ended = job.follow(log, to_stderr, LAST)
                finish(settings, record, step, ended, list(log.spark) if log else [])
    return record


def finish(settings: Settings, record: Record, step: Step, ended: Ended, spark: Sequence[str]) -> None:
    """Record how a job ended. Raises BuildFailed unless all is built."""
    step.update(state=ended.state, details=ended.details, billed=ended.billed)
    if ended.state == "SUCCESS":
        return
    what = f"build failed on EMR Serverless, job run {ended.job_run_id} {ended.state}"
    outcome = read_outcome(settings, record.run_id)
    with TemporaryDirectory() as name:
        folder = Path(name)
        artifacts_of(settings).get(f"runs/{record.run_id}/{RESULTS}", folder / RESULTS)
        failures = failed(read_results(folder, record.run_id))
    again = f"lakehouse submit build --wait --retry {record.run_id}"
    if outcome is None:
        end = f"; end of its log: {one_line(' | '.join(spark))}" if spark else ""
        raise BuildFailed(
            f"{what}: {one_line(ended.details or 'no reason given')}{end}; docs/operate/emr.md says what to look at"
        )
    exit_code = int(outcome["exit_code"])
    step.update(failures=[vars(failure) for failure in failures], exit_code=exit_code)
    causes = "; ".join(f"{one.name}: {one.message}" for one in failures[:3]) or "dbt could not go on, see its log"
    raise BuildFailed(f"{what}: {causes}; go on with what failed alone: {again}", exit_code)
