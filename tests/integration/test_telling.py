"""What `status`, `sql` and `doctor` tell of a lake that was built."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ingestion.settings import Settings
from ingestion.sources import load_sources
from operations.commands.doctor import attempt, command
from operations.connection_checks import checks

LAKEHOUSE = Path(sys.executable).with_name("lakehouse")


def lakehouse(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LAKEHOUSE, *words], env={**os.environ, **more}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def told(lake: Settings) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(lakehouse("status", "--json", "--last", "100").stdout)
    return answer


def test_status_tells_the_runs_steps_and_rows(told: dict[str, Any]) -> None:
    # the oldest is the fixture's; other tests may have run phases of their own since
    run = [run for run in told["runs"] if run["verb"] == "run"][-1]
    assert run["outcome"] == "done"
    phases = [step["name"] for step in run["steps"] if step["kind"] == "phase"]
    assert phases == ["ingest", "build", "publish"]
    users = next(step for step in run["steps"] if step["name"] == "postgres__users")
    assert users["facts"]["landed"] > 0
    assert users["seconds"] > 0


def test_status_tells_every_tables_watermark_before_now(told: dict[str, Any]) -> None:
    tables = {table["table"]: table for table in told["tables"]}
    assert len(tables) == sum(len(source.tables) for source in load_sources().values())
    assert told["now"].startswith("2026-10-15T23:00:00")
    for name, table in tables.items():
        windowed = not name.startswith(("vendor_files", "cdc", "kafka"))
        assert table["loaded_at"], name
        assert bool(table["watermark"]) == windowed, name
        assert -86_400 < table["age_seconds"] < 7 * 86_400, name


def test_status_tells_where_services_answer(told: dict[str, Any]) -> None:
    services = {service["name"]: service for service in told["services"]}
    assert all(service["healthy"] for service in services.values())
    assert services["postgres"]["address"].startswith("postgresql://127.0.0.1:")


def test_sql_answers_from_the_lake_with_exact_decimals(lake: Settings) -> None:
    query = "select sum(total_amount) as total, count(*) as orders from silver.orders"
    (row,) = json.loads(lakehouse("sql", query, "--format", "json").stdout)
    assert row["orders"] > 500
    assert row["total"].split(".")[1].isdigit()
    assert len(row["total"].split(".")[1]) == 2


def test_sql_tells_the_engines_error_in_one_line(lake: Settings) -> None:
    ran = lakehouse("sql", "select no_such_column from silver.orders")
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1
    assert "no_such_column" in ran.stderr


def test_doctor_finds_everything_well_and_shows_no_secret(lake: Settings) -> None:
    ran = lakehouse("doctor", "--json")
    answer = json.loads(ran.stdout)
    assert ran.returncode == 0, answer["checks"]
    assert answer["ok"]
    tried = {check["name"] for check in answer["checks"]}
    assert {f"source {name}" for name in load_sources()} | {"lake", "stage", "glue", "dbt, snowflake"} <= tried
    secret = os.environ["SOURCES__POSTGRES__CREDENTIALS"].split("//")[1].split("@")[0]
    assert secret not in ran.stdout + ran.stderr
    shown = {setting["name"]: setting["value"] for setting in answer["settings"]}
    assert shown["LAKEHOUSE_SNOWFLAKE_PASSWORD"] == "(set, not shown)"


def test_doctor_names_what_does_not_work(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_STAGE", "s3://no-such-bucket/x")
    monkeypatch.setenv("LAKEHOUSE_SNOWFLAKE_PORT", "9")
    wanted = checks(lake)
    stage, snowflake = (attempt(name, wanted[name], lake) for name in ("stage", "dbt, snowflake"))
    assert not stage.ok
    assert "bucket" in stage.detail
    assert not snowflake.ok
    assert "127.0.0.1:9" in snowflake.detail


def test_doctor_exits_1_when_something_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Settings) -> str:
        raise RuntimeError("nobody there")

    monkeypatch.setattr("operations.commands.doctor.checks", lambda settings: {"stage": broken})
    ran = CliRunner().invoke(command, ["--json"])
    assert ran.exit_code == 1
    assert [check["detail"] for check in json.loads(ran.stdout)["checks"]][-1] == "nobody there"
