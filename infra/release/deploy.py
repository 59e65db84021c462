"""`infra/deploy`: a release's way into an environment and from one to the next.

    infra/deploy upload dist/1.2.0 dev         its files to s3://<artifacts bucket>/releases/1.2.0/
    infra/deploy switch 1.2.0 dev --approve    run it: image, DAGs, Terraform, canary; back if the canary fails
    infra/deploy promote 1.2.0 dev staging     the same files, compared, into the next environment
    infra/deploy rollback dev --approve        run the version before
    infra/deploy show dev                      what it runs

Credentials are those of boto3 and Terraform, such as AWS_PROFILE; `promote` reads the first environment with those of
`--from-profile`.
"""

import json
import shlex
import sys
import tarfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from infra.release import canary
from infra.release.bucket import Bucket, Current
from infra.release.checksums import Release, read_release
from infra.release.contents import IMAGE
from infra.release.environment import VARIABLES, Environment
from infra.release.identity import ReleaseError
from infra.release.registry import push
from ingestion.settings import SettingError
from operations.aws.terraform_outputs import settings_of
from operations.records.file_store import StoreUnavailable

APPROVE = click.option("--approve", is_flag=True, help="Do it without asking: where a person approved it elsewhere.")
CANARY = click.option(
    "--canary", "words", help="The `lakehouse` command that runs the canary here; an ECS task without it."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Upload a release, run it in an environment, promote it to the next one, roll back."""


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("environment")
@click.option("--bucket", envvar="ARTIFACTS_BUCKET", help="The artifacts bucket, instead of asking Terraform.")
@click.option("--repository", envvar="ECR_REPOSITORY_URL", help="With --bucket: the repository of images.")
def upload(folder: Path, environment: str, bucket: str | None, repository: str | None) -> None:
    """Write the release of FOLDER to ENVIRONMENT's bucket, and its image to ECR. Nothing runs it yet."""
    given = {"artifacts_bucket_name": bucket, "ecr_repository_url": repository, "region": None} if bucket else None
    release, where = read_release(folder), Environment.named(environment, given)
    register(release, where)
    click.echo(f"{where.name} has {release.version}; to run it: infra/deploy switch {release.version} {environment}")


@cli.command()
@click.argument("version")
@click.argument("environment")
@APPROVE
@CANARY
def switch(version: str, environment: str, approve: bool, words: str | None) -> None:
    """Make ENVIRONMENT run an uploaded VERSION; if its canary fails, the version before runs again."""
    where = Environment.named(environment)
    ask(f"{where.name} is to run {version}", approve)
    with TemporaryDirectory() as folder:
        run(bucket_of(where).fetch(version, Path(folder)), where, words)


@cli.command()
@click.argument("version")
@click.argument("source")
@click.argument("environment")
@click.option("--from-profile", help="Profile of AWS for SOURCE; without it the one of ENVIRONMENT.")
@APPROVE
@CANARY
def promote(
    version: str, source: str, environment: str, from_profile: str | None, approve: bool, words: str | None
) -> None:
    """Make ENVIRONMENT run the VERSION that SOURCE runs, with the same files."""
    before, where = Environment.named(source), Environment.named(environment)
    origin = bucket_of(before, from_profile)
    runs = origin.current()
    if runs is None or (runs.version, runs.canary) != (version, "passed"):
        raise ReleaseError(
            f"{before.name} runs {runs.version if runs else 'no release'}: expected {version}, its canary passed; "
            f"`infra/deploy switch {version} {source}`"
        )
    ask(f"{where.name} is to run {version}, as {before.name} does", approve)
    with TemporaryDirectory() as folder:
        release = origin.fetch(version, Path(folder))
        register(release, where)
        run(release, where, words)


@cli.command()
@click.argument("environment")
@APPROVE
def rollback(environment: str, approve: bool) -> None:
    """Make ENVIRONMENT run the version before, without a canary: it was one that ran."""
    where = Environment.named(environment)
    bucket = bucket_of(where)
    runs = bucket.current()
    if runs is None or runs.previous is None:
        raise ReleaseError(f"{where.name} has no version before {runs.version if runs else 'its first release'}")
    ask(f"{where.name} is to run {runs.previous['version']} instead of {runs.version}", approve)
    go_back(where, bucket, Current(**runs.previous))


@cli.command()
@click.argument("environment")
def show(environment: str) -> None:
    """Print what ENVIRONMENT runs, as JSON."""
    runs = bucket_of(Environment.named(environment)).current()
    click.echo(json.dumps(asdict(runs) if runs else None, indent=2))


def register(release: Release, where: Environment) -> None:
    """Write a release to the environment's bucket, and its image to the environment's repository."""
    bucket_of(where).upload(release)
    image_of(release, where)


def run(release: Release, where: Environment, words: str | None) -> None:
    """Make the environment run a release; raises ReleaseError after the version before runs again."""
    where.check_no_drift()
    bucket = bucket_of(where)
    before = bucket.current()
    previous = None if before is None else before.named()
    if before is not None and before.version == release.version:
        previous = None if before.previous is None else dict(before.previous)
    made = Current(release.version, image_of(release, where), "passed", previous)
    try_it = canary_of(where, words)
    try:
        take(release, where, bucket, made)
        try_it()
    except (ReleaseError, StoreUnavailable, BotoCoreError, ClientError, OSError) as error:
        if before is None:
            raise ReleaseError(
                f"{where.name} has no release to go back to, so it keeps {release.version}, which failed: {error}"
            ) from error
        go_back(where, bucket, before)
        raise ReleaseError(
            f"{where.name} runs {before.version} again, because {release.version} failed: {error}"
        ) from error
    bucket.point(made)
    click.echo(f"{where.name} runs {release.version}; commit {where.folder / VARIABLES}")


def go_back(where: Environment, bucket: Bucket, to: Current) -> None:
    """Make the environment run a version that it ran before."""
    with TemporaryDirectory() as folder:
        take(bucket.fetch(to.version, Path(folder)), where, bucket, to)
    bucket.point(to)
    click.echo(f"{where.name} runs {to.version} again", err=True)


def take(release: Release, where: Environment, bucket: Bucket, made: Current) -> None:
    """Apply a version: the DAGs that MWAA reads, the job of EMR Serverless, then the image of tasks and functions."""
    with TemporaryDirectory() as folder, tarfile.open(release.folder / "project.tar.gz") as archive:
        archive.extractall(folder, filter="data")
        bucket.copy_dags(Path(folder))
    bucket.copy_job(release)
    where.apply(made)


def canary_of(where: Environment, words: str | None) -> canary.Canary:
    """Return the canary of an environment: a command here, else an ECS task."""
    if words:
        return canary.of_command(shlex.split(words), settings_of(where.folder))
    return canary.of_task(client("ecs", where), lambda: where.values)


def image_of(release: Release, where: Environment) -> str | None:
    """Return the address of the release's image in the environment, pushed if it is not there; None without one."""
    if IMAGE not in release.names:
        return None
    return push(release.folder / IMAGE, where.values["ecr_repository_url"], release.version, client("ecr", where))


def bucket_of(where: Environment, profile: str | None = None) -> Bucket:
    """Return the artifacts bucket of an environment."""
    return Bucket(client("s3", where, profile), where.values["artifacts_bucket_name"])


def client(service: str, where: Environment, profile: str | None = None) -> Any:
    """Return boto3's client of a service in the environment's region."""
    return boto3.Session(profile_name=profile, region_name=where.values["region"]).client(service)  # type: ignore[call-overload]


def ask(what: str, approve: bool, confirm: Callable[[str], bool] = click.confirm) -> None:
    """Raise ReleaseError unless a person agrees, here or by --approve."""
    if approve:
        return
    if not sys.stdin.isatty() or not confirm(f"{what}. Go on?"):
        raise ReleaseError(f"{what}: nobody approved it; answer yes, or pass --approve")


def main() -> None:
    """Entry point: an expected error is one line on stderr, and the exit code 1."""
    try:
        cli()
    except (ReleaseError, SettingError, StoreUnavailable) as error:
        click.echo(f"infra/deploy: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
