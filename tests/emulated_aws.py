"""An AWS of a test's own, emulated by moto, without the other services."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3

from devstack import services, startup
from ingestion.settings import Settings


@contextmanager
def emulated_aws(home: Path) -> Iterator[dict[str, str]]:
    """The variables that lead to it, named AWS_…; it runs in a LAKEHOUSE_HOME and is stopped at the end."""
    settings = replace(Settings.load(), home=home)
    try:
        startup.up(settings, ["moto"])
        found = services.environment(settings)
        yield {name: value for name, value in found.items() if name.startswith("AWS_")}
    finally:
        services.down(settings)


def client(variables: Mapping[str, str], service: str) -> Any:
    """Return boto3's client of a service, by an emulated AWS' variables and not by those of this process."""
    return boto3.client(
        service,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
