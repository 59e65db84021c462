"""Secrets: where they come from, that a new one is taken up, and that none is ever written down."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import boto3
import psycopg
import pytest

from devstack.catalog import ACCOUNT
from ingestion.masking import OURS
from ingestion.settings import PROJECT, Settings

DATA = ("services", "lake")
"""Folders of LAKEHOUSE_HOME that a run doesn't write its own words into: the emulators' own data, and the lake's."""


def in_a_new_process(program: str, **variables: str) -> str:
    """What a Python program prints, run as the next run would."""
    ran = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **variables}, cwd=PROJECT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_secrets_come_from_aws_secrets_manager_and_a_rotated_one_is_taken_up_by_the_next_run(
    services: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = urlsplit(os.environ["SOURCES__POSTGRES__CREDENTIALS"])
    monkeypatch.delenv("SOURCES__POSTGRES__CREDENTIALS")
    monkeypatch.setenv("PROVIDERS__ENABLE_AWS_SECRETS", "true")
    manager = boto3.client("secretsmanager")
    reads = (
        "from ingestion.sources import load_sources\n"
        "with load_sources()['postgres'].connect() as reader:\n"
        "    print(reader.driver.rows('select current_user')[0][0])\n"
    )

    def fragment(address: SplitResult) -> str:
        return f"[sources.postgres]\ncredentials = {json.dumps(address.geturl())}"

    manager.create_secret(Name="dlt/sources/postgres", SecretString=fragment(right))
    rotated = right._replace(netloc=right.netloc.replace(str(right.password), "rotated"))
    with psycopg.connect(right.geturl(), autocommit=True) as owner:
        try:
            assert in_a_new_process(reads).strip() == right.username
            owner.execute("alter role current_user password 'rotated'")
            manager.put_secret_value(SecretId="dlt/sources/postgres", SecretString=fragment(rotated))
            assert in_a_new_process(reads).strip() == right.username
        finally:
            owner.execute(f"alter role current_user password '{right.password}'")
            manager.delete_secret(SecretId="dlt/sources/postgres", ForceDeleteWithoutRecovery=True)


def test_a_secrets_manager_that_does_not_answer_is_named(tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    ran = subprocess.run(
        [Path(sys.executable).with_name("lakehouse"), "ingest", "postgres", "--table", "users"],
        env={
            **plain,
            **ACCOUNT,
            "AWS_ENDPOINT_URL": "https://127.0.0.1:1",
            "AWS_MAX_ATTEMPTS": "1",
            "LAKEHOUSE_ENVIRONMENT": "production",
            "LAKEHOUSE_HOME": str(tmp_path),
            "PROVIDERS__ENABLE_AWS_SECRETS": "true",
        },
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert "AWS Secrets Manager could not be asked (Could not connect to the endpoint URL" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_no_secret_is_in_anything_that_a_run_wrote(lake: Settings) -> None:
    secrets = {urlsplit(value).password or value for name, value in os.environ.items() if is_secret(name)}
    assert len(secrets) == 4, "the emulated services have four"
    lakehouse_files = [
        path for path in lake.home.rglob("*") if path.is_file() and path.parts[len(lake.home.parts)] not in DATA
    ]
    dbt_files = [path for folder in ("logs", "target") for path in (PROJECT / folder).rglob("*") if path.is_file()]
    logs_of_delta = [path for path in Path(lake.root).rglob("_delta_log/*") if path.is_file()]
    written = lakehouse_files + dbt_files + logs_of_delta
    assert {"runs", "dlt"} <= {path.parts[len(lake.home.parts)] for path in lakehouse_files}
    found = [str(path) for path in written if any(secret.encode() in path.read_bytes() for secret in secrets)]
    assert found == []


def is_secret(name: str) -> bool:
    """Whether a variable of the local services holds a secret."""
    return name.startswith(("SOURCES__", "LAKEHOUSE_", "AWS_")) and name.endswith(
        ("CREDENTIALS", "PASSWORD", "_SECRET", "SECRET_ACCESS_KEY")
    )
