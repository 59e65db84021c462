"""The lives there are: each kind of source, on a disk and on S3."""

import os
from pathlib import Path
from random import Random

from devstack import services, startup
from ingestion.settings import Settings
from tests.faults.ahead import Ahead
from tests.faults.full_reads import FullReads
from tests.faults.kinds import Changes, Files, Kafka, Kind, Offsets, Postgres, Windows
from tests.faults.life import Life

KINDS = ("windows", "postgres", "files", "offsets", "kafka", "changes", "ahead", "full reads")
IN_MEMORY = {"windows": Windows, "ahead": Ahead, "full reads": FullReads, "offsets": Offsets}
STORES = ("disk", "s3")
NEEDED = ("moto", "postgres", "kafka")
"""The services that lives are led on."""


def begin(kind: str, store: str, folder: Path, rng: Random) -> Life:
    """A new life in a folder of its own; on S3 with leases in DynamoDB and tables in Glue.

    The services NEEDED are running, and the environment points at them.
    """
    folder.mkdir(parents=True)
    name = f"life-{rng.getrandbits(40):x}"
    on_s3 = store == "s3"
    settings = Settings(
        home=folder / "home",
        root=f"{_bucket(name)}/lake" if on_s3 else str(folder / "lake"),
        prefix=f"{name.replace('-', '_')}_",
        base_currency="USD",
        environment="faults",
        catalog="glue" if on_s3 else "none",
        leases="dynamodb:faults" if on_s3 else "file",
    )
    wanted = ("AWS_",) if on_s3 else ()
    wanted += {"postgres": ("SOURCES__POSTGRES__CREDENTIALS",), "kafka": ("SOURCES__KAFKA__",)}.get(kind, ())
    environment = {key: value for key, value in os.environ.items() if key.startswith(wanted)} if wanted else {}
    if kind == "postgres":
        environment["SOURCES__POSTGRES__SCHEMA"] = name
    return Life(_source(kind, name, settings, folder), settings, rng, environment)


def _source(kind: str, name: str, settings: Settings, folder: Path) -> Kind:
    if kind in ("files", "changes"):
        url = f"s3://{name}/drop" if settings.root.startswith("s3://") else str(folder / "drop")
        return Files(url) if kind == "files" else Changes(url)
    if kind == "postgres":
        return Postgres(credentials=os.environ["SOURCES__POSTGRES__CREDENTIALS"], schema=name)
    if kind == "kafka":
        return Kafka(servers=os.environ["SOURCES__KAFKA__BOOTSTRAP_SERVERS"], topic=name)
    return IN_MEMORY[kind]()


def _bucket(name: str) -> str:
    import boto3

    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"


def serve(home: Path) -> Settings:
    """Start the services that lives need, in a home of their own, and point the environment at them."""
    os.environ["LAKEHOUSE_HOME"] = str(home)
    settings = Settings.load()
    startup.up(settings, NEEDED)
    os.environ.update(services.environment(settings))
    return settings
