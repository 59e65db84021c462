"""The connections that a run needs, each tried as the run would use it."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click

from ingestion.clock import Clock
from ingestion.plural import plural
from ingestion.settings import SettingError, Settings
from ingestion.source import Source
from ingestion.sources import load_sources
from operations.dbt.command import run_dbt
from operations.publishing.snowflake import Target
from operations.records.run_record import new_run_id

Check = Callable[[Settings], str]
"""Says what answered; raises what is wrong."""


def checks(settings: Settings) -> dict[str, Check]:
    """Name -> check, in the order of the data's way."""
    wanted: dict[str, Check] = {f"source {name}": partial(try_source, one) for name, one in load_sources().items()}
    wanted["lake"] = try_lake
    wanted["leases"] = try_leases
    wanted["dbt, local engine"] = partial(try_target, "local")
    wanted["stage"] = try_stage
    wanted["dbt, snowflake"] = partial(try_target, "snowflake")
    if settings.catalog == "glue":
        wanted["glue"] = try_glue
    return wanted


def try_source(source: Source, settings: Settings) -> str:
    """Open a connection, and ask what its first table holds."""
    table = source.tables[0]
    with source.connect() as reader:
        reader.slices(table, Clock.of(source.name, settings))
    return f"{table.name} answers"


def try_lake(settings: Settings) -> str:
    """The lake's folder is there and can be written, or can be made."""
    if settings.root.startswith("s3://"):
        return try_prefix(settings.root)
    root = Path(settings.root)
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    if not os.access(existing, os.W_OK):
        raise click.ClickException(f"{existing} can't be written; make it yours or set LAKEHOUSE_ROOT")
    return str(root) if existing == root else f"{root} (will be made)"


def try_leases(settings: Settings) -> str:
    """Check what keeps two loads of a table apart; the table of leases answers, or will be made."""
    if settings.lease_table is None:
        several = "; loads on several machines need LAKEHOUSE_LEASES=dynamodb:<table> so as not to do the same work"
        return "loads on this machine are kept apart" + (several if settings.root.startswith("s3://") else "")
    dynamodb = aws("dynamodb")
    try:
        dynamodb.describe_table(TableName=settings.lease_table)
    except dynamodb.exceptions.ResourceNotFoundException:
        return f"{settings.leases} (will be made)"
    return settings.leases


def try_target(target: str, settings: Settings) -> str:
    """dbt's own connection test of a target."""
    if target == "snowflake":
        # Snowflake's connector repeats itself for minutes where nobody listens
        Target.load().check()
    run_id = new_run_id()
    artifacts = settings.home / "doctor" / target
    # no artifacts are written, but two of these run at once
    outcome = run_dbt(
        settings, ["debug", "--connection"], target=target, run_id=run_id, target_path=artifacts, on_line=lambda _: None
    )
    if outcome.exit_code:
        raise click.ClickException(outcome.error)
    return "connected"


def try_stage(_: Settings) -> str:
    """The stage that publishing writes to can be listed."""
    stage = os.environ.get("LAKEHOUSE_STAGE")
    if not stage:
        raise SettingError("LAKEHOUSE_STAGE is not set: expected s3://bucket/prefix, which Snowflake reads too")
    return try_prefix(stage)


def try_prefix(address: str) -> str:
    """A prefix on S3 can be listed."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    aws("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
    return address


def try_glue(_: Settings) -> str:
    """The catalogue can be listed."""
    found = aws("glue").get_databases(MaxResults=100)["DatabaseList"]
    return plural(len(found), "database")


def aws(service: Literal["s3", "glue", "dynamodb"]) -> Any:
    """A client that gives up within seconds."""
    import boto3
    from botocore.config import Config

    session: Any = boto3.session.Session()
    return session.client(service, config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 1}))
