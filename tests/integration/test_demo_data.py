"""The sources serve exactly what was generated, through interruptions, restarts and next days."""

import ipaddress
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pyarrow.parquet as pq
import pytest
import snowflake.connector
from deltalake import DeltaTable

from devstack import services as local
from devstack import startup
from devstack.generator import Demo, expected, generate, state
from devstack.generator.dirt import LABEL
from devstack.generator.fill import FillFailed, vendor_drop
from devstack.generator.timeline import Timeline
from ingestion.settings import Settings
from operations.commands.demo_data import bring, following
from tests.conftest import PREFIXES

pytestmark = pytest.mark.commands

FIRST = date(2026, 10, 15)
SMALL = Timeline(seed=11, scale=0.15, first=FIRST, as_of=FIRST, days=12)
SOURCES = ("snowflake", "redshift", "salesforce", "vendor_files", "cdc", "kafka", "postgres")
Addresses = dict[str, str]
Rows = Counter[tuple[Any, ...]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Services of their own: these tests move the demo."""
    settings = replace(Settings.load(), home=tmp_path_factory.mktemp("moved"))
    try:
        startup.up(settings)
        yield settings
    finally:
        local.down(settings)


def generated(demo: Demo, table: tuple[str, str]) -> Rows:
    rows = demo.tables[table].drop_columns([LABEL])
    return Counter(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def plain(value: Any) -> Any:
    """A driver's value as Arrow gives it."""
    if isinstance(value, ipaddress.IPv4Address | ipaddress.IPv6Address):
        return str(value)
    return value


def in_postgres(addresses: Addresses, database: str, table: str, columns: list[str]) -> Rows:
    url = urlunsplit(urlsplit(addresses["SOURCES__POSTGRES__CREDENTIALS"])._replace(path=f"/{database}"))
    with psycopg.connect(url) as connection:
        rows = connection.execute(f"select {', '.join(columns)} from {table}").fetchall()
    return Counter(tuple(map(plain, row)) for row in rows)


def in_session(addresses: Addresses) -> snowflake.connector.SnowflakeConnection:
    names = ("account", "user", "password", "host", "port", "protocol", "database", "schema")
    return snowflake.connector.connect(**{name: addresses[f"SOURCES__SNOWFLAKE__{name.upper()}"] for name in names})


def in_snowflake(addresses: Addresses, table: str, columns: list[str]) -> Rows:
    with closing(in_session(addresses)) as connection, connection.cursor() as cursor:
        return Counter(cursor.execute(f"select {', '.join(columns)} from {table}").fetchall())


def in_salesforce(settings: Settings, name: str) -> Rows:
    rows = pq.read_table(settings.services / "salesforce" / f"{name}.parquet")
    return Counter(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def in_bucket(addresses: Addresses, bucket: str = "vendor-drop") -> dict[str, bytes]:
    client = vendor_drop.s3(addresses)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def assert_serves(settings: Settings, demo: Demo) -> None:
    """Every source holds this demo, no row more or less, and nothing of its labels."""
    addresses = local.environment(settings)
    for (source, table), rows in demo.tables.items():
        columns = [name for name in rows.column_names if name != LABEL]
        if source in ("postgres", "redshift"):
            database = {"postgres": "shop", "redshift": "analytics"}[source]
            held = in_postgres(addresses, database, table, columns)
        elif source == "snowflake":
            held = in_snowflake(addresses, table, columns)
        elif source == "salesforce":
            held = in_salesforce(settings, table)
        else:
            continue
        assert held == generated(demo, (source, table)), f"{source}.{table}"
    assert in_bucket(addresses) == demo.files
    assert in_bucket(addresses, "shop-changes") == {file.key: file.data for file in demo.changes}


def of(line: Timeline) -> Demo:
    return generate(**asdict(line))


def ingest(settings: Settings) -> None:
    """Load what the demo's sources hold now, as anybody would who has this home."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}
    command = [str(Path(sys.executable).with_name("lakehouse")), "ingest", *SOURCES]
    done = subprocess.run(command, env=clean | {"LAKEHOUSE_HOME": str(settings.home)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_source_serves_what_was_generated(services: Settings, demo: Demo) -> None:
    assert_serves(services, demo)
    assert services.now() == datetime(2026, 10, 15, 23, tzinfo=UTC)


def test_next_days_bring_the_sources_where_a_fresh_demo_would_and_every_row_of_them_into_bronze(home: Settings) -> None:
    line, days = SMALL, [of(SMALL)]
    bring(home, line)
    ingest(home)
    for _ in range(2):
        line = following(line, today=FIRST + timedelta(days=9))
        days.append(of(line))
        bring(home, line)
        ingest(home)
    bring(home, line)  # once more changes nothing
    assert_serves(home, days[-1])
    assert state.read(home) == line == replace(SMALL, as_of=FIRST + timedelta(days=2))
    assert home.clock.read_text().startswith("2026-10-17T23:00:00")
    orders = DeltaTable(str(home.home / "lake" / "bronze" / "snowflake__orders")).schema().to_arrow()
    assert "promo_code" in orders.names
    for table, landing in expected(*days).items():
        bronze = home.home / "lake" / "bronze" / "__".join(table).lower()
        assert DeltaTable(str(bronze)).to_pyarrow_dataset().count_rows() == landing.landed, table
        quarantine = Path(f"{bronze}__quarantine")
        bad = DeltaTable(str(quarantine)).to_pyarrow_dataset().count_rows() if quarantine.exists() else 0
        assert bad == sum(landing.quarantined.values()), table


def test_an_interrupted_next_day_leaves_the_clock_and_is_completed_by_another_call(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(home, SMALL)
    after = following(SMALL, today=FIRST + timedelta(days=9))

    def die(*_: object) -> int:
        raise OSError("the cable was pulled")

    with monkeypatch.context() as patch:
        patch.setattr("devstack.generator.fill.snowflake.fill", die)
        with pytest.raises(FillFailed, match=r"didn't take the demo's data \(the cable was pulled\); `lakehouse up`"):
            bring(home, after)
    assert state.read(home) == SMALL
    assert home.clock.read_text().startswith("2026-10-15T23:00:00")
    bring(home, after)
    assert_serves(home, of(after))


def test_a_killed_session_locks_nothing(home: Settings) -> None:
    """fakesnow remembers a session whose client is gone, with its open transaction."""
    bring(home, SMALL)
    stuck = in_session(local.environment(home))
    stuck.cursor().execute("begin")
    stuck.cursor().execute("delete from orders")
    try:
        bring(home, SMALL)
        assert_serves(home, of(SMALL))
    finally:
        stuck.close()


def test_files_come_back_byte_by_byte_when_s3_restarts(home: Settings) -> None:
    bring(home, SMALL)
    local.down(home, ["moto"])
    startup.up(home, ["moto"])
    addresses, wanted = local.environment(home), of(SMALL)
    assert in_bucket(addresses) == wanted.files
    listed = vendor_drop.s3(addresses).list_objects_v2(Bucket="vendor-drop")["Contents"]
    modified = {entry["Key"]: entry["LastModified"].timestamp() for entry in listed}
    assert modified == {file.key: file.delivered / 1_000_000 for file in wanted.delivered}  # as old as their days


def test_a_dead_service_is_named_in_one_line(home: Settings) -> None:
    local.down(home, ["postgres"])
    with pytest.raises(FillFailed, match=r"(postgres|redshift) didn't take the demo's data") as failure:
        bring(home, SMALL)
    assert len(str(failure.value).splitlines()) == 1
    startup.up(home)
