"""What each local service is, as data: how it is started, asked, stopped, and what its users must know."""

import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devstack import health, postgres
from ingestion.settings import Settings

Ports = Mapping[str, int]

BUCKETS = ("vendor-drop", "shop-changes", "lakehouse-stage")
"""What the emulated S3 has, made on every `up`: one that runs may be older than its newest bucket."""
FIRST_ANSWER = 60.0
"""Seconds for the first request of S3, with which moto imports it: slow on a busy machine."""
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "lakehouse",
    "AWS_SECRET_ACCESS_KEY": "sesame-aws",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
"""The emulated AWS account; the services themselves never see another one. Secrets are unlike any other text, so that
tests can look for them in everything that a run writes."""


@dataclass(frozen=True)
class Service:
    """One emulated system."""

    name: str
    address: str
    """A template with `{port}`, for people."""
    command: Callable[[Settings, Ports], list[str]]
    check: Callable[[int], None]
    """Raises while the service on this port doesn't work."""
    environment: Mapping[str, str]
    """What programs that use the service need; `{port}` and `{home}` are filled in."""
    equipped: Callable[[Settings, Ports], None] | None = None
    """Called on each `up`, whether it starts the service or finds it running: makes what is missing."""
    needs: tuple[str, ...] = ()
    """Services without which this one can't answer."""
    end: signal.Signals = signal.SIGTERM
    deadline: float = 60
    """Seconds from start to a first answer."""


def _module(name: str, *more: str) -> Callable[[Settings, Ports], list[str]]:
    """A command `python -m devstack.<name> PORT …`, where `more` names further services whose ports it needs."""
    return lambda _, ports: [
        sys.executable,
        "-m",
        f"devstack.{name}",
        str(ports[name]),
        *(str(ports[other]) for other in more),
    ]


def _make_buckets(settings: Settings, ports: Ports) -> None:
    for bucket in BUCKETS:
        health.http(ports["moto"], f"/{bucket}", "PUT", FIRST_ANSWER)


POSTGRES = Service(
    name="postgres",
    address="postgresql://127.0.0.1:{port}",
    command=lambda settings, ports: [
        sys.executable,
        "-m",
        "devstack.postgres",
        str(ports["postgres"]),
        str(settings.services / "postgres"),
    ],
    check=lambda port: health.sql(postgres.address(port, "shop")),
    environment={
        "SOURCES__POSTGRES__CREDENTIALS": postgres.TEMPLATE.format(port="{port}", database="shop"),
        "SOURCES__POSTGRES__SCHEMA": "public",
    },
    end=signal.SIGINT,  # clients are cut off; on SIGTERM PostgreSQL would wait for them
)

REDSHIFT = Service(
    name="redshift",
    address="redshift://127.0.0.1:{port}",
    command=_module("redshift", "postgres", "moto"),
    check=lambda port: health.sql(postgres.address(port, "analytics")),
    environment={
        "SOURCES__REDSHIFT__CREDENTIALS": f"redshift://{postgres.USER}:{postgres.PASSWORD}@127.0.0.1:{{port}}/analytics",
        "SOURCES__REDSHIFT__SCHEMA": "public",
        "SOURCES__REDSHIFT__SSL": "false",
    },
    needs=("postgres",),
)

_SNOWFLAKE = {
    "ACCOUNT": "fakesnow",
    "USER": "lakehouse",
    "PASSWORD": "sesame-snowflake",
    "HOST": "127.0.0.1",
    "PORT": "{port}",
    "PROTOCOL": "http",
    "WAREHOUSE": "LOCAL",
}
SNOWFLAKE = Service(
    name="snowflake",
    address="http://127.0.0.1:{port}",
    command=_module("snowflake", "moto"),
    check=lambda port: health.http(port, "/health"),
    environment={
        **{f"SOURCES__SNOWFLAKE__{name}": value for name, value in _SNOWFLAKE.items()},
        "SOURCES__SNOWFLAKE__DATABASE": "SHOP",
        "SOURCES__SNOWFLAKE__SCHEMA": "PUBLIC",
        **{f"LAKEHOUSE_SNOWFLAKE_{name}": value for name, value in _SNOWFLAKE.items()},
        "LAKEHOUSE_SNOWFLAKE_DATABASE": "ANALYTICS",
        "LAKEHOUSE_SNOWFLAKE_ROLE": "PUBLISHER",
        "LAKEHOUSE_STAGE": "s3://lakehouse-stage/publish",
    },
)

SALESFORCE = Service(
    name="salesforce",
    address="http://127.0.0.1:{port}",
    command=_module("salesforce"),
    check=lambda port: health.http(port, "/services/data"),
    environment={
        "SOURCES__SALESFORCE__LOGIN_URL": "http://127.0.0.1:{port}",
        "SOURCES__SALESFORCE__CLIENT_ID": "lakehouse",
        "SOURCES__SALESFORCE__CLIENT_SECRET": "sesame-salesforce",
    },
)

FX = Service(
    name="fx",
    address="http://127.0.0.1:{port}",
    command=_module("fx"),
    check=lambda port: health.http(port, "/v1/currencies"),
    environment={"SOURCES__FX_RATES__BASE_URL": "http://127.0.0.1:{port}"},
)

MOTO = Service(
    name="moto",
    address="http://127.0.0.1:{port}",
    command=_module("moto"),
    check=lambda port: health.http(port, "/moto-api/"),
    environment={
        "AWS_ENDPOINT_URL": "http://127.0.0.1:{port}",
        **ACCOUNT,
        "AWS_ALLOW_HTTP": "true",
        "SOURCES__VENDOR_FILES__BUCKET_URL": "s3://vendor-drop",
        "SOURCES__CDC__BUCKET_URL": "s3://shop-changes",
        "LAKEHOUSE_CATALOG": "glue",
        "LAKEHOUSE_LEASES": "dynamodb:lakehouse-leases",
    },
    equipped=_make_buckets,
)

KAFKA = Service(
    name="kafka",
    address="127.0.0.1:{port}",
    command=_module("kafka"),
    check=health.kafka,
    environment={
        "SOURCES__KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:{port}",
        "SOURCES__KAFKA__SECURITY_PROTOCOL": "PLAINTEXT",
    },
)

SERVICES = {service.name: service for service in (POSTGRES, REDSHIFT, SNOWFLAKE, SALESFORCE, FX, MOTO, KAFKA)}
